/*
 * What lies ready for PXELINUX and GRUB at each step of a task, beside what the
 * boot script says then.
 */
#include "render/loader.h"

#include "task_walk.h"

static const unsigned kinds_of_task[] = {
    0,
    NF_TASK_HAS_IMAGE,
    NF_TASK_HAS_HARDWARE,
    NF_TASK_HAS_IMAGE | NF_TASK_HAS_HARDWARE,
};

enum {
    DEVICES = NF_TASK_HAS_BMC | NF_TASK_HAS_SWITCH
};

static bool
has_files(enum nf_node_boot boot, const struct nf_task *task)
{
    return nf_loader_has_file(NF_LOADER_PXELINUX, boot, task)
           || nf_loader_has_file(NF_LOADER_GRUB, boot, task);
}

static bool
is_before(const struct nf_task *task, enum nf_step_kind kind)
{
    return nf_task_running(task) < nf_task_find_step(task, kind);
}

/* An installed machine's files start its disk until the task has its turn. */
static void
look(const struct nf_task *task, enum nf_node_status status)
{
    struct nf_node node = {.boot = NF_BOOT_WAIT};
    enum nf_node_boot script = nf_node_boot_for(status, task);
    enum nf_node_boot boot = nf_loader_boot_for(&node, task);
    bool is_image = (task->flags & NF_TASK_HAS_IMAGE) != 0;

    if (is_before(task, NF_STEP_BOOT_CONFIG)) {
        assert_false(has_files(boot, task));
    } else if (is_before(task, NF_STEP_NODE_BOOT)) {
        assert_int_equal(
            boot, task->flags & (NF_TASK_HAS_IMAGE | NF_TASK_HAS_HARDWARE)
                      ? NF_BOOT_AGENT
                      : NF_BOOT_INSTALL);
    } else {
        assert_int_equal(boot, is_image && script == NF_BOOT_INSTALL
                                   ? NF_BOOT_AGENT
                                   : script);
    }
}

static void
files_have_their_turn(void **state)
{
    nf_time_t now = 200;

    (void) state;
    for (size_t i = 0; i < sizeof(kinds_of_task) / sizeof(kinds_of_task[0]);
         i++) {
        struct nf_task task =
            walk_start(kinds_of_task[i] | DEVICES, NF_FIRST_BOOT_AGENT, true);
        unsigned steps = 0;
        for (; nf_task_running(&task) != NULL; steps++) {
            bool is_asked_for = task.status != NF_TASK_PENDING;
            look(&task, is_asked_for ? NF_NODE_INSTALLING : NF_NODE_DISCOVERED);
            enum nf_step_kind kind = nf_task_running(&task)->kind;
            assert_true(walk_step(&task, walk_event(&task, kind), now++));
        }
        assert_int_equal(task.status, NF_TASK_COMPLETED);
        assert_in_range(steps, 9, NF_STEP_KINDS);
    }
}

/* A task that was tried and begins anew waits for its turn once more. */
static void
another_try_has_no_files_yet(void **state)
{
    struct nf_node node = {.boot = NF_BOOT_STUCK};
    struct nf_task task = walk_start(DEVICES, NF_FIRST_BOOT_AGENT, true);

    (void) state;
    while (nf_task_running(&task)->kind != NF_STEP_OS_INSTALL) {
        enum nf_step_kind kind = nf_task_running(&task)->kind;
        assert_true(walk_step(&task, walk_event(&task, kind), 300));
    }
    assert_int_equal(nf_loader_boot_for(&node, &task), NF_BOOT_INSTALL);
    assert_true(walk_step(&task, NF_TASK_INSTALL_FAILED, 301));
    assert_false(has_files(nf_loader_boot_for(&node, &task), &task));
    while (nf_task_running(&task) != NULL) {
        assert_true(walk_step(&task, NF_TASK_COMMAND_DONE, 302));
    }
    assert_true(walk_step(&task, NF_TASK_RETRY, 303));
    assert_int_equal(nf_task_running(&task)->kind, NF_STEP_SWITCH_INSTALL_VLAN);
    assert_false(has_files(nf_loader_boot_for(&node, &task), &task));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_have_their_turn),
        cmocka_unit_test(another_try_has_no_files_yet),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
