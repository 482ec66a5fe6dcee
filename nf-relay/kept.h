#ifndef NF_RELAY_KEPT_H
#define NF_RELAY_KEPT_H

/*
 * Looking at the operator's templates now and then: those without a fault are
 * kept for the next start, and a fault is said before anybody reloads.
 */

#include "turn.h"

struct nf_kept_templates {
    struct nf_turn *turn;
    nf_time_t at; /* tick */
    struct nf_pace pace;
};

/* Returns the tick to be run at again. */
nf_time_t nf_kept_run(struct nf_kept_templates *kept);

#endif
