#ifndef NF_RESERVE_LOOK_H
#define NF_RESERVE_LOOK_H

/*
 * What the store and NF_HOSTS_DIR say of cards that ask.
 */

#include "round.h"

/* Fill in what is found of each of the queue that was not looked at. */
nf_error_t nf_look(struct nf_reserve *reserve);

/* Whether dnsmasq was told of the card's address. */
bool nf_look_is_told(const struct nf_reserve *reserve,
                     const struct nf_waiting *waiting);

#endif
