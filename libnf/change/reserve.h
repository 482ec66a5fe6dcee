#ifndef NF_CHANGE_RESERVE_H
#define NF_CHANGE_RESERVE_H

/*
 * Keeping addresses for network cards.  No events: the log is of what happens
 * to nodes, and anybody can invent a card.
 */

#include "change/change.h"
#include "model/range.h"
#include "store/reservations.h"

/* A card asks for an address, and has none. */
struct nf_reserve_ask {
    struct nf_card card;
    const struct nf_ranges *ranges;
    const struct nf_range *range; /* where it asks */
    nf_ip4_t wish;  /* it would rather have this one; or not set */
    uint32_t batch; /* of a new one */
    nf_ip4_t *hint; /* where to look first, of the range; moved */
};

/*
 * *out is kept for the card from now on: what it has already in this subnet,
 * else what it leases, wished for or had, else one that nobody has.  An address
 * is never kept for two.  *is_new: dnsmasq does not know.  NF_CONFLICT: there
 * is none.
 */
nf_error_t nf_change_reserve(struct nf_change *c,
                             const struct nf_reserve_ask *ask,
                             struct nf_reservation *out, bool *is_new);

/*
 * Drop reservations of the range whose cards have not been about for so long,
 * at most max: only those that never led to a lease (is_offered), or those
 * whose lease is over.  Returns how many.
 */
unsigned nf_change_reserve_drop(struct nf_change *c,
                                const struct nf_range *range, bool is_offered,
                                nf_time_t idle, unsigned max);

/* dnsmasq has forgotten it: it may be given to anybody. */
void nf_change_reserve_forget(struct nf_change *c, nf_ip4_t ip);

/* For the files of this folder: what a lease, or a node's own address, means
 * for reservations.  Either node may be NULL: there was, or is, none. */
void nf_record_reserve_lease(struct nf_change *c, const struct nf_lease *lease);
void nf_record_reserve_node(struct nf_change *c, const struct nf_node *old,
                            const struct nf_node *node);

#endif
