#ifndef NF_FLOW_TASK_H
#define NF_FLOW_TASK_H

/*
 * The workflow of a task as a pure function of a table: (task, event, now)
 * -> task'.  Nothing here stores, sends or asks the time.
 */

#include "model/node.h"
#include "model/profile.h"
#include "model/task.h"

/* clang-format off */
#define NF_TASK_EVENTS(X)                                                     \
    X(NF_TASK_SCRIPT_SERVED,  "install script served")                        \
    X(NF_TASK_FETCH_FAILED,   "installer could not be fetched")               \
    X(NF_TASK_INSTALL_DONE,   "installer reports success")                    \
    X(NF_TASK_INSTALL_FAILED, "installer reports failure")                    \
    X(NF_TASK_SYSTEM_UP,      "agent reports installed")                      \
    X(NF_TASK_BOOTED,         "node boots again")                             \
    X(NF_TASK_DEADLINE,       "deadline passed")                              \
    X(NF_TASK_CANCEL,         "cancelled by operator")
/* clang-format on */

enum nf_task_event {
#define X(event, text) event,
    NF_TASK_EVENTS(X)
#undef X
    NF_TASK_EVENT_COUNT,
};

extern const char *const nf_task_events[];

/* What the settings and the profile say about this task. */
struct nf_task_rules {
    nf_time_t deadlines[NF_STEP_KINDS]; /* how long a step may run, 0: ever */
    unsigned scripts; /* install scripts without a report before it fails */
    enum nf_first_boot first_boot;
};

struct nf_task_input {
    enum nf_task_event event;
    nf_time_t now;
    const char *detail; /* words of the installer or operator, or NULL */
};

/* A fresh task with its plan, approved, its first waiting step running. */
void nf_task_start(struct nf_task *task, const struct nf_task_rules *rules,
                   nf_time_t now);

/*
 * Apply one event.  False: in this state it means nothing, and the task is as
 * it was.
 */
bool nf_task_step(struct nf_task *task, const struct nf_task_rules *rules,
                  const struct nf_task_input *input);

/* The step of this kind, NULL when the plan has none. */
const struct nf_step *nf_task_find_step(const struct nf_task *task,
                                        enum nf_step_kind kind);

/* The system is on the disk, as the installer said. */
bool nf_task_is_installed(const struct nf_task *task);

/*
 * What the node's boot script must say; task is its latest, or NULL.
 */
enum nf_node_boot nf_node_boot_for(enum nf_node_status status,
                                   const struct nf_task *task);

/* What a running step waits for, and what happens when that never comes. */
struct nf_step_words {
    const char *waits_for;
    const char *otherwise;
};
struct nf_step_words nf_step_words(enum nf_step_kind kind);

/* Write the transition table as text, a line a row, for the documents. */
void nf_task_print_table(struct nf_out *out);

#endif
