#ifndef NF_STORE_TASKS_H
#define NF_STORE_TASKS_H

/*
 * Tasks: by id, by node, and by the deadline of the step that runs.
 */

#include "model/task.h"
#include "store/txn.h"

bool nf_tasks_get(struct nf_read *r, uint64_t id, struct nf_task *task);
bool nf_tasks_put(struct nf_write *w, const struct nf_task *task);
bool nf_tasks_delete(struct nf_write *w, uint64_t id);

/* A node's tasks, oldest first: the first with an id above after. */
bool nf_tasks_next_of(struct nf_read *r, nf_mac_t mac, uint64_t after,
                      struct nf_task *task);

/* The task whose deadline is the earliest, if that is not after now. */
bool nf_tasks_due(struct nf_read *r, nf_time_t now, struct nf_task *task);

/* When the next deadline is, 0: none. */
nf_time_t nf_tasks_next_deadline(struct nf_read *r);

enum {
    NF_REQUEST_REPLY_MAX = 8192
};

/* What a POST with an Idempotency-Key was answered. */
struct nf_request {
    nf_time_t time;
    uint64_t body_hash;
    struct nf_text reply; /* status, location and body, as the API packs it */
};
bool nf_requests_get(struct nf_read *r, struct nf_text key,
                     struct nf_request *request);
bool nf_requests_put(struct nf_write *w, struct nf_text key,
                     const struct nf_request *request);

/* Forget those older than before, at most max. */
unsigned nf_requests_trim(struct nf_write *w, nf_time_t before, unsigned max);

#endif
