/*
 * What follows from the settings together: addresses that others stand in
 * for, and values that contradict each other.
 */

#include <stdio.h>

#include "model/range.h"
#include "model/setting_check.h"
#include "model/settings.h"

/* Where an address setting points; ip is all zero for ":port". */
struct end {
    nf_ip4_t ip;
    uint16_t port;
};

static struct end
end_of(const char *value)
{
    struct end end = {0};
    struct nf_text host = {0};

    if (nf_setting_split(nf_text(value), &host, &end.port)) {
        (void) nf_ip4_parse(host, &end.ip);
    }
    return end;
}

/* Also where the host is a name. */
static uint16_t
port_of(const char *value)
{
    struct nf_text host;
    uint16_t port = 0;

    return nf_setting_split(nf_text(value), &host, &port) ? port : 0;
}

static nf_ip4_t
ip_of(const char *value)
{
    nf_ip4_t ip = {0};

    (void) nf_ip4_parse(nf_text(value), &ip);
    return ip;
}

/* The API answers anybody who reaches it, so only ourselves may reach it
 * until somebody decided otherwise. */
static nf_error_t
settle_http(struct nf_settings *settings, struct nf_fault *fault)
{
    struct end end = end_of(settings->http_addr);
    bool is_open = !nf_setting_is_on(settings->auth);

    if (!nf_ip4_is_set(end.ip)) {
        snprintf(settings->http_addr, sizeof(settings->http_addr), "%s:%u",
                 is_open ? "0.0.0.0" : "127.0.0.1", (unsigned) end.port);
        return NF_OK;
    }
    if (end.ip.b[0] != 127 && !is_open) {
        return nf_refuse(fault, "NF_HTTP_ADDR",
                         "must be a loopback address unless NF_AUTH=off");
    }
    return NF_OK;
}

/* A bare address means the port that nodes are served on, or HTTP's own. */
static void
add_port(struct nf_settings *settings)
{
    uint16_t port = end_of(settings->install_addr).port;
    char ip[NF_IP4_TEXT];

    nf_ip4_format(ip_of(settings->server_addr), ip);
    snprintf(settings->server_addr, sizeof(settings->server_addr), "%s:%u", ip,
             port != 0 ? (unsigned) port : 80u);
}

static nf_error_t
settle_install(struct nf_settings *settings, struct nf_fault *fault)
{
    if (settings->server_addr[0] == '\0') {
        return nf_refuse(fault, "NF_SERVER_ADDR",
                         "must be set: no interface has a usable address");
    }
    if (strchr(settings->server_addr, ':') == NULL) {
        add_port(settings);
    }
    if (settings->install_addr[0] == '\0') {
        memcpy(settings->install_addr, settings->server_addr,
               sizeof(settings->install_addr));
    }
    if (!nf_ip4_is_set(end_of(settings->install_addr).ip)) {
        snprintf(settings->install_addr, sizeof(settings->install_addr),
                 "0.0.0.0:%u", (unsigned) end_of(settings->install_addr).port);
    }
    struct end http = end_of(settings->http_addr);
    struct end install = end_of(settings->install_addr);
    if (http.port == install.port && nf_ip4_equal(http.ip, install.ip)) {
        return nf_refuse(fault, "NF_INSTALL_ADDR",
                         "must differ from NF_HTTP_ADDR");
    }
    return NF_OK;
}

bool
nf_settings_broker_is_local(const struct nf_settings *settings)
{
    struct nf_text host = {0};
    uint16_t port;
    nf_ip4_t ip = {0};

    if (!nf_setting_split(nf_text(settings->mqtt_broker), &host, &port)) {
        return false;
    }
    (void) nf_ip4_parse(host, &ip);
    return nf_text_equal(host, NF_TEXT("localhost")) || ip.b[0] == 127
           || (nf_ip4_is_set(ip)
               && nf_ip4_equal(ip, end_of(settings->server_addr).ip));
}

static void
settle_broker(struct nf_settings *settings)
{
    char ip[NF_IP4_TEXT];

    if (settings->agent_broker[0] != '\0') {
        return;
    }
    if (!nf_settings_broker_is_local(settings)) {
        memcpy(settings->agent_broker, settings->mqtt_broker,
               sizeof(settings->agent_broker));
        return;
    }
    nf_ip4_format(end_of(settings->server_addr).ip, ip);
    snprintf(settings->agent_broker, sizeof(settings->agent_broker), "%s:1883",
             ip);
}

static bool
is_same_port(struct end a, struct end b)
{
    bool is_any = !nf_ip4_is_set(a.ip) || !nf_ip4_is_set(b.ip);

    return a.port == b.port && (is_any || nf_ip4_equal(a.ip, b.ip));
}

/* nginx and mosquitto cannot both have one. */
static nf_error_t
check_broker(const struct nf_settings *settings, struct nf_fault *fault)
{
    const struct end https[] = {end_of(settings->http_addr),
                                end_of(settings->install_addr)};
    const struct {
        const char *name;
        struct end end;
    } brokers[] = {
        {"NF_MQTT_BROKER", {{{127, 0, 0, 1}}, port_of(settings->mqtt_broker)}},
        {"NF_AGENT_BROKER", end_of(settings->agent_broker)}};

    for (size_t i = 0; i < 4 && nf_settings_broker_is_local(settings); i++) {
        if (is_same_port(brokers[i / 2].end, https[i % 2])) {
            return nf_refuse(fault, brokers[i / 2].name,
                             "must have another port than %s, which is at "
                             "the same address",
                             i % 2 == 0 ? "NF_HTTP_ADDR" : "NF_INSTALL_ADDR");
        }
    }
    return NF_OK;
}

/* One broker listens for all of them, so no two may have one port. */
static nf_error_t
settle_workers(struct nf_settings *settings, struct nf_fault *fault)
{
    struct end end = end_of(settings->worker_listen);

    if (settings->worker_listen[0] == '\0') {
        return NF_OK;
    }
    if (!nf_settings_broker_is_local(settings)) {
        return nf_refuse(fault, "NF_WORKER_LISTEN",
                         "requires NF_MQTT_BROKER to be on this machine");
    }
    if (end.port == port_of(settings->mqtt_broker)
        || end.port == port_of(settings->agent_broker))
    {
        return nf_refuse(fault, "NF_WORKER_LISTEN",
                         "must have a port other than those of NF_MQTT_BROKER "
                         "and NF_AGENT_BROKER");
    }
    if (!nf_ip4_is_set(end.ip)) {
        snprintf(settings->worker_listen, sizeof(settings->worker_listen),
                 "0.0.0.0:%u", (unsigned) end.port);
    }
    return NF_OK;
}

static nf_error_t
check_ranges(const struct nf_settings *settings, struct nf_fault *fault)
{
    struct nf_ranges ranges;

    return nf_ranges_read(settings, &ranges, fault);
}

nf_error_t
nf_settings_settle(struct nf_settings *settings, struct nf_fault *fault)
{
    struct nf_settings next = *settings;
    nf_error_t err = settle_http(&next, fault);

    if (err == NF_OK) {
        err = settle_install(&next, fault);
    }
    if (err == NF_OK) {
        err = check_ranges(&next, fault);
    }
    if (err == NF_OK) {
        settle_broker(&next);
        err = check_broker(&next, fault);
    }
    if (err == NF_OK) {
        err = settle_workers(&next, fault);
    }
    if (err == NF_OK) {
        *settings = next;
    }
    return err;
}
