#ifndef NF_STORE_CARDS_H
#define NF_STORE_CARDS_H

/*
 * Which machines say that they have a card.  That is no more than what they
 * say: whose a card is, its node's record tells.
 */

#include "base/address.h"
#include "store/txn.h"

enum {
    NF_CARDS_MAX = 64 /* of one machine, as in its hardware */
};

/* What this machine says now, in place of what it said before. */
bool nf_cards_put(struct nf_write *w, nf_mac_t node, const nf_mac_t *cards,
                  size_t n);
bool nf_cards_delete(struct nf_write *w, nf_mac_t node);

/* What it says; how many. */
size_t nf_cards_of(struct nf_read *r, nf_mac_t node,
                   nf_mac_t cards[static NF_CARDS_MAX]);

/* The machine says that it has the card. */
bool nf_cards_has(struct nf_read *r, nf_mac_t node, nf_mac_t card);

/* The first other node that lists this card. */
bool nf_cards_lister(struct nf_read *r, nf_mac_t card, nf_mac_t *node);

/* Another machine than these two, which may be the same, says that it has it:
 * then it shows nothing of whose it is in. */
bool nf_cards_is_shared(struct nf_read *r, nf_mac_t card, nf_mac_t one,
                        nf_mac_t other);

#endif
