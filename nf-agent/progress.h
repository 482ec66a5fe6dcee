#ifndef NF_AGENT_PROGRESS_H
#define NF_AGENT_PROGRESS_H

/*
 * How far the node is, told on the console at once and to the server by a
 * thread of its own.  No call waits for the network, and none can fail: a
 * server that is away hears of it when it is back, in order.
 */

#include "caller.h"

#include <stdbool.h>
#include <stdint.h>

struct nf_reporter;

typedef enum {
    NF_STAGE_HARDWARE_COLLECT,
    NF_STAGE_HARDWARE_REPORT,
    NF_STAGE_TASK_WAIT,
    NF_STAGE_TASK_RECEIVED,
    NF_STAGE_INSTALL_START,
    NF_STAGE_PARTITIONING,
    NF_STAGE_DOWNLOADING,
    NF_STAGE_INSTALLING,
    NF_STAGE_CONFIGURING,
    NF_STAGE_FINALIZING,
    NF_STAGE_COMPLETED,
} nf_stage_t;

/* One for the life of the process; NULL without memory or threads. */
struct nf_reporter *nf_progress_new(const struct nf_caller *caller);

/* From now on what is told belongs to this caller's task. */
void nf_progress_identity(struct nf_reporter *progress,
                          const struct nf_caller *caller);

/*
 * An operation runs, however long it is silent: every alive_s seconds in which
 * nothing else is told the server hears the last words again.  0: none runs.
 */
void nf_progress_working(struct nf_reporter *progress, int alive_s);

/* The server has the node's report: what it refuses now it means. */
void nf_progress_known(struct nf_reporter *progress);

/* Whether lines end "(no task assigned yet)". */
void nf_progress_assigned(struct nf_reporter *progress, bool is_assigned);

/* A stage begins.  message NULL: the stage's own words. */
void nf_progress_stage(struct nf_reporter *progress, nf_stage_t stage,
                       const char *message);

/*
 * done of total (bytes, or whatever the stage counts) is done: the percent
 * moves from this stage's towards the next one's.  Call it as often as you
 * like; at most one in a second is told.
 */
void nf_progress_part(struct nf_reporter *progress, int64_t done,
                      int64_t total);

/* Something worth telling that moves no percent. */
void nf_progress_note(struct nf_reporter *progress, const char *step,
                      const char *message);

/* Waits until all of it has reached the server, at most so long. */
void nf_progress_flush(struct nf_reporter *progress, int seconds);

#endif
