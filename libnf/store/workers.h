#ifndef NF_STORE_WORKERS_H
#define NF_STORE_WORKERS_H

/*
 * Workers, by name.
 */

#include "model/worker.h"
#include "store/txn.h"

/* False: there is none, or the scope has failed. */
bool nf_workers_get(struct nf_read *r, const char *name,
                    struct nf_worker *worker);

bool nf_workers_put(struct nf_write *w, const struct nf_worker *worker);

bool nf_workers_delete(struct nf_write *w, const char *name);

/* The first one whose name comes behind after, "" for the very first. */
bool nf_workers_next(struct nf_read *r, const char *after,
                     struct nf_worker *worker);

/* Some worker is there; *since: else when the last one went, 0: there never
 * was one. */
bool nf_workers_any(struct nf_read *r, nf_time_t *since);

#endif
