#ifndef NF_AGENT_OPERATIONS_H
#define NF_AGENT_OPERATIONS_H

/*
 * Doing what the server tells for an approved task.
 */

#include "boot_words.h"
#include "caller.h"
#include "poll.h"
#include "progress.h"

typedef enum {
    NF_OPERATIONS_LEFT,     /* the task has nothing more for this node */
    NF_OPERATIONS_COMPLETE, /* the server says so */
    NF_OPERATIONS_RESTART,  /* the machine is about to restart */
} nf_operations_t;

/* Asks, does and reports until one of the above. */
nf_operations_t nf_operations_run(const struct nf_boot *boot,
                                  const struct nf_caller *caller,
                                  const struct nf_assignment *task,
                                  struct nf_reporter *progress);

#endif
