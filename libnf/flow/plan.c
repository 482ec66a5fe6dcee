#include "flow/plan.h"

/* Why a task has no need of a step; NULL: it has. */

static const char *
never(const struct nf_task *task)
{
    (void) task;
    return NULL;
}

static const char *
without_switch(const struct nf_task *task)
{
    return task->flags & NF_TASK_HAS_SWITCH ? NULL
                                            : "the node has no switch port";
}

static const char *
without_bmc(const struct nf_task *task)
{
    return task->flags & NF_TASK_HAS_BMC ? NULL : "the node has no BMC";
}

/* nf-agent always asks, since its caller may be of another make. */
static const char *
without_agent(const struct nf_task *task)
{
    return task->flags & (NF_TASK_HAS_IMAGE | NF_TASK_HAS_HARDWARE)
               ? NULL
               : "the profile has nothing to do before the installation";
}

static const char *
without_image(const struct nf_task *task)
{
    return task->flags & NF_TASK_HAS_IMAGE
               ? NULL
               : "the installer sets the network up by itself";
}

static const char *
without_report(const struct nf_task *task)
{
    return task->first_boot == NF_FIRST_BOOT_NONE
               ? "the profile waits for no report of the system"
               : NULL;
}

/* The boot device is asked for one boot only: no need when that happened. */
static const char *
after_one_boot(const struct nf_task *task)
{
    return task->is_undoing ? without_bmc(task)
                            : "the boot device was set for one boot";
}

#define COMMAND   "NF_COMMAND_DEADLINE"
#define OPERATION "NF_OPERATION_DEADLINE"

/* clang-format off */
const struct nf_plan_row nf_plan[NF_STEP_KINDS] = {
    [NF_STEP_APPROVAL] = {
        NF_STEP_APPROVAL, NF_EXECUTOR_OPERATOR, 0, NF_STEP_APPROVAL, NULL, never,
        {"an operator to approve it", "nobody approved it"}},
    [NF_STEP_NODE_MATCH] = {
        NF_STEP_NODE_MATCH, NF_EXECUTOR_NODE, 0, NF_STEP_NODE_MATCH, NULL, never,
        {"a machine with its serial number to report",
         "no machine with its serial number reported"}},
    [NF_STEP_SWITCH_INSTALL_VLAN] = {
        NF_STEP_SWITCH_INSTALL_VLAN, NF_EXECUTOR_COMMAND, 1, NF_STEP_SWITCH_INSTALL_VLAN, COMMAND, without_switch,
        {"the switch to put the port into the install VLAN",
         "the switch worker did not answer"}},
    [NF_STEP_BOOT_CONFIG] = {
        NF_STEP_BOOT_CONFIG, NF_EXECUTOR_FILES, 2, NF_STEP_BOOT_CONFIG, COMMAND, never,
        {"nf-relay to write the boot files", "nf-relay did not write the boot files"}},
    [NF_STEP_DHCP_BINDING] = {
        NF_STEP_DHCP_BINDING, NF_EXECUTOR_FILES, 3, NF_STEP_DHCP_BINDING, COMMAND, never,
        {"nf-relay to write the DHCP binding", "nf-relay did not write the DHCP binding"}},
    [NF_STEP_BMC_BOOT_PXE] = {
        NF_STEP_BMC_BOOT_PXE, NF_EXECUTOR_COMMAND, 4, NF_STEP_BMC_BOOT_PXE, COMMAND, without_bmc,
        {"the BMC to set the boot device to network",
         "the BMC worker did not answer"}},
    [NF_STEP_BMC_RESET] = {
        NF_STEP_BMC_RESET, NF_EXECUTOR_COMMAND, 5, NF_STEP_BMC_RESET, COMMAND, without_bmc,
        {"the BMC to restart the machine", "the BMC worker did not answer"}},
    [NF_STEP_NODE_BOOT] = {
        NF_STEP_NODE_BOOT, NF_EXECUTOR_NODE, 10, NF_STEP_NODE_BOOT, "NF_BOOT_DEADLINE", never,
        {"the node to ask for its install script",
         "the node did not ask for its install script"}},
    [NF_STEP_HARDWARE_CONFIG] = {
        NF_STEP_HARDWARE_CONFIG, NF_EXECUTOR_AGENT, 40, NF_STEP_HARDWARE_CONFIG, OPERATION, without_agent,
        {"nf-agent in RAM to configure the hardware",
         "nf-agent in RAM did not report on the hardware"}},
    [NF_STEP_NETWORK_CONFIG] = {
        NF_STEP_NETWORK_CONFIG, NF_EXECUTOR_AGENT, 50, NF_STEP_NETWORK_CONFIG, OPERATION, without_image,
        {"nf-agent in RAM to configure the network",
         "nf-agent in RAM did not report on the network"}},
    [NF_STEP_OS_INSTALL] = {
        NF_STEP_OS_INSTALL, NF_EXECUTOR_INSTALLER, 90, NF_STEP_OS_INSTALL, "NF_INSTALL_DEADLINE", never,
        {"the installer to report that it is done",
         "the installer did not report"}},
    [NF_STEP_FIRST_BOOT] = {
        NF_STEP_FIRST_BOOT, NF_EXECUTOR_NODE, 99, NF_STEP_FIRST_BOOT, "NF_FIRST_BOOT_DEADLINE", without_report,
        {"the installed system to come up and report",
         "the installed system did not report"}},
    [NF_STEP_SWITCH_PRODUCTION_VLAN] = {
        NF_STEP_SWITCH_PRODUCTION_VLAN, NF_EXECUTOR_COMMAND, 99, NF_STEP_SWITCH_INSTALL_VLAN, COMMAND, without_switch,
        {"the switch to put the port into its production VLAN",
         "the switch worker did not answer"}},
    [NF_STEP_BMC_BOOT_DISK] = {
        NF_STEP_BMC_BOOT_DISK, NF_EXECUTOR_COMMAND, 99, NF_STEP_BMC_BOOT_PXE, COMMAND, after_one_boot,
        {"the BMC to set the boot device back to disk",
         "the BMC worker did not answer"}},
    [NF_STEP_CLEANUP] = {
        NF_STEP_CLEANUP, NF_EXECUTOR_STORE, 99, NF_STEP_BOOT_CONFIG, NULL, never,
        {"clean-up", "nothing"}},
};
/* clang-format on */

struct nf_step_words
nf_step_words(enum nf_step_kind kind)
{
    return nf_plan[kind].words;
}

const char *
nf_step_deadline(enum nf_step_kind kind)
{
    return nf_plan[kind].deadline;
}

bool
nf_step_is_tried_again(enum nf_step_kind kind)
{
    enum nf_step_executor executor = nf_plan[kind].executor;

    return executor == NF_EXECUTOR_COMMAND || executor == NF_EXECUTOR_FILES
           || executor == NF_EXECUTOR_AGENT;
}

enum nf_step_executor
nf_step_executor(enum nf_step_kind kind)
{
    return nf_plan[kind].executor;
}

static bool
has_begun(const struct nf_task *task, enum nf_step_kind kind)
{
    const struct nf_step *step = nf_task_find_step(task, kind);

    return step != NULL && step->attempts > 0;
}

const char *
nf_plan_skips(const struct nf_task *task, const struct nf_plan_row *row)
{
    const char *why = row->skip(task);

    if (why != NULL || !task->is_undoing) {
        return why;
    }
    if (row->undoes == row->kind) {
        return "not reached";
    }
    return has_begun(task, row->undoes) ? NULL : "there is nothing to undo";
}
