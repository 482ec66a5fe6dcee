#ifndef NF_FLOW_TASK_H
#define NF_FLOW_TASK_H

/*
 * The workflow of a task as a pure function of tables: (task, event, now) ->
 * task'.  Nothing here stores, sends or asks the time.  docs/flow.md shows
 * the tables.
 */

#include "model/node.h"
#include "model/profile.h"
#include "model/task.h"

/* clang-format off */
#define NF_TASK_EVENTS(X)                                                     \
    X(NF_TASK_APPROVE,          "approved by operator")                       \
    X(NF_TASK_REJECT,           "rejected by operator")                       \
    X(NF_TASK_CANCEL,           "cancelled by operator")                      \
    X(NF_TASK_RETRY,            "retried by operator")                \
    X(NF_TASK_MATCHED,          "its machine appears")                        \
    X(NF_TASK_FILES_APPLIED,    "boot files and binding are written")         \
    X(NF_TASK_COMMAND_DONE,     "device command succeeds")                    \
    X(NF_TASK_COMMAND_FAILED,   "device command fails")                       \
    X(NF_TASK_SCRIPT_SERVED,    "install script served")                      \
    X(NF_TASK_FETCH_FAILED,     "installer could not be fetched")             \
    X(NF_TASK_AGENT_READY,      "agent in RAM asks what to do")               \
    X(NF_TASK_OPERATION_DONE,   "agent reports an operation done")            \
    X(NF_TASK_OPERATION_FAILED, "agent reports an operation failed")          \
    X(NF_TASK_INSTALL_DONE,     "installer reports success")                  \
    X(NF_TASK_INSTALL_FAILED,   "installer reports failure")                  \
    X(NF_TASK_SYSTEM_UP,        "agent reports installed")                    \
    X(NF_TASK_BOOTED,           "node boots again")                           \
    X(NF_TASK_DEADLINE,         "deadline passed")                            \
    X(NF_TASK_SEEN,             "its machine is switched on")
/* clang-format on */

enum nf_task_event {
#define X(event, text) event,
    NF_TASK_EVENTS(X)
#undef X
    NF_TASK_EVENT_COUNT,
};

extern const char *const nf_task_events[];

/* What the settings say about every task. */
struct nf_task_rules {
    /* By kind: how long a step may run, 0: ever; and before it fails, 0 is 1.
     */
    nf_time_t deadlines[NF_STEP_KINDS];
    unsigned tries[NF_STEP_KINDS];
    unsigned scripts; /* install scripts without a report before it fails */
};

struct nf_task_input {
    enum nf_task_event event;
    nf_time_t now;
    enum nf_step_kind step; /* of commands and operations: which */
    uint16_t attempt;       /* of commands: which try; 0: any */
    uint16_t round;         /* of commands: nf_task_round() then */
    const char *detail;     /* words of a device or operator, or NULL */
};

/*
 * A fresh task, pending: the plan with its approval running.  What it is for
 * (mac, sn, flags, method, first_boot, profile) is set already.
 */
void nf_task_start(struct nf_task *task, const struct nf_task_rules *rules,
                   nf_time_t now);

/*
 * Apply one event.  False: in this state it means nothing, and the task is as
 * it was.
 */
bool nf_task_step(struct nf_task *task, const struct nf_task_rules *rules,
                  const struct nf_task_input *input);

/* An installer or agent says how far it is; true when that moves percent.
 * 100 is kept for a task that completed. */
bool nf_task_progress(struct nf_task *task, unsigned percent, nf_time_t now);

/* The step of this kind, NULL when the plan has none. */
const struct nf_step *nf_task_find_step(const struct nf_task *task,
                                        enum nf_step_kind kind);

/* The one that runs or retries (also while undoing), NULL when none does. */
const struct nf_step *nf_task_running(const struct nf_task *task);

/* The one that follows it and takes its time, NF_STEP_KINDS: none. */
enum nf_step_kind nf_task_next_step(const struct nf_task *task);

/* It was approved for a machine that is off, and nothing says by now that it
 * was switched on: the step that waits for its boot has no deadline. */
bool nf_task_is_before_power(const struct nf_task *task);

/* The system is on the disk, as the installer said. */
bool nf_task_is_installed(const struct nf_task *task);

/* Nothing has begun to write to the machine's disk. */
bool nf_task_is_disk_untouched(const struct nf_task *task);

/* The command that a device has to execute now; its id is task, round, step
 * and attempt.  False: none. */
struct nf_task_command {
    uint64_t task;
    nf_mac_t mac;
    enum nf_step_kind step;
    uint16_t attempt;
    uint16_t round;
};
bool nf_task_command(const struct nf_task *task,
                     struct nf_task_command *command);

/* Which time it goes through its plan, or a part of it: another one begins when
 * an operator asks for it again, and with the other boot mode. */
uint16_t nf_task_round(const struct nf_task *task);

/* Where it goes back to when nothing comes of the step that runs,
 * NF_STEP_KINDS: it does not.  A task with a BMC does so once, with the other
 * boot flag. */
enum nf_step_kind nf_task_way_back(const struct nf_task *task);

/* Of which mode its boot flag is, if it has a BMC; and how it is told. */
enum nf_boot_mode nf_task_boot_mode(const struct nf_task *task);
void nf_task_set_boot_mode(struct nf_task *task, enum nf_boot_mode mode);

/* The flag of this mode has done what it is for: the machine came.  Unknown:
 * no flag has. */
enum nf_boot_mode nf_task_worked(const struct nf_task *task);

/* What an agent in RAM has to do now. */
enum nf_operation {
    NF_OPERATION_WAIT,
    NF_OPERATION_HARDWARE_CONFIG,
    NF_OPERATION_NETWORK_CONFIG,
    NF_OPERATION_OS_INSTALL,
    NF_OPERATION_REBOOT,
    NF_OPERATION_COMPLETE,
};
extern const char *const nf_operations[];

/* task NULL: it has none. */
enum nf_operation nf_task_operation(const struct nf_task *task);

/*
 * What the node's boot script must say; task is its latest, or NULL.
 */
enum nf_node_boot nf_node_boot_for(enum nf_node_status status,
                                   const struct nf_task *task);

/* Write the steps and the transitions as tables in Markdown, and the plan as a
 * diagram in Mermaid's language, for docs/flow.md. */
void nf_task_print_steps(struct nf_out *out);
void nf_task_print_table(struct nf_out *out);
void nf_task_print_diagram(struct nf_out *out);

#endif
