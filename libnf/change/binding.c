/*
 * What operators say about how a node gets its address and its first file.
 */
#include <stdio.h>

#include "change/change.h"
#include "change/given.h"
#include "change/name.h"
#include "change/record.h"
#include "model/range.h"
#include "store/tasks.h"

bool
nf_record_is_taken(struct nf_change *c, nf_mac_t mac, nf_ip4_t ip)
{
    struct nf_node_view view;
    nf_mac_t owner;

    return nf_ip4_is_set(ip) && nf_nodes_ip_owner(&c->w->read, ip, &owner)
           && !nf_mac_equal(owner, mac)
           && nf_nodes_get(&c->w->read, owner, &view)
           && nf_node_is_static(&view.node);
}

nf_error_t
nf_record_address_check(struct nf_change *c, nf_mac_t mac, nf_ip4_t ip,
                        const char *field)
{
    const char *why = nf_ranges_unfit(c->settings, ip);

    if (why != NULL) {
        return nf_refuse(&c->fault, field, "%s", why);
    }
    return nf_record_is_taken(c, mac, ip) ? nf_conflict_address(c, field, ip)
                                          : c->w->read.err;
}

/* Of two lines of dnsmasq's with one name, whose it is would be anybody's
 * guess; a node that is known may have its name already. */
static nf_error_t
check_name(struct nf_change *c, nf_mac_t mac, const char *hostname,
           bool is_known)
{
    struct nf_node_view view;

    return hostname[0] == '\0' && is_known
                   && nf_nodes_get(&c->w->read, mac, &view)
               ? nf_record_name_check(c, mac, nf_node_name(&view.node), true)
               : nf_record_name_check(c, mac, hostname, true);
}

static void
set_text(char *to, size_t size, const char *text)
{
    memset(to, 0, size);
    snprintf(to, size, "%s", text);
}

/* What its task gave it makes way, as a whole, until the binding is gone. */
static void
forget_given(struct nf_node *node)
{
    if (node->given != NF_GIVEN_BY_OPERATOR) {
        node->netmask = node->gateway = (nf_ip4_t){0};
        memset(node->dns, 0, sizeof(node->dns));
        node->dns_n = 0;
        node->given = NF_GIVEN_BY_OPERATOR;
    }
}

nf_error_t
nf_change_binding_put(struct nf_change *c, nf_mac_t mac, nf_ip4_t ip,
                      const char *hostname, const char *bootfile)
{
    struct nf_held_node held;
    nf_mac_t owner = mac;
    bool is_known = nf_nodes_mac_owner(&c->w->read, mac, &owner);
    nf_error_t err = nf_record_address_check(c, owner, ip, "ip");

    if (err == NF_OK) {
        err = check_name(c, owner, hostname, is_known);
    }
    if (err != NF_OK) {
        return err;
    }
    if (!is_known) {
        (void) nf_record_discovered(c, mac, (nf_ip4_t){0}, "");
    }
    if ((err = nf_hold_node(c, owner, &held)) != NF_OK) {
        return err;
    }
    struct nf_node before = held.node;
    forget_given(&held.node);
    held.node.ip = ip;
    held.node.is_bound = held.node.is_known = 1;
    set_text(held.node.bootfile, sizeof(held.node.bootfile), bootfile);
    if (hostname[0] != '\0') {
        nf_record_name_give(&held.node, hostname);
    }
    if (memcmp(&before, &held.node, sizeof(before)) != 0) {
        (void) nf_record_node(c, NF_EVENT_NODE_UPDATED, &held.node, held.extra);
    }
    return c->w->read.err;
}

nf_error_t
nf_change_binding_delete(struct nf_change *c, nf_mac_t mac)
{
    struct nf_held_node held;
    nf_mac_t owner = mac;

    (void) nf_nodes_mac_owner(&c->w->read, mac, &owner);
    nf_error_t err = nf_hold_node(c, owner, &held);
    if (err != NF_OK) {
        return err;
    }
    if (!held.node.is_bound) {
        (void) nf_refuse(&c->fault, "mac", "has no DHCP binding");
        return NF_NOT_FOUND;
    }
    held.node.is_bound = 0;
    nf_record_give_again(c, &held.node);
    memset(held.node.bootfile, 0, sizeof(held.node.bootfile));
    (void) nf_record_node(c, NF_EVENT_NODE_UPDATED, &held.node, held.extra);
    return c->w->read.err;
}

nf_error_t
nf_change_pxe_delete(struct nf_change *c, nf_mac_t mac)
{
    struct nf_task task;
    nf_mac_t owner = mac;

    (void) nf_nodes_mac_owner(&c->w->read, mac, &owner);
    if (!nf_record_find_task(c, owner, &task) || !nf_task_is_live(&task)
        || task.approved_at == 0 || (task.flags & NF_TASK_NO_PXE))
    {
        (void) nf_refuse(&c->fault, "mac", "has no PXE configuration");
        return NF_NOT_FOUND;
    }
    task.flags |= NF_TASK_NO_PXE;
    (void) nf_record_task(c, NF_EVENT_TASK_STEP, &task, NULL);
    return c->w->read.err;
}
