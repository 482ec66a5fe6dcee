#ifndef NF_RESERVE_ALLOT_H
#define NF_RESERVE_ALLOT_H

/*
 * Giving addresses to the cards of the queue that have none.
 */

#include "round.h"

/* All in one transaction; who gets none is done with.  NF_OK also when no
 * address was left. */
nf_error_t nf_allot(struct nf_reserve *reserve);

/* Drop what nobody came back for. */
nf_error_t nf_allot_tidy(struct nf_reserve *reserve);

#endif
