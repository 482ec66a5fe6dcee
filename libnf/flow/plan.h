#ifndef NF_FLOW_PLAN_H
#define NF_FLOW_PLAN_H

/*
 * The plan: its steps in their order, each with who carries it out and what
 * follows from that.  A task keeps the list it was made with, so a row may be
 * put anywhere; nothing but a row's place says what comes before what.
 */

#include "flow/task.h"
#include "model/command.h"

/* Who carries a step out. */
enum nf_executor {
    NF_EXECUTOR_STORE,
    NF_EXECUTOR_OPERATOR,
    NF_EXECUTOR_NODE,
    NF_EXECUTOR_FILES,   /* nf-relay writes files, else the store */
    NF_EXECUTOR_COMMAND, /* a worker, by a command */
    NF_EXECUTOR_AGENT,   /* nf-agent in RAM */
    NF_EXECUTOR_INSTALLER,
    NF_EXECUTORS,
};

/* What follows from that alone. */
struct nf_executor_row {
    const char *name;
    bool is_counted;     /* beginning the step is an attempt */
    bool is_started;     /* so is every install script served for it */
    bool is_tried_again; /* its failure is followed by another try */
    bool is_asked_again; /* and so is its silence, until the deadline */
    /* What the machine's report of it means; NF_TASK_EVENT_COUNT: none. */
    enum nf_task_event done, failed;
    const char *advice; /* when it failed */
};

/* What a worker is told. */
struct nf_plan_command {
    enum nf_command_target target;
    const char *operation;
    const char *arguments; /* a JSON object */
    /* Instead, NULL: the same. */
    const char *in_bios;    /* with the BIOS's boot flag */
    const char *in_undoing; /* by a task that ends early */
    const char *back;       /* what that waits for, where in_undoing is */
};

struct nf_plan_row {
    enum nf_step_kind kind;
    enum nf_executor executor;
    uint8_t percent; /* reached when it is done */
    /* The step it undoes, NF_STEP_KINDS: none.  A task that ends early still
     * runs it when that one began. */
    enum nf_step_kind undoes;
    /* Where a task with a BMC goes back to, once, when the deadline passes:
     * with the boot flag of the other mode.  Each gets half of the time.
     * NF_STEP_KINDS: it fails. */
    enum nf_step_kind back_to;
    const char *deadline; /* the setting, NULL: it may take for ever */
    /* Why this task has no need of it, NULL: it has. */
    const char *(*skip)(const struct nf_task *task);
    bool (*is_instant)(const struct nf_task *task); /* done as it begins */
    /* What the machine is told meanwhile.  NF_BOOT_AGENT and
     * NF_OPERATION_OS_INSTALL: the installer where that is not nf-agent. */
    enum nf_node_boot boot;
    enum nf_operation operation;
    const char *waits_for, *otherwise;
    const struct nf_plan_command *command; /* of NF_EXECUTOR_COMMAND */
};

extern const struct nf_plan_row nf_plan[];
extern const size_t nf_plan_steps;
extern const struct nf_executor_row nf_executors[NF_EXECUTORS];

/* Every kind has a row. */
const struct nf_plan_row *nf_plan_row(unsigned kind);
const struct nf_executor_row *nf_plan_executor(unsigned kind);

/* What a worker is told for a step of NF_EXECUTOR_COMMAND. */
const char *nf_plan_arguments(const struct nf_task *task, unsigned kind);

/* Whom or what the task waits for while a step runs. */
const char *nf_plan_waits_for(const struct nf_task *task, unsigned kind);

/* In tables of what follows from what: a kind, or any step OF somebody. */
#define NF_STEP_OF(executor) ((int) NF_STEP_KINDS + (int) (executor))
bool nf_plan_is_for(int step, unsigned kind);

/* Why the step is not run, by the plan and by how the task is going. */
const char *nf_plan_skips(const struct nf_task *task,
                          const struct nf_plan_row *row);

#endif
