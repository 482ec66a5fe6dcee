#include "change/link.h"

#include "change/record.h"
#include "store/devices.h"
#include "store/events.h"
#include "store/links.h"

static nf_error_t
refuse(struct nf_change *c, nf_error_t err, const char *field, const char *why)
{
    (void) nf_refuse(&c->fault, field, "%s", why);
    return err;
}

/* --- links -------------------------------------------------------------------
 */

static bool
record_link(struct nf_change *c, enum nf_event_kind kind,
            struct nf_port_link *link)
{
    char text[NF_LINK_JSON_MAX + 16];
    struct nf_out out = nf_out(text, sizeof(text));

    link->revision = nf_events_next(c->w);
    nf_out_puts(&out, "\"link\":");
    nf_port_link_json(link, &out);
    if (out.full) {
        nf_read_fail(&c->w->read, NF_BUG);
        return false;
    }
    return nf_record_members(c, kind, link->node, nf_out_text(&out));
}

static nf_error_t
check_switch(struct nf_change *c, const struct nf_port_link *link)
{
    struct nf_managed_device device;

    if (!nf_devices_get(&c->w->read, link->device, &device)) {
        return c->w->read.err != NF_OK ? c->w->read.err
                                       : refuse(c, NF_NOT_FOUND, "switch",
                                                "there is no such device");
    }
    return nf_managed_is_switch(&device)
               ? NF_OK
               : nf_refuse(&c->fault, "switch", "is a BMC");
}

static nf_error_t
check_port(struct nf_change *c, const struct nf_port_link *link)
{
    char mac[NF_MAC_TEXT];
    nf_mac_t other;

    if (!nf_links_at(&c->w->read, link->device, link->port, &other)
        || nf_mac_equal(other, link->node))
    {
        return c->w->read.err;
    }
    nf_mac_format(other, mac);
    (void) nf_refuse(&c->fault, "port", "is the port of the node %s", mac);
    return NF_CONFLICT;
}

nf_error_t
nf_change_link_put(struct nf_change *c, struct nf_port_link *link, bool *is_new)
{
    struct nf_held_node held;
    struct nf_port_link old;
    nf_error_t err = nf_hold_node(c, link->node, &held);

    if (err != NF_OK || (err = check_switch(c, link)) != NF_OK
        || (err = check_port(c, link)) != NF_OK)
    {
        return err;
    }
    link->node = held.node.mac;
    link->by = NF_LINK_BY_HAND;
    link->created_at = c->now;
    *is_new = !nf_links_get(&c->w->read, link->node, &old);
    if (!*is_new && strcmp(old.device, link->device) == 0
        && strcmp(old.port, link->port) == 0)
    {
        *link = old;
        return NF_OK;
    }
    if (record_link(c, NF_EVENT_LINK_PUT, link)) {
        (void) nf_links_put(c->w, link);
    }
    return c->w->read.err;
}

nf_error_t
nf_change_link_delete(struct nf_change *c, nf_mac_t mac)
{
    struct nf_port_link link;

    if (!nf_links_get(&c->w->read, mac, &link)) {
        return c->w->read.err != NF_OK
                   ? c->w->read.err
                   : refuse(c, NF_NOT_FOUND, "id",
                            "the node has no manual link to a port");
    }
    if (record_link(c, NF_EVENT_LINK_DELETED, &link)) {
        (void) nf_links_delete(c->w, mac);
    }
    return c->w->read.err;
}

/* --- what ports were ---------------------------------------------------------
 */

static bool
record_kept(struct nf_change *c, enum nf_event_kind kind,
            struct nf_port_kept *kept)
{
    char text[NF_KEPT_JSON_MAX + 16];
    struct nf_out out = nf_out(text, sizeof(text));

    kept->revision = nf_events_next(c->w);
    nf_out_puts(&out, "\"kept\":");
    nf_port_kept_json(kept, &out);
    if (out.full) {
        nf_read_fail(&c->w->read, NF_BUG);
        return false;
    }
    return nf_record_members(c, kind, kept->node, nf_out_text(&out));
}

bool
nf_record_port_kept(struct nf_change *c, struct nf_port_kept *kept)
{
    return record_kept(c, NF_EVENT_PORT_KEPT, kept) && nf_kept_put(c->w, kept);
}

void
nf_record_links_left(struct nf_change *c, nf_mac_t mac)
{
    struct nf_port_link link;
    struct nf_port_kept kept;

    if (nf_links_get(&c->w->read, mac, &link)
        && record_link(c, NF_EVENT_LINK_DELETED, &link))
    {
        (void) nf_links_delete(c->w, mac);
    }
    if (nf_kept_get(&c->w->read, mac, &kept)
        && record_kept(c, NF_EVENT_PORT_FORGOTTEN, &kept))
    {
        (void) nf_kept_delete(c->w, mac);
    }
}

void
nf_record_links_moved(struct nf_change *c, nf_mac_t from, nf_mac_t to)
{
    struct nf_port_link link;
    struct nf_port_kept kept;
    bool has_link = nf_links_get(&c->w->read, from, &link);
    bool has_kept = nf_kept_get(&c->w->read, from, &kept);

    nf_record_links_left(c, from);
    link.node = kept.node = to;
    if (has_link && record_link(c, NF_EVENT_LINK_PUT, &link)) {
        (void) nf_links_put(c->w, &link);
    }
    if (has_kept) {
        (void) nf_record_port_kept(c, &kept);
    }
}
