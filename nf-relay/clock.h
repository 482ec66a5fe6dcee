#ifndef NF_RELAY_CLOCK_H
#define NF_RELAY_CLOCK_H

/*
 * Letting time pass in the store: deadlines, silent nodes, what is kept only
 * for so long.
 */

#include "turn.h"

struct nf_clock {
    struct nf_turn *turn;
    nf_time_t at; /* tick */
};

/* Something happened: look whether a deadline is nearer than it was. */
void nf_clock_look(struct nf_clock *clock);

/* listening: since when (by turn->now) nodes can be heard.  Returns the tick
 * to be run at again. */
nf_time_t nf_clock_run(struct nf_clock *clock, nf_time_t listening);

#endif
