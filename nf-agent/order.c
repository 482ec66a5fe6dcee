#include "order.h"

#include "log.h"
#include "settings.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The text of a member; fallback when it is absent; NULL when no string. */
static const char *
text_get(const json_t *object, const char *name, const char *fallback)
{
    const json_t *member = json_object_get(object, name);
    return member == NULL ? fallback : json_string_value(member);
}

static bool
text_copy(char *out, size_t size, const char *text)
{
    return text != NULL && nf_text_copy(out, size, nf_text(text));
}

static bool
sha256_read(const json_t *image, char out[NF_SHA256_SIZE])
{
    const char *text = text_get(image, "sha256", "");

    if (!text_copy(out, NF_SHA256_SIZE, text)) {
        return false;
    }
    size_t len = strlen(out);
    for (size_t i = 0; i < len; i++) {
        out[i] = (char) tolower((unsigned char) out[i]);
    }
    return len == 0 || (len == 64 && strspn(out, "0123456789abcdef") == 64);
}

static const char *
agent_read(const json_t *agent, struct nf_order *order)
{
    enum nf_log_level level;
    struct nf_endpoint broker;
    const json_t *beat = json_object_get(agent, "heartbeat_interval");
    json_int_t seconds = beat == NULL ? 60 : json_integer_value(beat);

    if (!text_copy(order->broker, sizeof order->broker,
                   text_get(agent, "broker", NULL))
        || !nf_endpoint_parse(order->broker, "1883", &broker))
    {
        return "agent.broker";
    }
    if (!text_copy(order->log_level, sizeof order->log_level,
                   text_get(agent, "log_level", "info"))
        || !nf_log_word_parse(order->log_level, &level))
    {
        return "agent.log_level";
    }
    if (seconds < NF_HEARTBEAT_MIN || seconds > NF_HEARTBEAT_MAX) {
        return "agent.heartbeat_interval";
    }
    order->heartbeat_interval = (int) seconds;
    return NULL;
}

static bool
size_read(const json_t *member, int64_t *size)
{
    *size = json_integer_value(member);
    return member == NULL || json_is_null(member)
           || (json_is_integer(member) && *size >= 0);
}

static const char *
image_read(const json_t *image, struct nf_order *order)
{
    const char *url = text_get(image, "url", NULL);
    const char *format = text_get(image, "format", "raw");

    order->has_image = image != NULL;
    if (!order->has_image) {
        return NULL; /* another installer's */
    }
    if (url == NULL || !nf_url_parse(url, &order->image)) {
        return "image.url";
    }
    order->is_archive = format != NULL && strcmp(format, "tar") == 0;
    if (format == NULL
        || (!order->is_archive && format[0] != '\0'
            && strcmp(format, "raw") != 0))
    {
        return "image.format";
    }
    if (!size_read(json_object_get(image, "size"), &order->image_size)) {
        return "image.size";
    }
    return sha256_read(image, order->sha256) ? NULL : "image.sha256";
}

/* An order need not name its node, but never names another. */
static bool
mac_is(const json_t *member, nf_mac_t mac)
{
    const char *text = json_string_value(member);
    nf_mac_t named;

    return member == NULL
           || (text != NULL && nf_mac_parse(nf_text(text), &named)
               && nf_mac_equal(named, mac));
}

/* Who it is for. */
static const char *
node_read(const json_t *object, nf_mac_t mac, struct nf_order *order)
{
    if (!mac_is(json_object_get(object, "mac"), mac)) {
        return "mac";
    }
    if (!text_copy(order->task, sizeof order->task,
                   text_get(object, "task", ""))) {
        return "task";
    }
    if (!text_copy(order->hostname, sizeof order->hostname,
                   text_get(object, "hostname", NULL))
        || !nf_host_name_is_valid(order->hostname))
    {
        return "hostname";
    }
    return NULL;
}

static const char *
order_read(const json_t *object, nf_mac_t mac, struct nf_order *order,
           char *room, size_t size)
{
    const char *wrong = node_read(object, mac, order);

    if (wrong == NULL) {
        wrong = nf_wish_read(object, &order->wish);
    }
    if (wrong == NULL) {
        wrong = image_read(json_object_get(object, "image"), order);
    }
    if (wrong == NULL) {
        wrong = nf_network_read(json_object_get(object, "network"),
                                &order->network);
    }
    if (wrong == NULL) {
        wrong = agent_read(json_object_get(object, "agent"), order);
    }
    if (wrong == NULL) {
        wrong = nf_layout_read(json_object_get(object, "layout"),
                               &order->layout, room, size);
    }
    if (wrong == NULL) {
        wrong = nf_place_read(object, &order->place);
    }
    return wrong != NULL
               ? wrong
               : nf_accounts_read(object, &order->accounts, room, size);
}

bool
nf_order_parse(const void *bytes, size_t len, nf_mac_t mac,
               struct nf_order *order, char *fault, size_t size)
{
    struct nf_order result = {0};
    char room[96];
    char why[96];
    json_error_t error;
    json_auto_t *object =
        json_loadb(bytes, len, JSON_REJECT_DUPLICATES, &error);

    if (object == NULL) {
        snprintf(fault, size, "image.json is not JSON: %s", error.text);
        return false;
    }
    const char *wrong = order_read(object, mac, &result, room, sizeof room);
    if (wrong != NULL) {
        snprintf(fault, size, "image.json has no valid %s", wrong);
        nf_order_clear(&result);
        return false;
    }
    if (!nf_scripts_read(json_object_get(object, "scripts"), &result.scripts,
                         why, sizeof why))
    {
        snprintf(fault, size, "image.json: %s", why);
        nf_order_clear(&result);
        return false;
    }
    *order = result;
    return true;
}

void
nf_order_clear(struct nf_order *order)
{
    nf_accounts_clear(&order->accounts);
    nf_scripts_clear(&order->scripts);
    *order = (struct nf_order){0};
}

char *
nf_report_body(const struct nf_boot *boot, bool is_success, const char *message)
{
    char mac[NF_MAC_TEXT];
    json_auto_t *object = json_object();

    nf_mac_format(boot->mac, mac);
    json_object_set_new(object, "mac", json_string(mac));
    json_object_set_new(object, "token", json_string(boot->token));
    json_object_set_new(object, "operation", json_string("os_install"));
    json_object_set_new(object, "success", json_boolean(is_success));
    json_object_set_new(object, "message", json_string(message));
    return json_dumps(object, JSON_COMPACT);
}
