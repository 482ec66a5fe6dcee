/*
 * Ports of switches, as they were last seen.
 */
#include "api/ports.h"

#include <stdio.h>

#include "api/page.h"
#include "model/member.h"
#include "port/operation.h"
#include "store/devices.h"
#include "store/links.h"
#include "store/ports.h"

enum {
    PAGE_BYTES = 1 << 20, /* a page ends before it has more */
    PORT_BYTES = 32768,   /* of one in an answer: every VLAN, as numbers */
};

nf_error_t
nf_ports_check_name(struct nf_call *call, const char *port)
{
    static const char taken[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789/:.-_ ";

    return nf_text_has_only(nf_text(port), taken)
               ? NF_OK
               : nf_refuse(&call->fault, "port",
                           "must be letters, digits and '/', ':', '.', '-'");
}

bool
nf_ports_find(struct nf_read *r, const char *device, struct nf_text port,
              char name[static NF_LINK_PORT])
{
    struct nf_text json;

    if (!nf_text_copy(name, NF_LINK_PORT, port)) {
        return false;
    }
    if (nf_ports_get(r, device, name, &json)) {
        return true;
    }
    name[0] = '\0';
    while (nf_ports_next(r, device, name, &json)) {
        if (nf_port_is_named(nf_text(name), port)) {
            return true;
        }
    }
    return false;
}

/* --- who is at one -----------------------------------------------------------
 */

/* The owner of its addresses; false: none is known, or they are of two. */
static bool
find_owner(struct nf_read *r, const struct nf_port_seen *seen, nf_mac_t *node)
{
    bool has_one = false;
    nf_mac_t owner;

    for (uint8_t i = 0; i < seen->addresses_n; i++) {
        if (!nf_nodes_mac_owner(r, seen->addresses[i], &owner)) {
            continue;
        }
        if (has_one && !nf_mac_equal(owner, *node)) {
            return false;
        }
        *node = owner;
        has_one = true;
    }
    return has_one && r->err == NF_OK;
}

bool
nf_ports_node(struct nf_read *r, const char *device,
              const struct nf_port_seen *seen, nf_mac_t *node,
              enum nf_link_way *by)
{
    *by = NF_LINK_BY_HAND;
    if (nf_links_at(r, device, seen->port.name, node)) {
        return true;
    }
    *by = NF_LINK_BY_MAC;
    return r->err == NF_OK
           && nf_port_uplink(&seen->port, NF_SWITCH_UPLINK_MACS) == NULL
           && find_owner(r, seen, node);
}

/* --- those of a switch -------------------------------------------------------
 */

/* Prints one; what is no port, none: only a damaged store has such a one. */
typedef void put_port_t(struct nf_read *r, const char *device,
                        struct nf_text json, struct nf_out *out);

/* As it is stored, and whose port it is. */
static void
put_stored(struct nf_read *r, const char *device, struct nf_text json,
           struct nf_out *out)
{
    struct nf_port_seen seen;
    struct nf_fault fault;
    enum nf_link_way by;
    char text[NF_MAC_TEXT];
    nf_mac_t node;

    nf_out_put(out, json);
    if (nf_port_seen_read(json, &seen, &fault) != NF_OK
        || !nf_ports_node(r, device, &seen, &node, &by))
    {
        return;
    }
    out->len -= out->full ? 0 : 1; /* its closing brace */
    nf_mac_format(node, text);
    nf_member_text(out, "node", text);
    nf_member_text(out, "node_by", nf_link_ways[by]);
    nf_out_putc(out, '}');
}

/* A page of them behind `port`, which is the last one then; true: there are
 * more. */
static bool
put_page(struct nf_read *r, const char *device, char port[static NF_LINK_PORT],
         uint64_t limit, put_port_t *put, struct nf_out *out)
{
    char next[NF_LINK_PORT];
    struct nf_text json;
    uint64_t n = 0;

    memcpy(next, port, sizeof(next));
    nf_out_putc(out, '[');
    while (nf_ports_next(r, device, next, &json)) {
        if (n == limit || out->cap - out->len < PORT_BYTES) {
            nf_out_putc(out, ']');
            return n > 0;
        }
        nf_out_puts(out, n++ == 0 ? "" : ",");
        put(r, device, json, out);
        memcpy(port, next, sizeof(next));
    }
    nf_out_putc(out, ']');
    return false;
}

/* ?limit= and ?after=, the name of a port. */
static nf_error_t
read_page(struct nf_call *call, uint64_t *limit, char port[static NF_LINK_PORT])
{
    struct nf_text after = nf_page_after(call);

    if (after.data == NULL) {
        return NF_NO_MEMORY;
    }
    if (!nf_text_copy(port, NF_LINK_PORT, after)) {
        return nf_refuse(&call->fault, "after", "must be the name of a port");
    }
    return nf_query_number(call, "limit", NF_PAGE_MAX, NF_PAGE_MAX, limit);
}

static nf_error_t
find_switch(struct nf_call *call, struct nf_scope *scope, struct nf_text name,
            struct nf_managed_device *device)
{
    char text[NF_MANAGED_NAME];

    if (!nf_text_copy(text, sizeof(text), name)
        || !nf_devices_get(scope->r, text, device))
    {
        return scope->r->err != NF_OK
                   ? scope->r->err
                   : nf_reply_refuse(call, NF_NOT_FOUND, "name",
                                     "there is no such device");
    }
    return nf_managed_is_switch(device)
               ? NF_OK
               : nf_reply_refuse(call, NF_CONFLICT, "name",
                                 "is a BMC, which has no ports");
}

/* What is known of the switch itself; its ports follow. */
static void
put_switch(const struct nf_managed_device *device,
           const struct nf_switch_seen *seen, struct nf_out *out)
{
    nf_out_puts(out, "{\"switch\":");
    nf_out_json(out, nf_text(device->name));
    nf_member_text(out, "state",
                   device->state[0] == '\0' ? "unknown" : device->state);
    nf_member_time(out, "scanned_at", seen->scanned_at);
    nf_member_time(out, "asked_at", seen->asked_at);
    nf_member_time(out, "failed_at", seen->failed_at);
    nf_member_text(out, "error", seen->error);
    nf_out_printf(out, ",\"total\":%u,\"ports\":", seen->ports);
}

/* ?port=: that one alone, by any of its names. */
static nf_error_t
put_one(struct nf_call *call, struct nf_scope *scope, const char *device,
        put_port_t *put, struct nf_text name, struct nf_out *out)
{
    char port[NF_LINK_PORT];
    struct nf_text json;

    if (!nf_ports_find(scope->r, device, name, port)
        || !nf_ports_get(scope->r, device, port, &json))
    {
        return scope->r->err != NF_OK
                   ? scope->r->err
                   : nf_reply_refuse(call, NF_NOT_FOUND, "port",
                                     "the switch has no such port");
    }
    put(scope->r, device, json, out);
    return NF_OK;
}

static nf_error_t
put_ports(struct nf_call *call, struct nf_scope *scope, const char *device,
          struct nf_out *out)
{
    char port[NF_LINK_PORT];
    struct nf_text name;
    uint64_t limit;
    nf_error_t err = read_page(call, &limit, port);

    if (err != NF_OK) {
        return err;
    }
    if (nf_query(call, "port", &name)) {
        nf_out_putc(out, '[');
        err = put_one(call, scope, device, put_stored,
                      nf_page_unescape(call, name), out);
        nf_out_putc(out, ']');
    } else if (put_page(scope->r, device, port, limit, put_stored, out)) {
        nf_page_link(call, limit, nf_text(port), NF_TEXT(""));
    }
    return err != NF_OK ? err : scope->r->err;
}

nf_error_t
nf_api_ports_list(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_managed_device device;
    struct nf_switch_seen seen = {.ports = 0};
    nf_error_t err = find_switch(call, scope, call->id, &device);

    if (err != NF_OK || nf_list_is_known(call, scope, NF_LIST_OF_COMMITS)) {
        return err;
    }
    struct nf_out out = nf_reply_buffer(call, PAGE_BYTES);
    (void) nf_switches_get(scope->r, device.name, &seen);
    put_switch(&device, &seen, &out);
    err = put_ports(call, scope, device.name, &out);
    nf_out_putc(&out, '}');
    return err != NF_OK ? err : nf_reply_json(call, 200, &out);
}

/* --- as existing clients ask for them ----------------------------------------
 */

/* "1G", "2.5G", "100M" */
static void
put_speed(uint32_t mbps, struct nf_out *out)
{
    char text[24];

    if (mbps == 0) {
        return;
    }
    if (mbps < 1000) {
        snprintf(text, sizeof(text), "%uM", mbps);
    } else if (mbps % 1000 == 0) {
        snprintf(text, sizeof(text), "%uG", mbps / 1000);
    } else {
        snprintf(text, sizeof(text), "%u.%uG", mbps / 1000, mbps % 1000 / 100);
    }
    nf_member_text(out, "speed", text);
}

/* Of a trunk the native one is first. */
static void
put_vlans(const struct nf_port_config *config, struct nf_out *out)
{
    const char *divider = "";

    nf_out_puts(out, ",\"vlans\":[");
    if (config->vlan != 0) {
        nf_out_printf(out, "%u", config->vlan);
        divider = ",";
    }
    for (unsigned vlan = 1; vlan <= NF_VLAN_MAX; vlan++) {
        if (nf_vlans_has(&config->tagged, vlan) && vlan != config->vlan) {
            nf_out_printf(out, "%s%u", divider, vlan);
            divider = ",";
        }
    }
    nf_out_putc(out, ']');
}

/* A link of 10G and more is never half duplex (IEEE 802.3); of slower ones no
 * driver tells. */
static void
put_status(struct nf_read *r, const char *device, struct nf_text json,
           struct nf_out *out)
{
    struct nf_port_seen seen = {.addresses_n = 0};
    struct nf_fault fault;

    (void) r;
    (void) device;
    (void) nf_port_seen_read(json, &seen, &fault);
    nf_out_puts(out, "{\"port\":");
    nf_out_json(out, nf_text(seen.port.name));
    nf_member_text(out, "status", nf_port_states[seen.port.link]);
    put_speed(seen.port.mbps, out);
    nf_member_text(out, "duplex", seen.port.mbps >= 10000 ? "full" : "");
    put_vlans(&seen.port.config, out);
    nf_out_putc(out, '}');
}

/* The only switch that there is; false: there are none, or *is_many. */
static bool
find_only(struct nf_read *r, struct nf_managed_device *device, bool *is_many)
{
    struct nf_managed_device each;
    NF_SCAN(scan, r, NF_DEVICES);
    unsigned n = 0;

    for (bool found = nf_devices_list(&scan, &each); found && n < 2;
         found = nf_devices_list_next(&scan, &each))
    {
        if (nf_managed_is_switch(&each)) {
            *device = each;
            n++;
        }
    }
    *is_many = n > 1;
    return n == 1;
}

/* ?switch=, which need not be said where there is one. */
static nf_error_t
choose_switch(struct nf_call *call, struct nf_scope *scope,
              struct nf_managed_device *device)
{
    struct nf_text name;
    bool is_many;

    if (nf_query(call, "switch", &name)) {
        return find_switch(call, scope, name, device);
    }
    if (find_only(scope->r, device, &is_many)) {
        return NF_OK;
    }
    if (scope->r->err != NF_OK) {
        return scope->r->err;
    }
    return is_many ? nf_refuse(&call->fault, "switch",
                               "is required: there is more than one switch")
                   : nf_reply_refuse(call, NF_NOT_FOUND, "switch",
                                     "there is no switch");
}

nf_error_t
nf_api_status_list(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_managed_device device;
    char port[NF_LINK_PORT], more[NF_MANAGED_NAME + 16];
    uint64_t limit;
    nf_error_t err = choose_switch(call, scope, &device);

    if (err != NF_OK || (err = read_page(call, &limit, port)) != NF_OK
        || nf_list_is_known(call, scope, NF_LIST_OF_COMMITS))
    {
        return err;
    }
    struct nf_out out = nf_reply_buffer(call, PAGE_BYTES);
    if (put_page(scope->r, device.name, port, limit, put_status, &out)) {
        snprintf(more, sizeof(more), "&switch=%s", device.name);
        nf_page_link(call, limit, nf_text(port), nf_text(more));
    }
    return scope->r->err != NF_OK ? scope->r->err
                                  : nf_reply_json(call, 200, &out);
}

nf_error_t
nf_api_status_get(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_managed_device device;
    struct nf_out out = nf_reply_buffer(call, PORT_BYTES);
    nf_error_t err = choose_switch(call, scope, &device);

    if (err == NF_OK) {
        err = put_one(call, scope, device.name, put_status, call->id, &out);
    }
    return err != NF_OK ? err : nf_reply_json(call, 200, &out);
}
