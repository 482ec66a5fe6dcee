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

/* When a step is done the moment it begins. */

static bool
at_once(const struct nf_task *task)
{
    (void) task;
    return true;
}

static bool
not_at_once(const struct nf_task *task)
{
    (void) task;
    return false;
}

/* Files are level with the store by themselves; a step waits for them only
 * where something that follows needs them. */
static bool
unless_booted_by_files(const struct nf_task *task)
{
    return (task->flags & (NF_TASK_HAS_FILES | NF_TASK_HAS_BMC)) == 0;
}

#define NOTHING   NF_STEP_KINDS
#define COMMAND   "NF_COMMAND_DEADLINE"
#define OPERATION "NF_OPERATION_DEADLINE"

/* clang-format off */
static const struct nf_plan_command
    boot_pxe = {NF_COMMAND_BMC, "boot_device",
                "{\"device\":\"pxe\",\"firmware\":\"efi\"}",
                "{\"device\":\"pxe\",\"firmware\":\"bios\"}", NULL, NULL},
    boot_disk = {NF_COMMAND_BMC, "boot_device",
                 "{\"device\":\"disk\",\"firmware\":\"efi\"}",
                 "{\"device\":\"disk\",\"firmware\":\"bios\"}", NULL, NULL},
    reset = {NF_COMMAND_BMC, "reset", "{}", NULL, NULL, NULL},
    install_vlan = {NF_COMMAND_SWITCH, "vlan", "{\"vlan\":\"install\"}",
                    NULL, NULL, NULL},
    production_vlan = {NF_COMMAND_SWITCH, "vlan", "{\"vlan\":\"production\"}",
                       NULL, "{\"vlan\":\"restore\"}",
                       "the switch to put the port back as it was"};

const struct nf_plan_row nf_plan[] = {
    {NF_STEP_APPROVAL,
     NF_EXECUTOR_OPERATOR,   0, NOTHING, NOTHING, NULL, never, not_at_once,
     NF_BOOT_STUCK, NF_OPERATION_WAIT,
     "an operator to approve it", "nobody approved it", NULL},
    {NF_STEP_NODE_MATCH,
     NF_EXECUTOR_NODE,       0, NOTHING, NOTHING, NULL, never, nf_task_has_node,
     NF_BOOT_STUCK, NF_OPERATION_WAIT,
     "a machine with its serial number to report", "no machine with its serial number reported", NULL},
    {NF_STEP_SWITCH_INSTALL_VLAN,
     NF_EXECUTOR_COMMAND,    1, NOTHING, NOTHING, COMMAND, without_switch, not_at_once,
     NF_BOOT_STUCK, NF_OPERATION_WAIT,
     "the switch to put the port into the install VLAN", "the switch worker did not answer", &install_vlan},
    {NF_STEP_BOOT_CONFIG,
     NF_EXECUTOR_FILES,      2, NOTHING, NOTHING, COMMAND, never, unless_booted_by_files,
     NF_BOOT_STUCK, NF_OPERATION_WAIT,
     "nf-relay to write the boot files", "nf-relay did not write the boot files", NULL},
    {NF_STEP_DHCP_BINDING,
     NF_EXECUTOR_FILES,      3, NOTHING, NOTHING, COMMAND, never, unless_booted_by_files,
     NF_BOOT_STUCK, NF_OPERATION_WAIT,
     "nf-relay to write the DHCP binding", "nf-relay did not write the DHCP binding", NULL},
    {NF_STEP_BMC_BOOT_PXE,
     NF_EXECUTOR_COMMAND,    4, NOTHING, NOTHING, COMMAND, without_bmc, not_at_once,
     NF_BOOT_STUCK, NF_OPERATION_WAIT,
     "the BMC to set the boot device to network", "the BMC worker did not answer", &boot_pxe},
    {NF_STEP_BMC_RESET,
     NF_EXECUTOR_COMMAND,    5, NOTHING, NOTHING, COMMAND, without_bmc, not_at_once,
     NF_BOOT_STUCK, NF_OPERATION_WAIT,
     "the BMC to restart the machine", "the BMC worker did not answer", &reset},
    {NF_STEP_NODE_BOOT,
     NF_EXECUTOR_NODE,      10, NOTHING, NF_STEP_BMC_BOOT_PXE, "NF_BOOT_DEADLINE", never, not_at_once,
     NF_BOOT_AGENT, NF_OPERATION_WAIT,
     "the node to ask for its install script", "the node did not ask for its install script", NULL},
    {NF_STEP_HARDWARE_CONFIG,
     NF_EXECUTOR_AGENT,     40, NOTHING, NOTHING, OPERATION, without_agent, not_at_once,
     NF_BOOT_AGENT, NF_OPERATION_HARDWARE_CONFIG,
     "nf-agent in RAM to configure the hardware", "nf-agent in RAM did not report on the hardware", NULL},
    {NF_STEP_NETWORK_CONFIG,
     NF_EXECUTOR_AGENT,     50, NOTHING, NOTHING, OPERATION, without_image, not_at_once,
     NF_BOOT_AGENT, NF_OPERATION_NETWORK_CONFIG,
     "nf-agent in RAM to configure the network", "nf-agent in RAM did not report on the network", NULL},
    {NF_STEP_OS_INSTALL,
     NF_EXECUTOR_INSTALLER, 90, NOTHING, NOTHING, "NF_INSTALL_DEADLINE", never, not_at_once,
     NF_BOOT_INSTALL, NF_OPERATION_OS_INSTALL,
     "the installer to report that it is done", "the installer did not report", NULL},
    {NF_STEP_FIRST_BOOT,
     NF_EXECUTOR_NODE,      99, NOTHING, NOTHING, "NF_FIRST_BOOT_DEADLINE", without_report, not_at_once,
     NF_BOOT_LOCAL, NF_OPERATION_REBOOT,
     "the installed system to come up and report", "the installed system did not report", NULL},
    {NF_STEP_SWITCH_PRODUCTION_VLAN,
     NF_EXECUTOR_COMMAND,   99, NF_STEP_SWITCH_INSTALL_VLAN, NOTHING, COMMAND, without_switch, not_at_once,
     NF_BOOT_LOCAL, NF_OPERATION_WAIT,
     "the switch to put the port into its production VLAN", "the switch worker did not answer", &production_vlan},
    {NF_STEP_BMC_BOOT_DISK,
     NF_EXECUTOR_COMMAND,   99, NF_STEP_BMC_BOOT_PXE, NOTHING, COMMAND, after_one_boot, not_at_once,
     NF_BOOT_LOCAL, NF_OPERATION_WAIT,
     "the BMC to set the boot device back to disk", "the BMC worker did not answer", &boot_disk},
    {NF_STEP_CLEANUP,
     NF_EXECUTOR_STORE,     99, NF_STEP_BOOT_CONFIG, NOTHING, NULL, never, at_once,
     NF_BOOT_LOCAL, NF_OPERATION_WAIT,
     "clean-up", "nothing", NULL},
};

#define NO_REPORT NF_TASK_EVENT_COUNT, NF_TASK_EVENT_COUNT

/* name, counted, started, tried again, asked again, its reports, advice */
const struct nf_executor_row nf_executors[NF_EXECUTORS] = {
    [NF_EXECUTOR_STORE] = {
        "the store",                 false, false, false, false, NO_REPORT, ""},
    [NF_EXECUTOR_OPERATOR] = {
        "an operator",               false, false, false, false, NO_REPORT, ""},
    [NF_EXECUTOR_NODE] = {
        "the machine",               false, false, false, false, NO_REPORT,
        "Check the machine's console and its boot order."},
    [NF_EXECUTOR_FILES] = {
        "nf-relay",                  true,  false, true,  true,  NO_REPORT,
        "Check that nf-relay is running."},
    [NF_EXECUTOR_COMMAND] = {
        "the BMC and switch worker", true,  false, true,  true,  NO_REPORT,
        "Check the device and its credentials."},
    [NF_EXECUTOR_AGENT] = {
        "nf-agent in RAM",           true,  false, true,  false,
        NF_TASK_OPERATION_DONE, NF_TASK_OPERATION_FAILED,
        "Fix what nf-agent in RAM reports."},
    [NF_EXECUTOR_INSTALLER] = {
        "the installer",             false, true,  false, false,
        NF_TASK_INSTALL_DONE, NF_TASK_INSTALL_FAILED,
        "Fix what the installer reports."},
};
/* clang-format on */

const size_t nf_plan_steps = sizeof(nf_plan) / sizeof(nf_plan[0]);

static_assert(sizeof(nf_plan) / sizeof(nf_plan[0]) <= NF_TASK_STEPS,
              "a plan fits a task");

const struct nf_plan_row *
nf_plan_row(unsigned kind)
{
    const struct nf_plan_row *row = nf_plan;

    while (row->kind != kind) {
        row++;
    }
    return row;
}

const struct nf_executor_row *
nf_plan_executor(unsigned kind)
{
    return &nf_executors[nf_plan_row(kind)->executor];
}

const char *
nf_plan_arguments(const struct nf_task *task, unsigned kind)
{
    const struct nf_plan_command *command = nf_plan_row(kind)->command;

    if (command->in_undoing != NULL && task->is_undoing) {
        return command->in_undoing;
    }
    return command->in_bios != NULL
                   && nf_task_boot_mode(task) == NF_BOOT_MODE_BIOS
               ? command->in_bios
               : command->arguments;
}

const char *
nf_plan_waits_for(const struct nf_task *task, unsigned kind)
{
    const struct nf_plan_row *row = nf_plan_row(kind);

    return task->is_undoing && row->command != NULL
                   && row->command->back != NULL
               ? row->command->back
               : row->waits_for;
}

bool
nf_plan_is_for(int step, unsigned kind)
{
    return step == (int) kind
           || step == NF_STEP_OF(nf_plan_row(kind)->executor);
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
    if (row->undoes == NOTHING) {
        return "not reached";
    }
    return has_begun(task, row->undoes) ? NULL : "there is nothing to undo";
}
