#include "change/name.h"

#include <stdio.h>
#include <strings.h>

#include "change/record.h"
#include "store/nodes.h"

static void
name_set(struct nf_node *node, const char *hostname, enum nf_name_kind kind)
{
    memset(node->hostname, 0, sizeof(node->hostname));
    snprintf(node->hostname, sizeof(node->hostname), "%s", hostname);
    node->name_kind = (uint8_t) kind;
}

/* Another node that has the name, whoever gave it: one whose own it is before
 * those that share it. */
static bool
find_other(struct nf_change *c, nf_mac_t mac, const char *hostname,
           struct nf_held_node *other)
{
    nf_mac_t owner;

    return nf_nodes_name_other(&c->w->read, hostname, mac, &owner)
           && nf_hold_node(c, owner, other) == NF_OK;
}

/* The card of "node-525400123456", whatever follows a dot. */
static bool
find_card(const char *hostname, nf_mac_t *mac)
{
    struct nf_text rest = nf_text(hostname);
    struct nf_text head = nf_text_cut(&rest, '.');

    return nf_text_starts(head, NF_TEXT("node-"))
           && nf_mac_parse((struct nf_text){head.data + 5, head.len - 5}, mac);
}

/* What a node without a name is called is its own as well. */
static bool
is_taken(struct nf_change *c, nf_mac_t mac, const char *hostname,
         nf_mac_t *owner)
{
    struct nf_held_node other;
    nf_mac_t card;

    if (find_card(hostname, &card)
        && nf_nodes_mac_owner(&c->w->read, card, owner)
        && !nf_mac_equal(*owner, mac))
    {
        return true;
    }
    if (hostname[0] == '\0' || !find_other(c, mac, hostname, &other)) {
        return false;
    }
    *owner = other.node.mac;
    return other.node.name_kind != NF_NAME_SHARED;
}

/* Whether two nodes must not have it. */
static bool
is_for_one(struct nf_change *c, bool is_kept)
{
    return is_kept || nf_setting_is_on(c->settings->unique_hostnames);
}

bool
nf_record_name_is_free(struct nf_change *c, nf_mac_t mac, const char *hostname,
                       bool is_kept)
{
    nf_mac_t owner;

    return !is_for_one(c, is_kept) || !is_taken(c, mac, hostname, &owner);
}

nf_error_t
nf_record_name_check(struct nf_change *c, nf_mac_t mac, const char *hostname,
                     bool is_kept)
{
    nf_mac_t owner;

    return is_for_one(c, is_kept) && is_taken(c, mac, hostname, &owner)
               ? nf_conflict_owner(c, "hostname", owner)
               : c->w->read.err;
}

void
nf_record_name_give(struct nf_node *node, const char *hostname)
{
    name_set(node, hostname,
             hostname[0] != '\0' ? NF_NAME_GIVEN : NF_NAME_SAID);
}

/* What systems call themselves that have no name; and that of another machine,
 * of which this one's disk is a copy. */
static bool
is_no_name(const struct nf_node *node, const char *hostname)
{
    static const char *const words[] = {"localhost", "localhost4", "localhost6",
                                        "localhost-live"};
    struct nf_text rest = nf_text(hostname);
    struct nf_text head = nf_text_cut(&rest, '.');
    nf_mac_t mac;
    bool is_none = false;

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        is_none |= head.len == strlen(words[i])
                   && strncasecmp(head.data, words[i], head.len) == 0;
    }
    return is_none
           || (find_card(hostname, &mac) && !nf_mac_equal(mac, node->mac));
}

void
nf_record_name_say(struct nf_change *c, struct nf_node *node,
                   const char *hostname)
{
    struct nf_held_node other;
    bool is_same = strcmp(node->hostname, hostname) == 0;

    if (hostname[0] == '\0' || (is_same && node->name_kind != NF_NAME_SHARED)
        || is_no_name(node, hostname))
    {
        return;
    }
    bool is_shared = find_other(c, node->mac, hostname, &other);
    if (is_shared && other.node.name_kind == NF_NAME_SAID) {
        other.node.name_kind = NF_NAME_SHARED;
        (void) nf_record_node(c, NF_EVENT_NODE_UPDATED, &other.node,
                              other.extra);
    }
    if (is_same) {
        return; /* it stays shared: the others may only be silent */
    }
    if (!is_shared) {
        name_set(node, hostname, NF_NAME_SAID);
    } else if (node->name_kind != NF_NAME_GIVEN) {
        name_set(node, hostname, NF_NAME_SHARED);
    }
}
