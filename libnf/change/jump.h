#ifndef NF_CHANGE_JUMP_H
#define NF_CHANGE_JUMP_H

/*
 * The wall clock was set: what waits goes on waiting as long as it would have.
 */

#include "change/change.h"
#include "store/jump.h"

enum {
    NF_JUMP_LEAST_S = 5, /* less is no jump: clocks are slewed, and drift */
};

/*
 * By the clocks as they are: c->now, and the monotonic one with the id of this
 * boot.  Notes them when nothing is known of them yet, or the machine was
 * started anew; and whether the wall clock was set since they were noted last:
 * *by, 0: it was not.  Then live commands, and the times of switches, are moved
 * at once, and nf_change_clock_move() has to be called.
 */
nf_error_t nf_change_clock_look(struct nf_change *c,
                                const uint8_t boot[static NF_JUMP_BOOT],
                                nf_time_t tick, nf_time_t *by);

/* Move what is left, at most max objects; *has_more: there is more.  Before
 * that is done no deadline may pass. */
nf_error_t nf_change_clock_move(struct nf_change *c, unsigned max,
                                bool *has_more);

#endif
