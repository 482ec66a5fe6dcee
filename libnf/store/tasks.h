#ifndef NF_STORE_TASKS_H
#define NF_STORE_TASKS_H

/*
 * Tasks: by id, by node, and by the deadline of the step that runs.
 */

#include "model/task.h"
#include "store/txn.h"

/* What whoever uses a record relies on: indexes within their tables, texts
 * that end.  Nothing else is stored or read. */
bool nf_tasks_is_sound(const struct nf_task *task);

/* Bytes of the record without what the operator asked for: the steps of the
 * task's own plan stand at its end, and no others. */
size_t nf_tasks_stored_size(const struct nf_task *task);

bool nf_tasks_get(struct nf_read *r, uint64_t id, struct nf_task *task);

/* Whether it is there and has this status: reads no more of it than that. */
bool nf_tasks_is(struct nf_read *r, uint64_t id, enum nf_task_status status);

/* What the operator asked for, a JSON object or empty; points into the
 * store. */
struct nf_text nf_tasks_spec(struct nf_read *r, uint64_t id);

/* Store it; spec NULL keeps the one that is stored.  Keeps the counts and the
 * indexes of awaited machines: a task without one is found by its sn. */
bool nf_tasks_put(struct nf_write *w, const struct nf_task *task,
                  const struct nf_text *spec);
bool nf_tasks_delete(struct nf_write *w, uint64_t id);

/* The live task that waits for a machine with this serial number. */
bool nf_tasks_awaited(struct nf_read *r, const char *sn, uint64_t *id);

/* The last one that waited so and is over: what is left of a machine that never
 * came. */
bool nf_tasks_ended(struct nf_read *r, const char *sn, struct nf_task *task);

/* All that wait so, in order of serial number: the first behind after ("": the
 * first of all). */
bool nf_tasks_awaited_next(struct nf_read *r, const char *after,
                           struct nf_task *task);

/* All, newest first: starts behind the id `before` (0: at the newest). */
bool nf_tasks_list(struct nf_scan *scan, uint64_t before, struct nf_task *task);
bool nf_tasks_list_next(struct nf_scan *scan, struct nf_task *task);

/* How many there are of each status, kept up to date. */
struct nf_task_counts {
    uint64_t by_status[7];
};
struct nf_task_counts nf_tasks_count(struct nf_read *r);

/* A node's tasks, oldest first: the first with an id above after. */
bool nf_tasks_next_of(struct nf_read *r, nf_mac_t mac, uint64_t after,
                      struct nf_task *task);

/* The task whose deadline is the earliest, if that is not after now. */
bool nf_tasks_due(struct nf_read *r, nf_time_t now, struct nf_task *task);

/* When the next deadline is, 0: none. */
nf_time_t nf_tasks_next_deadline(struct nf_read *r);

#endif
