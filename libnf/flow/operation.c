/*
 * What the machine itself is told: the boot script of its firmware, and the
 * operations of nf-agent in RAM.
 */
#include "flow/plan.h"

const char *const nf_operations[] = {"wait",           "hardware_config",
                                     "network_config", "os_install",
                                     "reboot",         "complete"};

/* Who asks was the installer, where nobody waits for the system behind it; else
 * the system has been up, and nothing is left. */
static enum nf_operation
operation_of_completed(const struct nf_task *task)
{
    return (task->flags & NF_TASK_HAS_IMAGE)
                   && task->first_boot == NF_FIRST_BOOT_NONE
               ? NF_OPERATION_REBOOT
               : NF_OPERATION_COMPLETE;
}

enum nf_operation
nf_task_operation(const struct nf_task *task)
{
    const struct nf_step *step;
    enum nf_operation operation;

    if (task == NULL) {
        return NF_OPERATION_WAIT;
    }
    if (task->status == NF_TASK_COMPLETED) {
        return operation_of_completed(task);
    }
    step = nf_task_running(task);
    if (!nf_task_is_live(task) || step == NULL
        || step->status == NF_STEP_RETRYING) {
        return NF_OPERATION_WAIT;
    }
    operation = nf_plan_row(step->kind)->operation;
    /* With an image nf-agent installs by itself; else the installer boots
     * next. */
    return operation == NF_OPERATION_OS_INSTALL
                   && !(task->flags & NF_TASK_HAS_IMAGE)
               ? NF_OPERATION_REBOOT
               : operation;
}

/* What comes before the installer is nf-agent's, where the installer is not
 * nf-agent itself. */
static bool
needs_agent_first(const struct nf_task *task)
{
    return (task->flags & (NF_TASK_HAS_HARDWARE | NF_TASK_HAS_IMAGE))
           == NF_TASK_HAS_HARDWARE;
}

/*
 * "Installing" covers several boots: waiting for the step at which the node's
 * own boot is wanted, nf-agent in RAM, the installer, the disk it wrote (else
 * a machine that boots from the network first reinstalls for ever), and
 * waiting when there is no live task to install by.
 */
static enum nf_node_boot
boot_while_installing(const struct nf_task *task)
{
    const struct nf_step *step = task == NULL ? NULL : nf_task_running(task);
    enum nf_node_boot boot;

    if (task == NULL) {
        return NF_BOOT_STUCK;
    }
    if (nf_task_is_installed(task)) {
        return NF_BOOT_LOCAL;
    }
    if (!nf_task_is_live(task) || step == NULL) {
        return NF_BOOT_STUCK;
    }
    boot = nf_plan_row(step->kind)->boot;
    return boot == NF_BOOT_AGENT && !needs_agent_first(task) ? NF_BOOT_INSTALL
                                                             : boot;
}

enum nf_node_boot
nf_node_boot_for(enum nf_node_status status, const struct nf_task *task)
{
    switch (status) {
    case NF_NODE_DISCOVERED:
        return NF_BOOT_WAIT;
    case NF_NODE_INSTALLED:
        return NF_BOOT_LOCAL;
    case NF_NODE_INSTALLING:
        break;
    }
    return boot_while_installing(task);
}
