#ifndef NF_RELAY_CLOCK_H
#define NF_RELAY_CLOCK_H

/*
 * Letting time pass in the store: deadlines, silent nodes, what is kept only
 * for so long.
 */

#include "store/jump.h"
#include "turn.h"

struct nf_clock {
    struct nf_turn *turn;
    nf_time_t at;     /* tick */
    nf_time_t offset; /* of the wall clock from the other, as it was noted */
    bool is_noted, is_moving;
    uint8_t boot[NF_JUMP_BOOT];
};

/* Before the first turn. */
void nf_clock_open(struct nf_clock *clock);

/* Something happened: look whether a deadline is nearer than it was. */
void nf_clock_look(struct nf_clock *clock);

/* listening: since when (by turn->now) nodes can be heard.  Returns the tick
 * to be run at again. */
nf_time_t nf_clock_run(struct nf_clock *clock, nf_time_t listening);

#endif
