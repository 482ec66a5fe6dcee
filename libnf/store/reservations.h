#ifndef NF_STORE_RESERVATIONS_H
#define NF_STORE_RESERVATIONS_H

/*
 * Addresses that are kept for network cards, by address; one for each card in
 * each subnet that it asks in.
 */

#include "model/reservation.h"
#include "store/txn.h"

/* Nothing else is stored or read. */
bool nf_reservations_is_sound(const struct nf_reservation *reservation);

bool nf_reservations_get(struct nf_read *r, nf_ip4_t ip,
                         struct nf_reservation *out);

/* The card's in this subnet (of 0 bits: in any), if it has one that is not
 * dropped. */
bool nf_reservations_of(struct nf_read *r, const struct nf_card *card,
                        struct nf_ip4_net net, struct nf_reservation *out);

/* Also over one of another card, whose it is no more. */
bool nf_reservations_put(struct nf_write *w,
                         const struct nf_reservation *reservation);
bool nf_reservations_delete(struct nf_write *w, nf_ip4_t ip);

/* All, in order of address: the first (after == NULL) or the next one. */
bool nf_reservations_next(struct nf_read *r, const nf_ip4_t *after,
                          struct nf_reservation *out);

/* The same for those that are dropped. */
bool nf_reservations_next_dropped(struct nf_read *r, const nf_ip4_t *after,
                                  struct nf_reservation *out);

#endif
