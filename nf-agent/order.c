#include "order.h"

#include "log.h"
#include "settings.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool
url_set(struct nf_boot *boot, const char *value)
{
    struct nf_url url;
    size_t len = strlen(value);

    if (len >= sizeof boot->url || !nf_url_parse(value, &url)) {
        return false;
    }
    memcpy(boot->url, value, len + 1);
    while (boot->url[len - 1] == '/') {
        boot->url[--len] = '\0';
    }
    return true;
}

static bool
mac_set(struct nf_boot *boot, const char *value)
{
    return nf_mac_parse(nf_text(value), &boot->mac);
}

static bool
token_set(struct nf_boot *boot, const char *value)
{
    size_t len = strlen(value);

    for (size_t i = 0; i < len; i++) {
        if (!isalnum((unsigned char) value[i])) {
            return false;
        }
    }
    snprintf(boot->token, sizeof boot->token, "%s", value);
    return len > 0 && len < sizeof boot->token;
}

static bool
disk_is_valid(const char *value)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789-_.:/";
    size_t len = strlen(value);

    return len < NF_DISK_SIZE && strspn(value, allowed) == len
           && (strcmp(value, "auto") == 0
               || (strncmp(value, "/", 1) == 0 && strstr(value, "..") == NULL));
}

static bool
disk_set(struct nf_boot *boot, const char *value)
{
    snprintf(boot->disk, sizeof boot->disk, "%s", value);
    return disk_is_valid(value);
}

static bool
retry_set(struct nf_boot *boot, const char *value)
{
    char *end;
    long seconds = strtol(value, &end, 10);

    boot->retry = (int) seconds;
    return end != value && *end == '\0' && seconds >= 0 && seconds <= 86400;
}

/* clang-format off */
static const struct {
    const char *name;
    const char *fallback;               /* "" when the word is needed */
    bool (*set)(struct nf_boot *boot, const char *value);
} words[] = {
    { "nf.url",   "",     url_set },
    { "nf.mac",   "",     mac_set },
    { "nf.token", "",     token_set },
    { "nf.disk",  "auto", disk_set },
    { "nf.retry", "60",   retry_set },
};
/* clang-format on */

enum {
    WORD_COUNT = sizeof words / sizeof words[0],
    CMDLINE_MAX = 4096
};

/* The value of the last word NAME=value, as the kernel itself would choose. */
static const char *
word_find(char *line, const char *name, char *value, size_t size)
{
    size_t name_len = strlen(name);
    const char *at = line;

    while (*(at += strspn(at, " \t\n")) != '\0') {
        size_t len = strcspn(at, " \t\n");
        if (len > name_len && strncmp(at, name, name_len) == 0
            && at[name_len] == '=') {
            snprintf(value, size, "%.*s", (int) (len - name_len - 1),
                     at + name_len + 1);
        }
        at += len;
    }
    return value;
}

bool
nf_boot_parse(const char *cmdline, struct nf_boot *boot, char *fault,
              size_t size)
{
    struct nf_boot result = {0};
    char line[CMDLINE_MAX];
    char value[CMDLINE_MAX];

    snprintf(line, sizeof line, "%s", cmdline);
    for (int i = 0; i < WORD_COUNT; i++) {
        snprintf(value, sizeof value, "%s", words[i].fallback);
        word_find(line, words[i].name, value, sizeof value);
        if (!words[i].set(&result, value)) {
            snprintf(fault, size, "the kernel command line has no valid %s",
                     words[i].name);
            return false;
        }
    }
    *boot = result;
    return true;
}

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

static bool
ip_is_valid(const char *text)
{
    nf_ip4_t ip;
    return nf_ip4_parse(nf_text(text), &ip);
}

static bool
ip_read(const json_t *object, const char *name, char out[NF_IP_SIZE])
{
    return text_copy(out, NF_IP_SIZE, text_get(object, name, ""))
           && (out[0] == '\0' || ip_is_valid(out));
}

static bool
dns_read(const json_t *list, struct nf_order *order)
{
    size_t i;
    json_t *member;

    if (json_array_size(list) > NF_DNS_MAX) {
        return false;
    }
    json_array_foreach (list, i, member) {
        if (!text_copy(order->dns[i], NF_IP_SIZE, json_string_value(member))
            || !ip_is_valid(order->dns[i]))
        {
            return false;
        }
    }
    order->dns_count = (int) json_array_size(list);
    return true;
}

/* The name of the first member that is wrong, or NULL. */
static const char *
network_read(const json_t *network, struct nf_order *order)
{
    const char *netmask = text_get(network, "netmask", "");

    if (!ip_read(network, "ip", order->ip)) {
        return "network.ip";
    }
    if (!ip_read(network, "gateway", order->gateway)) {
        return "network.gateway";
    }
    if (!dns_read(json_object_get(network, "dns"), order)) {
        return "network.dns";
    }
    order->prefix = netmask != NULL ? nf_netmask_prefix(netmask) : -1;
    if (order->ip[0] != '\0' && order->prefix < 1) {
        return "network.netmask";
    }
    return NULL;
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

static const char *
image_read(const json_t *image, struct nf_order *order)
{
    const char *url = text_get(image, "url", NULL);

    if (url == NULL || !nf_url_parse(url, &order->image)) {
        return "image.url";
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

static const char *
order_read(const json_t *object, nf_mac_t mac, struct nf_order *order)
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
    if (!text_copy(order->disk, sizeof order->disk,
                   text_get(object, "disk", "auto"))
        || !disk_is_valid(order->disk))
    {
        return "disk";
    }
    const char *wrong = image_read(json_object_get(object, "image"), order);
    if (wrong == NULL) {
        wrong = network_read(json_object_get(object, "network"), order);
    }
    if (wrong == NULL) {
        wrong = agent_read(json_object_get(object, "agent"), order);
    }
    return wrong;
}

bool
nf_order_parse(const void *bytes, size_t len, nf_mac_t mac,
               struct nf_order *order, char *fault, size_t size)
{
    struct nf_order result = {0};
    json_error_t error;
    json_auto_t *object =
        json_loadb(bytes, len, JSON_REJECT_DUPLICATES, &error);

    if (object == NULL) {
        snprintf(fault, size, "image.json is not JSON: %s", error.text);
        return false;
    }
    const char *wrong = order_read(object, mac, &result);
    if (wrong != NULL) {
        snprintf(fault, size, "image.json has no valid %s", wrong);
        return false;
    }
    *order = result;
    return true;
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
