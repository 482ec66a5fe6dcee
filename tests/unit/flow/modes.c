/* A machine with a BMC that does not come by one boot flag, and by the other.
 */
#include "task_steps.h"

static const char *
told_now(const struct nf_task *task)
{
    return nf_plan_arguments(task, nf_task_running(task)->kind);
}

/* It does not ask for its install script until the deadline. */
static void
does_not_come(struct nf_task *task)
{
    expect_running(task, NF_STEP_NODE_BOOT, NF_STEP_RUNNING);
    assert_true(walk_step(task, NF_TASK_DEADLINE, task->deadline));
}

static struct nf_task
told_in_vain(enum nf_boot_mode mode)
{
    struct nf_task task = walk_everything_to(NF_STEP_BMC_BOOT_PXE);

    nf_task_set_boot_mode(&task, mode);
    walk_on(&task, NF_STEP_NODE_BOOT);
    does_not_come(&task);
    return task;
}

static void
who_does_not_come_gets_the_other_flag_and_is_reset_again(void **state)
{
    struct nf_task task = told_in_vain(NF_BOOT_MODE_EFI);

    (void) state;
    expect_running(&task, NF_STEP_BMC_BOOT_PXE, NF_STEP_RUNNING);
    assert_string_equal(told_now(&task),
                        "{\"device\":\"pxe\",\"firmware\":\"bios\"}");
    assert_string_equal(step_of(&task, NF_STEP_NODE_BOOT)->error,
                        "the node did not ask for its install script within "
                        "0s with the UEFI boot flag");
    assert_int_equal(step_of(&task, NF_STEP_BMC_RESET)->status,
                     NF_STEP_WAITING);
    assert_true(walk_step(&task, NF_TASK_COMMAND_DONE, 90000));
    expect_running(&task, NF_STEP_BMC_RESET, NF_STEP_RUNNING);
    walk_on(&task, NF_STEP_HARDWARE_CONFIG);
    assert_int_equal(nf_task_worked(&task), NF_BOOT_MODE_BIOS);
    assert_string_equal(step_of(&task, NF_STEP_NODE_BOOT)->error, "");
}

static void
from_the_bios_it_goes_to_uefi(void **state)
{
    struct nf_task task = told_in_vain(NF_BOOT_MODE_BIOS);

    (void) state;
    assert_string_equal(told_now(&task),
                        "{\"device\":\"pxe\",\"firmware\":\"efi\"}");
    walk_on(&task, NF_STEP_HARDWARE_CONFIG);
    assert_int_equal(nf_task_worked(&task), NF_BOOT_MODE_EFI);
}

static void
who_comes_by_neither_fails_with_both_in_words(void **state)
{
    struct nf_task task = told_in_vain(NF_BOOT_MODE_EFI);

    (void) state;
    walk_on(&task, NF_STEP_NODE_BOOT);
    does_not_come(&task);
    assert_int_equal(task.status, NF_TASK_FAILED);
    assert_string_equal(task.reason,
                        "the node did not ask for its install script within "
                        "0s with the UEFI boot flag, then with the BIOS one");
    assert_int_equal(nf_task_worked(&task), NF_BOOT_MODE_UNKNOWN);
    walk_on(&task, NF_STEP_BMC_BOOT_DISK); /* what was set last is undone */
    assert_string_equal(told_now(&task),
                        "{\"device\":\"disk\",\"firmware\":\"bios\"}");
}

static void
a_bmc_that_has_not_the_other_flag_does_not_hide_why_it_was_asked(void **state)
{
    struct nf_task_rules rules = walk_rules();
    struct nf_task task = told_in_vain(NF_BOOT_MODE_EFI);
    struct nf_task_input input = {.event = NF_TASK_COMMAND_FAILED,
                                  .step = NF_STEP_BMC_BOOT_PXE,
                                  .now = 90000,
                                  .detail = "unsupported: no such mode"};

    (void) state;
    assert_true(nf_task_step(&task, &rules, &input));
    expect_running(&task, NF_STEP_BMC_BOOT_PXE, NF_STEP_RETRYING);
    assert_true(walk_step(&task, NF_TASK_DEADLINE, task.deadline));
    assert_true(nf_task_step(&task, &rules, &input));
    assert_int_equal(task.status, NF_TASK_FAILED);
    assert_string_equal(task.reason,
                        "no start with the UEFI boot flag, then "
                        "with the BIOS one: unsupported: no such mode");
    assert_string_equal(step_of(&task, NF_STEP_BMC_BOOT_PXE)->error,
                        "unsupported: no such mode");
}

/* Each has half of the time, so that both together have what is set. */
static void
both_fit_into_the_deadline(void **state)
{
    struct nf_task_rules rules = walk_rules();
    struct nf_task with = walk_everything_to(NF_STEP_NODE_BOOT);
    struct nf_task without = walk_to(NF_STEP_NODE_BOOT);
    nf_time_t whole = rules.deadlines[NF_STEP_NODE_BOOT];

    (void) state;
    assert_int_equal(with.deadline - with.updated_at, whole / 2);
    assert_int_equal(without.deadline - without.updated_at, whole);
    does_not_come(&without);
    assert_int_equal(without.status, NF_TASK_FAILED);
    assert_string_equal(without.reason,
                        "the node did not ask for its install script within "
                        "1s");
    does_not_come(&with);
    walk_on(&with, NF_STEP_NODE_BOOT);
    assert_int_equal(with.deadline - with.updated_at, whole / 2);
}

/* The first reset's late word must not end the second one. */
static void
a_result_of_the_first_way_is_not_the_seconds(void **state)
{
    struct nf_task_rules rules = walk_rules();
    struct nf_task task = walk_everything_to(NF_STEP_BMC_RESET);
    struct nf_task_command first, second;

    (void) state;
    assert_true(nf_task_command(&task, &first));
    walk_on(&task, NF_STEP_NODE_BOOT);
    does_not_come(&task);
    walk_on(&task, NF_STEP_BMC_RESET);
    assert_true(nf_task_command(&task, &second));
    assert_int_equal(second.attempt, first.attempt);
    struct nf_task_input late = {.event = NF_TASK_COMMAND_DONE,
                                 .now = 90000,
                                 .step = NF_STEP_BMC_RESET,
                                 .attempt = first.attempt,
                                 .round = first.round};
    assert_false(nf_task_step(&task, &rules, &late));
    late.round = second.round;
    assert_true(nf_task_step(&task, &rules, &late));
}

static void
who_is_asked_again_tries_both_again(void **state)
{
    struct nf_task task = told_in_vain(NF_BOOT_MODE_EFI);

    (void) state;
    walk_on(&task, NF_STEP_NODE_BOOT);
    does_not_come(&task);
    while (nf_task_running(&task) != NULL) {
        assert_true(walk_step(&task, NF_TASK_COMMAND_DONE, 90000));
    }
    assert_true(walk_step(&task, NF_TASK_RETRY, 91000));
    walk_on(&task, NF_STEP_NODE_BOOT);
    does_not_come(&task);
    expect_running(&task, NF_STEP_BMC_BOOT_PXE, NF_STEP_RUNNING);
}

/* As it was stored by a plan that had no such step. */
static void
a_list_without_that_step_has_no_way_back(void **state)
{
    struct nf_task task = walk_everything_to(NF_STEP_NODE_BOOT);

    (void) state;
    for (size_t i = 0; i < task.steps_n; i++) {
        if (task.steps[i].kind == NF_STEP_BMC_BOOT_PXE) {
            task.steps[i].kind = NF_STEP_BMC_RESET;
        }
    }
    does_not_come(&task);
    assert_int_equal(task.status, NF_TASK_FAILED);
}

#define TEST(name) cmocka_unit_test(name)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(who_does_not_come_gets_the_other_flag_and_is_reset_again),
        TEST(from_the_bios_it_goes_to_uefi),
        TEST(who_comes_by_neither_fails_with_both_in_words),
        TEST(a_bmc_that_has_not_the_other_flag_does_not_hide_why_it_was_asked),
        TEST(both_fit_into_the_deadline),
        TEST(a_result_of_the_first_way_is_not_the_seconds),
        TEST(who_is_asked_again_tries_both_again),
        TEST(a_list_without_that_step_has_no_way_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
