#ifndef NF_RELAY_LOOK_H
#define NF_RELAY_LOOK_H

/*
 * Looking at every switch once in a while, one after the other; and forgetting
 * what those said that are devices no more.
 */

#include "presence.h"
#include "turn.h"

struct nf_looker {
    struct nf_turn *turn;
    const struct nf_presence *presence;
    nf_time_t at; /* tick */
};

/* Ask for the looks that are due.  Returns the tick to be run at again. */
nf_time_t nf_looker_run(struct nf_looker *looker);

#endif
