/*
 * Numbers that are stored mean the same for ever: a word that is new goes to
 * the end, and none changes its place.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/command.h"
#include "model/event.h"
#include "model/file.h"
#include "model/managed_device.h"
#include "model/node.h"
#include "model/profile.h"
#include "model/task.h"
#include "store/expiry.h"
#include "store/hardware.h"

/* clang-format off */
static const char *const events[] = {
    "node.created", "node.updated", "node.status", "node.deleted",
    "node.online", "node.offline", "task.created", "task.step",
    "task.completed", "task.failed", "task.cancelled", "lease.put",
    "lease.deleted", "boot.script", "status.refused", "task.approved",
    "task.rejected", "task.retried", "task.deleted", "task.progress",
    "hardware.reported", "report.unmatched", "report.refused", "profile.put",
    "profile.deleted", "file.put", "file.deleted", "report.forgotten",
    "command.created", "command.sent", "command.running", "command.done",
    "command.failed", "command.cancelled", "command.expired",
    "command.unknown", "worker.online", "worker.offline", "worker.key",
    "worker.accepted", "worker.forgotten", "device.put", "device.state",
    "device.deleted", "credential.put", "credential.deleted",
    "bmc.not_enrolled", "link.put", "link.deleted", "port.kept",
    "port.forgotten", "node.card_replaced", "clock.set",
};
static const char *const nodes[] = {"discovered", "installing", "installed"};
static const char *const tasks[] = {
    "pending", "approved", "installing", "completed", "rejected", "cancelled",
    "failed",
};
static const char *const steps[] = {
    "waiting", "running", "retrying", "done", "skipped", "failed",
};
static const char *const methods[] = {
    "preseed", "image", "autoinstall", "kickstart",
};
static const char *const first_boots[] = {"agent", "boot", "none"};
static const char *const commands[] = {
    "queued", "sent", "running", "done", "failed", "cancelled", "expired",
    "unknown",
};
static const char *const targets[] = {"node", "bmc", "switch"};
static const char *const drivers[] = {
    "ipmi", "redfish", "snmp", "ios", "nxos", "vrp", "comware", "eapi",
};
static const char *const files[] = {
    "other", "kernel", "initrd", "image", "iso", "archive",
};
static const char *const reasons[] = {
    "no_task", "serial_clash", "serial_mismatch", "mac_mismatch",
};

#define COUNT(words) (sizeof(words) / sizeof((words)[0]))
static const struct {
    const char *const *words, *const *stored;
    size_t n;
} all[] = {
    {nf_event_kinds,     events,      COUNT(events)},
    {nf_node_statuses,   nodes,       COUNT(nodes)},
    {nf_task_statuses,   tasks,       COUNT(tasks)},
    {nf_step_statuses,   steps,       COUNT(steps)},
    {nf_methods,         methods,     COUNT(methods)},
    {nf_first_boots,     first_boots, COUNT(first_boots)},
    {nf_command_states,  commands,    COUNT(commands)},
    {nf_command_targets, targets,     COUNT(targets)},
    {nf_managed_drivers, drivers,     COUNT(drivers)},
    {nf_file_types,      files,       COUNT(files)},
    {nf_unmatched_reasons, reasons,   COUNT(reasons)},
};
/* clang-format on */

static void
a_stored_number_keeps_its_word(void **state)
{
    (void) state;
    for (size_t i = 0; i < COUNT(all); i++) {
        for (size_t number = 0; number < all[i].n; number++) {
            assert_string_equal(all[i].words[number], all[i].stored[number]);
        }
    }
    assert_int_equal(NF_EVENT_KIND_COUNT, COUNT(events)); /* add it above */
    assert_int_equal(NF_TASK_FAILED, COUNT(tasks) - 1);
    assert_int_equal(NF_NODE_INSTALLED, COUNT(nodes) - 1);
    assert_int_equal(NF_STEP_FAILED, COUNT(steps) - 1);
    assert_int_equal(NF_METHOD_KICKSTART, COUNT(methods) - 1);
    assert_int_equal(NF_FIRST_BOOT_NONE, COUNT(first_boots) - 1);
    assert_int_equal(NF_COMMAND_STATE_COUNT, COUNT(commands));
    assert_int_equal(NF_COMMAND_TARGET_COUNT, COUNT(targets));
    assert_int_equal(NF_MANAGED_DRIVER_COUNT, COUNT(drivers));
    assert_int_equal(NF_FILE_TYPE_COUNT, COUNT(files));
    assert_int_equal(NF_UNMATCHED_MAC_OTHER, COUNT(reasons) - 1);
}

/* Those that have no word, or one that only their own file knows. */
static void
a_stored_number_without_a_word_stays_too(void **state)
{
    (void) state;
    assert_int_equal(NF_BOOT_WAIT, 0);
    assert_int_equal(NF_BOOT_INSTALL, 1);
    assert_int_equal(NF_BOOT_AGENT, 2);
    assert_int_equal(NF_BOOT_LOCAL, 3);
    assert_int_equal(NF_BOOT_STUCK, 4);
    assert_int_equal(NF_FILE_UPLOAD, 0);
    assert_int_equal(NF_FILE_IMPORT, 1);
    assert_int_equal(NF_FILE_ORIGIN_COUNT, 2);
    assert_int_equal(NF_EXPIRY_LEASE, 1);
    assert_int_equal(NF_EXPIRY_NODE, 2);
    assert_int_equal(NF_EXPIRY_CONSOLE, 3);
    assert_int_equal(NF_TASK_HAS_BMC, 1);
    assert_int_equal(NF_TASK_HAS_SWITCH, 2);
    assert_int_equal(NF_TASK_HAS_IMAGE, 4);
    assert_int_equal(NF_TASK_HAS_HARDWARE, 8);
    assert_int_equal(NF_TASK_HAS_FILES, 16);
    assert_int_equal(NF_TASK_NO_PXE, 32);
    assert_int_equal(NF_TASK_BY_BIOS, 64);
    assert_int_equal(NF_TASK_OTHER_MODE, 128);
    assert_int_equal(NF_TASK_WHEN_IT_BOOTS, 256);
    assert_int_equal(NF_TASK_CONSENTED, 512);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stored_number_keeps_its_word),
        cmocka_unit_test(a_stored_number_without_a_word_stays_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
