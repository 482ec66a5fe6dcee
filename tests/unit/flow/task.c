/* A task on its good ways. */
#include "task_steps.h"

static void
the_whole_way(void **state)
{
    struct nf_task task = walk_start(0, NF_FIRST_BOOT_AGENT, true);

    (void) state;
    assert_int_equal(task.status, NF_TASK_PENDING);
    assert_int_equal(task.attempt, 1);
    assert_int_equal(task.deadline, 0);
    assert_true(walk_step(&task, NF_TASK_APPROVE, 150));
    assert_int_equal(task.status, NF_TASK_APPROVED);
    assert_int_equal(task.approved_at, 150);
    expect_running(&task, NF_STEP_NODE_BOOT, NF_STEP_RUNNING);
    assert_int_equal(task.deadline, 150 + 1000 + 10 * NF_STEP_NODE_BOOT);
    assert_true(nf_task_is_disk_untouched(&task));
    assert_true(walk_step(&task, NF_TASK_SCRIPT_SERVED, 200));
    assert_int_equal(task.status, NF_TASK_INSTALLING);
    assert_int_equal(task.scripts, 1);
    assert_int_equal(step_of(&task, NF_STEP_OS_INSTALL)->attempts, 1);
    assert_int_equal(task.percent, 10);
    assert_false(nf_task_is_disk_untouched(&task));
    assert_true(walk_step(&task, NF_TASK_INSTALL_DONE, 300));
    assert_true(nf_task_is_installed(&task));
    assert_int_equal(task.percent, 90);
    assert_true(walk_step(&task, NF_TASK_SYSTEM_UP, 400));
    assert_int_equal(task.status, NF_TASK_COMPLETED);
    assert_int_equal(task.percent, 100);
    assert_int_equal(task.deadline, 0);
    for (int i = 0; i < task.steps_n; i++) {
        const struct nf_step *step = &task.steps[i];
        assert_true(step->status == NF_STEP_DONE
                    || step->status == NF_STEP_SKIPPED);
        assert_true(step->ended >= step->started);
        assert_int_equal(step->deadline, 0);
        assert_int_equal(step->attempts, step->status == NF_STEP_DONE);
        assert_int_equal(step->error[0] != '\0',
                         step->status == NF_STEP_SKIPPED);
    }
}

static void
every_step_of_the_fullest_plan_runs_in_its_order(void **state)
{
    struct nf_task task =
        walk_start(WALK_EVERYTHING, NF_FIRST_BOOT_AGENT, false);
    size_t at = 0;

    (void) state;
    for (; nf_task_running(&task) != NULL; at++) {
        enum nf_step_kind kind = nf_plan[at].kind;
        assert_int_equal(nf_task_running(&task)->kind, kind);
        assert_true(
            walk_step(&task, walk_event(&task, kind), 100 + (nf_time_t) at));
    }
    assert_int_equal(nf_plan[at].kind, NF_STEP_BMC_BOOT_DISK);
    assert_int_equal(task.status, NF_TASK_COMPLETED);
    assert_string_equal(step_of(&task, NF_STEP_BMC_BOOT_DISK)->error,
                        "skipped: the boot device was set for one boot");
    assert_int_equal(step_of(&task, NF_STEP_CLEANUP)->status, NF_STEP_DONE);
}

static void
a_clock_that_is_behind_makes_no_step_shorter_than_nothing(void **state)
{
    struct nf_task task = walk_start(0, NF_FIRST_BOOT_AGENT, true);

    (void) state;
    walk_on(&task, NF_STEP_NODE_BOOT);
    nf_time_t started = nf_task_running(&task)->started;
    assert_true(walk_step(&task, NF_TASK_SCRIPT_SERVED, started - 9));
    assert_int_equal(step_of(&task, NF_STEP_NODE_BOOT)->ended, started);
}

static void
a_profile_says_who_ends_the_first_boot(void **state)
{
    struct nf_task task = walk_start(0, NF_FIRST_BOOT_BOOT, true);

    (void) state;
    walk_on(&task, NF_STEP_FIRST_BOOT);
    struct nf_task other = task;
    assert_true(walk_step(&task, NF_TASK_BOOTED, 400));
    assert_int_equal(task.status, NF_TASK_COMPLETED);
    assert_true(walk_step(&other, NF_TASK_SYSTEM_UP, 400));
    assert_int_equal(other.status, NF_TASK_COMPLETED);
    task = walk_start(0, NF_FIRST_BOOT_NONE, true);
    walk_on(&task, NF_STEP_OS_INSTALL);
    assert_true(walk_step(&task, NF_TASK_INSTALL_DONE, 400));
    assert_int_equal(task.status, NF_TASK_COMPLETED);
    assert_string_equal(step_of(&task, NF_STEP_FIRST_BOOT)->error,
                        "skipped: the profile waits for no report of the "
                        "system");
    task = walk_to(NF_STEP_FIRST_BOOT);
    assert_false(walk_step(&task, NF_TASK_BOOTED, 400));
}

static void
an_installer_that_asks_for_nothing_passes_over_the_agent(void **state)
{
    struct nf_task task = walk_everything_to(NF_STEP_NODE_BOOT);

    (void) state;
    assert_true(walk_step(&task, NF_TASK_INSTALL_DONE, 5000));
    expect_running(&task, NF_STEP_FIRST_BOOT, NF_STEP_RUNNING);
    assert_int_equal(step_of(&task, NF_STEP_HARDWARE_CONFIG)->status,
                     NF_STEP_SKIPPED);
    assert_int_equal(step_of(&task, NF_STEP_NETWORK_CONFIG)->status,
                     NF_STEP_SKIPPED);
    assert_true(step_of(&task, NF_STEP_OS_INSTALL)->attempts > 0);
}

#define TEST(name) cmocka_unit_test(name)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_whole_way),
        TEST(every_step_of_the_fullest_plan_runs_in_its_order),
        TEST(a_clock_that_is_behind_makes_no_step_shorter_than_nothing),
        TEST(a_profile_says_who_ends_the_first_boot),
        TEST(an_installer_that_asks_for_nothing_passes_over_the_agent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
