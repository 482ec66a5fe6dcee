#ifndef NF_MODEL_WORKER_H
#define NF_MODEL_WORKER_H

/*
 * A worker: a program that carries out commands on BMCs and switches, on this
 * host or another one.  It says every few seconds that it is there.
 */

#include "base/out.h"
#include "base/text.h"
#include "base/time.h"
#include "model/worker_key.h"

enum {
    NF_WORKER_NAME = 32, /* with its end */
    NF_WORKER_JSON_MAX = 512,
    NF_WORKERS_MAX = 64,
    NF_WORKER_SILENT_S = 15, /* who was silent so long is not there */
};

/* Stored as it is.  A key that is all zero is none. */
struct nf_worker {
    nf_time_t since; /* it has been there, or gone, since then */
    uint8_t is_here;
    uint8_t reserved[7];             /* 0 */
    uint8_t key[NF_WORKER_KEY];      /* that it says is its */
    uint8_t accepted[NF_WORKER_KEY]; /* that an operator has accepted */
    char name[NF_WORKER_NAME];
};

/* It has a key, and an operator has accepted just that one. */
bool nf_worker_is_accepted(const struct nf_worker *worker);

/* Letters, digits, '-', '_' and '.', not too many: it is part of a topic. */
bool nf_worker_is_name(struct nf_text name);

/* The name that was chosen, or the host's up to its first dot; false: that is
 * none. */
bool nf_worker_choose_name(struct nf_text chosen, const char *host,
                           char name[static NF_WORKER_NAME]);

void nf_worker_json(const struct nf_worker *worker, struct nf_out *out);

#endif
