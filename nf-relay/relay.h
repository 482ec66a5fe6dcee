#ifndef NF_RELAY_RELAY_H
#define NF_RELAY_RELAY_H

/*
 * The relay: one thread that carries what nodes say by MQTT into the store,
 * and what the store's log says to MQTT and to dnsmasq; and that lets time
 * pass.  Each job is a part with a file of its own.  The loop runs every part
 * in turn, and each says when it wants to be run again.
 */

#include "batch.h"
#include "binding.h"
#include "broker.h"
#include "count.h"
#include "follow.h"
#include "loader.h"
#include "model/settings.h"
#include "pace.h"
#include "store/store.h"
#include "watch.h"

struct nf_relay {
    nf_store_t *store;
    struct nf_settings settings;
    const char *suffix; /* of the client id, "" for none */
    bool is_broken;     /* the store must be opened anew: end */
    nf_time_t now;      /* milliseconds since the epoch, for the store */
    nf_time_t tick;     /* monotonic milliseconds, for waiting */
    struct nf_counts counts;
    struct nf_broker broker;
    struct nf_batch batch;
    struct nf_watch watch;
    struct nf_follow follow;
    struct nf_binding binding;
    struct nf_loader_files loader;
    nf_time_t clock_at, drain_at, counts_at, sweep_at; /* ticks */
    struct nf_pace store_pace, spool_pace;
};

enum {
    NF_LOOK_MS = 1000, /* how long anything may stay unnoticed */
};

/* Serve until SIGTERM or SIGINT; false: it could not start, or go on. */
bool nf_relay_run(struct nf_relay *relay);

/* Let due deadlines pass.  Returns the tick to be run at again. */
nf_time_t nf_clock_run(struct nf_relay *relay);

/* Take in what nf-hook left in the spool. */
nf_time_t nf_drain_run(struct nf_relay *relay);

/* Remove contents of boot files that nothing names, once an hour. */
nf_time_t nf_sweep_files(struct nf_relay *relay);

/* Say once what the store refused, with how many times it did before.  After
 * an input/output error LMDB takes no more writes: the relay ends, and whoever
 * supervises it starts it again. */
void nf_relay_blame(struct nf_relay *relay, const char *what, nf_error_t err);

#endif
