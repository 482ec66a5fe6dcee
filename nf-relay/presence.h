#ifndef NF_RELAY_PRESENCE_H
#define NF_RELAY_PRESENCE_H

/*
 * Which workers are there.  Each says so every few seconds, and its last will
 * says when it is gone; one that is silent for NF_WORKER_SILENT_S is gone, too.
 * Only what changes is stored.
 */

#include "model/command.h"
#include "model/worker.h"
#include "pace.h"
#include "turn.h"

struct nf_presence {
    struct nf_turn *turn;
    bool is_up;      /* workers can be heard */
    nf_time_t empty; /* tick since which nobody is there and could be heard */
    size_t n;
    struct {
        char name[NF_WORKER_NAME];
        nf_time_t heard;            /* tick */
        uint8_t key[NF_WORKER_KEY]; /* that it has shown, zero: none */
    } workers[NF_WORKERS_MAX];
    struct nf_pace pace;
};

/* Those that the store says are there, until they turn out not to be. */
void nf_presence_open(struct nf_presence *presence);

/* The connection to the broker: nobody is silent while he cannot be heard. */
void nf_presence_changed(struct nf_presence *presence, bool is_up);

/* A worker's message. */
void nf_presence_take(struct nf_presence *presence, const char *worker,
                      struct nf_text payload);

bool nf_presence_has(const struct nf_presence *presence, const char *worker);

enum {
    NF_PRESENCE_DEVICE = 32 /* bytes of its name that count */
};

/* The one for a device, by the bytes that name it, so that the load is shared
 * and a device's commands go the same way, of those that may (NULL: of all);
 * NULL: none is there. */
const char *nf_presence_choose(const struct nf_presence *presence,
                               struct nf_bytes device,
                               bool (*may)(void *of, const char *worker),
                               void *of);

/* The tick at which it is certain that nobody is there, when none is. */
nf_time_t nf_presence_certain(const struct nf_presence *presence);

/* Returns the tick to be run at again. */
nf_time_t nf_presence_run(struct nf_presence *presence);

#endif
