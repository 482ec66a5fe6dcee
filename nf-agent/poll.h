#ifndef NF_AGENT_POLL_H
#define NF_AGENT_POLL_H

/*
 * Asking whether there is a task for this node.
 */

#include "caller.h"
#include "progress.h"

#include <stdbool.h>

enum {
    NF_POLL_TRIES = 60
};

struct nf_assignment {
    char id[NF_TASK_ID_SIZE];
    char status[32];
    char os_type[64];
    char os_version[64];
    char token[NF_TOKEN_SIZE]; /* "" when the answer brings none */
};

/* Between two polls: what else there is to do, in no time. */
typedef void nf_poll_between_t(void *ctx);

/*
 * Asks until a task is approved, NF_POLL_TRIES times every interval seconds;
 * false when none was.  A server that does not answer costs no try.
 */
bool nf_poll(const struct nf_caller *caller, int interval,
             struct nf_reporter *progress, nf_poll_between_t *between,
             void *ctx, struct nf_assignment *task);

/* Waits until something happens to the node or interval seconds are over. */
void nf_poll_wait(const struct nf_caller *caller, int interval);

#endif
