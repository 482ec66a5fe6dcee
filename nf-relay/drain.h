#ifndef NF_RELAY_DRAIN_H
#define NF_RELAY_DRAIN_H

/*
 * What nf-hook left in the spool, on its way into the store.
 */

#include "spool/spool.h"
#include "turn.h"
#include "watch.h"

struct nf_drain {
    struct nf_turn *turn;
    struct nf_watch *watch;
    nf_time_t at;                /* tick */
    struct nf_spool_place place; /* how far it is drained */
    struct nf_pace pace;
};

/* Take one batch when there is any; more of them let the others have their
 * turns in between.  Returns the tick to be run at again. */
nf_time_t nf_drain_run(struct nf_drain *drain);

#endif
