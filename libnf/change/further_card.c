#include "change/further_card.h"

#include <stdio.h>

#include "change/command.h"
#include "change/device.h"
#include "change/link.h"
#include "change/record.h"
#include "store/labels.h"

bool
nf_node_is_bare(struct nf_read *r, const struct nf_node *node)
{
    return !node->is_known && node->task == 0 && node->serial[0] == '\0'
           && node->macs_n == 0 && node->status == NF_NODE_DISCOVERED
           && nf_labels_get(r, node->mac).len == 0;
}

bool
nf_card_is_free(struct nf_read *r, nf_mac_t node, nf_mac_t card,
                nf_mac_t *owner)
{
    struct nf_node_view view;

    return !nf_nodes_mac_owner(r, card, owner) || nf_mac_equal(*owner, node)
           || (nf_mac_equal(*owner, card) && nf_nodes_get(r, card, &view)
               && nf_node_is_bare(r, &view.node));
}

void
nf_card_take(struct nf_change *c, nf_mac_t card, nf_mac_t owner)
{
    char why[64], text[NF_MAC_COLONS];
    struct nf_node_view view;

    if (nf_mac_equal(card, owner) || !nf_nodes_get(&c->w->read, card, &view)) {
        return;
    }
    nf_record_commands_cancelled(c, card);
    nf_record_device_left(c, card);
    nf_record_links_left(c, card);
    nf_mac_format_divided(owner, ':', text);
    snprintf(why, sizeof(why), "it is a card of %s", text);
    if (nf_nodes_delete(c->w, card)) {
        (void) nf_record_note(c, NF_EVENT_NODE_DELETED, card, why);
    }
}
