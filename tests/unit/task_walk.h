#ifndef NF_TEST_TASK_WALK_H
#define NF_TEST_TASK_WALK_H

/*
 * A task on its way: as its machine, devices and operator would bring it from
 * step to step.
 */

#include "flow/plan.h"
#include "scratch.h"

/* Short, so that every limit is within reach. */
UNUSED static struct nf_task_rules
walk_rules(void)
{
    struct nf_task_rules rules = {.scripts = 3};

    for (unsigned kind = 0; kind < NF_STEP_KINDS; kind++) {
        enum nf_executor executor = nf_plan_row(kind)->executor;
        rules.tries[kind] = 2;
        if (kind != NF_STEP_APPROVAL && kind != NF_STEP_NODE_MATCH
            && executor != NF_EXECUTOR_STORE)
        {
            rules.deadlines[kind] = 1000 + 10 * kind;
        }
    }
    return rules;
}

static bool
walk_step(struct nf_task *task, enum nf_task_event event, nf_time_t now)
{
    struct nf_task_rules rules = walk_rules();
    const struct nf_step *step = nf_task_running(task);
    struct nf_task_input input = {
        .event = event, .now = now, .detail = "because"};

    if (step != NULL) {
        input.step = (enum nf_step_kind) step->kind;
        input.attempt = step->attempts;
    }
    input.round = nf_task_round(task);
    return nf_task_step(task, &rules, &input);
}

/* What ends this step well. */
static enum nf_task_event
walk_event(const struct nf_task *task, enum nf_step_kind kind)
{
    switch (nf_plan_row(kind)->executor) {
    case NF_EXECUTOR_OPERATOR:
        return NF_TASK_APPROVE;
    case NF_EXECUTOR_FILES:
        return NF_TASK_FILES_APPLIED;
    case NF_EXECUTOR_COMMAND:
        return NF_TASK_COMMAND_DONE;
    case NF_EXECUTOR_AGENT:
        return NF_TASK_OPERATION_DONE;
    case NF_EXECUTOR_INSTALLER:
        return NF_TASK_INSTALL_DONE;
    default:
        break;
    }
    if (kind == NF_STEP_NODE_MATCH) {
        return NF_TASK_MATCHED;
    }
    if (kind == NF_STEP_NODE_BOOT) {
        return NF_TASK_SCRIPT_SERVED;
    }
    return task->first_boot == NF_FIRST_BOOT_BOOT ? NF_TASK_BOOTED
                                                  : NF_TASK_SYSTEM_UP;
}

static struct nf_task
walk_start(unsigned flags, enum nf_first_boot first_boot, bool has_node)
{
    struct nf_task_rules rules = walk_rules();
    struct nf_task task = {
        .id = 1, .flags = (uint16_t) flags, .first_boot = (uint8_t) first_boot};

    if (has_node) {
        task.mac = mac_of(1);
    }
    nf_task_start(&task, &rules, 100);
    return task;
}

/* Bring it on until this step runs (NF_STEP_KINDS: until it is over); a
 * hundred milliseconds for each. */
static void
walk_on(struct nf_task *task, enum nf_step_kind kind)
{
    const struct nf_step *step;

    while ((step = nf_task_running(task)) != NULL && step->kind != kind) {
        assert_true(kind == NF_STEP_KINDS
                    || nf_task_find_step(task, kind) > step);
        enum nf_task_event event =
            walk_event(task, (enum nf_step_kind) step->kind);
        assert_true(walk_step(task, event, task->updated_at + 100));
    }
    assert_true(step != NULL || kind == NF_STEP_KINDS);
}

/* A task of the plainest kind: no device, no agent, a machine that is known.
 */
UNUSED static struct nf_task
walk_to(enum nf_step_kind kind)
{
    struct nf_task task = walk_start(0, NF_FIRST_BOOT_AGENT, true);

    walk_on(&task, kind);
    return task;
}

enum {
    WALK_EVERYTHING = NF_TASK_HAS_BMC | NF_TASK_HAS_SWITCH | NF_TASK_HAS_IMAGE
                      | NF_TASK_HAS_HARDWARE | NF_TASK_HAS_FILES
};

/* One with every step there is, from the approval on. */
UNUSED static struct nf_task
walk_everything_to(enum nf_step_kind kind)
{
    struct nf_task task =
        walk_start(WALK_EVERYTHING, NF_FIRST_BOOT_AGENT, false);

    walk_on(&task, kind);
    return task;
}

#endif
