#ifndef NF_RELAY_SWEEP_H
#define NF_RELAY_SWEEP_H

/*
 * Removing contents of boot files that nothing names, once an hour: on a thread
 * of its own, since looking at all that is named takes seconds in a large
 * store, and removing some GB does on any disk.
 */

#include <stdatomic.h>

#include "turn.h"

struct nf_sweeper {
    struct nf_turn *turn;
    nf_time_t at; /* tick, 0: not yet known */

    /* The thread's: what it began with, and what others may know of it. */
    char dir[NF_SETTING_MAX];
    nf_time_t now, keep;
    atomic_bool is_running, is_reading, stop; /* reading: it has the store */
};

/* Sweep when it is time.  Returns the tick to be run at again. */
nf_time_t nf_sweeper_run(struct nf_sweeper *sweeper);

/* Have it let go of the store; false: it does not in time, and the store must
 * stay open. */
bool nf_sweeper_stop(struct nf_sweeper *sweeper);

#endif
