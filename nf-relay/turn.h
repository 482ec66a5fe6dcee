#ifndef NF_RELAY_TURN_H
#define NF_RELAY_TURN_H

/*
 * What every part of the relay may know: the store, the settings, what time
 * it is in this turn of the loop, and what is counted.  No part knows another
 * one, unless it says so by its includes; relay.c alone knows them all.
 */

#include "count.h"
#include "model/settings.h"
#include "pace.h"
#include "status/beat.h"
#include "store/store.h"

struct nf_turn {
    nf_store_t *store;
    struct nf_settings settings;
    nf_time_t now;  /* milliseconds since the epoch, for the store */
    nf_time_t tick; /* monotonic milliseconds, for waiting */
    struct nf_counts counts;
    struct nf_pace store_pace;
    struct nf_beat beat;  /* what is out of order, by whoever finds it */
    nf_time_t refused_at; /* tick, when the store last was */
};

enum {
    NF_LOOK_MS = 1000, /* how long anything may stay unnoticed */
};

/* Look at the clocks. */
void nf_turn_begin(struct nf_turn *turn);

/* Say once what the store refused, with how many times it did before. */
void nf_turn_blame(struct nf_turn *turn, const char *what, nf_error_t err);

#endif
