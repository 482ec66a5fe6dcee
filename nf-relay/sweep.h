#ifndef NF_RELAY_SWEEP_H
#define NF_RELAY_SWEEP_H

/*
 * Removing contents of boot files that nothing names, once an hour.
 */

#include <stdatomic.h>

#include "turn.h"

struct nf_sweeper {
    struct nf_turn *turn;
    char dir[NF_SETTING_MAX]; /* for the thread that empties the trash */
    atomic_bool is_emptying;
    nf_time_t at; /* tick, 0: not yet known */
};

/* Sweep when it is time.  Returns the tick to be run at again. */
nf_time_t nf_sweeper_run(struct nf_sweeper *sweeper);

#endif
