#ifndef NF_MODEL_WORKER_H
#define NF_MODEL_WORKER_H

/*
 * A worker: a program that carries out commands on BMCs and switches, on this
 * host or another one.  It says every few seconds that it is there.
 */

#include "base/out.h"
#include "base/text.h"
#include "base/time.h"

enum {
    NF_WORKER_NAME = 32, /* with its end */
    NF_WORKER_JSON_MAX = 256,
    NF_WORKERS_MAX = 64,
    NF_WORKER_SILENT_S = 15, /* who was silent so long is not there */
};

struct nf_worker {
    nf_time_t since; /* it has been there, or gone, since then */
    uint8_t is_here;
    uint8_t reserved[7]; /* 0 */
    char name[NF_WORKER_NAME];
};

/* Letters, digits, '-', '_' and '.', not too many: it is part of a topic. */
bool nf_worker_is_name(struct nf_text name);

void nf_worker_json(const struct nf_worker *worker, struct nf_out *out);

#endif
