#ifndef NF_CHANGE_FURTHER_CARD_H
#define NF_CHANGE_FURTHER_CARD_H

/*
 * A machine's further cards.  One that boots by itself becomes a node of its
 * own, until somebody says, or the machine shows, whose it is.  For the files
 * of this folder.
 */

#include "change/change.h"
#include "store/nodes.h"

/* The node may have this card: it is its own already, nobody's, or that of a
 * node by itself which nobody has named (nf_node_is_bare).  *owner is whose it
 * is, when false. */
bool nf_card_is_free(struct nf_read *r, nf_mac_t node, nf_mac_t card,
                     nf_mac_t *owner);

/* The node of such a card goes, with an event that says whose it is now.  The
 * caller stores the owner. */
void nf_card_take(struct nf_change *c, nf_mac_t card, nf_mac_t owner);

#endif
