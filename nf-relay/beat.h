#ifndef NF_RELAY_BEAT_H
#define NF_RELAY_BEAT_H

/*
 * Saying every few seconds that we are there, and what is out of order
 * (status/beat.h).
 */

#include "turn.h"

struct nf_beater {
    struct nf_turn *turn;
    struct nf_beat told; /* what is in the file */
    nf_time_t at;        /* tick */
    struct nf_pace pace;
};

/* Returns the tick to be run at again. */
nf_time_t nf_beater_run(struct nf_beater *beater);

#endif
