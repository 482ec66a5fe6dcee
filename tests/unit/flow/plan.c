/*
 * The plan's rows and the stored numbers of their steps are two things: a task
 * that was stored before a row was put in goes on by the list it has.
 */
#include "flow/plan.h"

#include "task_walk.h"

/* As stores hold them.  A new kind is put behind the last. */
static const char *const stored[] = {
    "approval",
    "node_match",
    "switch_install_vlan",
    "boot_config",
    "dhcp_binding",
    "bmc_boot_pxe",
    "bmc_reset",
    "node_boot",
    "hardware_config",
    "network_config",
    "os_install",
    "first_boot",
    "switch_production_vlan",
    "bmc_boot_disk",
    "cleanup",
};

static void
a_number_means_for_ever_what_it_meant(void **state)
{
    size_t n = sizeof(stored) / sizeof(stored[0]);

    (void) state;
    for (size_t i = 0; i < n; i++) {
        assert_string_equal(nf_step_kinds[i], stored[i]);
        assert_int_equal(nf_step_find(nf_text(stored[i])), i);
    }
    assert_int_equal(n, NF_STEP_KINDS);
}

static void
each_kind_has_one_row(void **state)
{
    unsigned rows[NF_STEP_KINDS] = {0};

    (void) state;
    for (size_t i = 0; i < nf_plan_steps; i++) {
        rows[nf_plan[i].kind]++;
        assert_ptr_equal(nf_plan_row(nf_plan[i].kind), &nf_plan[i]);
    }
    for (size_t i = 0; i < NF_STEP_KINDS; i++) {
        assert_int_equal(rows[i], 1);
    }
}

/* What undoes a step comes after it. */
static void
nothing_is_undone_before_it_is_done(void **state)
{
    (void) state;
    for (size_t i = 0; i < nf_plan_steps; i++) {
        if (nf_plan[i].undoes != NF_STEP_KINDS) {
            assert_true(nf_plan_row(nf_plan[i].undoes) < &nf_plan[i]);
        }
    }
}

/* --- tasks of another plan --------------------------------------------------
 */

/* As it was stored when this row was not there yet. */
static void
leave_out(struct nf_task *task, enum nf_step_kind kind)
{
    size_t at = 0;

    while (task->steps[at].kind != kind) {
        at++;
    }
    assert_true(at > task->step);
    task->steps_n--;
    memmove(&task->steps[at], &task->steps[at + 1],
            (task->steps_n - at) * sizeof(task->steps[0]));
    task->steps[task->steps_n] = (struct nf_step){0};
}

/* Each step of its list in turn, and no other. */
static void
goes_through_its_list(struct nf_task *task)
{
    struct nf_task made = *task;
    unsigned at = 0;

    while (nf_task_running(task) != NULL) {
        enum nf_step_kind kind =
            (enum nf_step_kind) nf_task_running(task)->kind;
        assert_true(at <= task->step);
        at = task->step;
        assert_true(
            walk_step(task, walk_event(task, kind), task->updated_at + 100));
    }
    assert_int_equal(task->status, NF_TASK_COMPLETED);
    assert_int_equal(task->steps_n, made.steps_n);
    for (size_t i = 0; i < task->steps_n; i++) {
        assert_int_equal(task->steps[i].kind, made.steps[i].kind);
        assert_int_equal(task->steps[i].status,
                         task->steps[i].kind == NF_STEP_BMC_BOOT_DISK
                             ? NF_STEP_SKIPPED
                             : NF_STEP_DONE);
    }
}

/* What a new row may stand between: who installs, and what it is about, was
 * always there. */
static bool
may_be_new(enum nf_step_kind kind)
{
    return kind != NF_STEP_APPROVAL && kind != NF_STEP_NODE_BOOT
           && kind != NF_STEP_OS_INSTALL;
}

static void
a_task_goes_on_without_a_row_that_came_later(void **state)
{
    (void) state;
    for (size_t i = 0; i < nf_plan_steps; i++) {
        struct nf_task task =
            walk_start(WALK_EVERYTHING, NF_FIRST_BOOT_AGENT, true);
        if (may_be_new(nf_plan[i].kind) && i > task.step) {
            leave_out(&task, nf_plan[i].kind);
            goes_through_its_list(&task);
            assert_null(nf_task_find_step(&task, nf_plan[i].kind));
        }
    }
}

/* Two neighbours may have changed places since. */
static void
a_task_goes_on_in_the_order_it_was_made_in(void **state)
{
    struct nf_task task =
        walk_start(WALK_EVERYTHING, NF_FIRST_BOOT_AGENT, true);
    size_t at = 0;

    (void) state;
    while (task.steps[at].kind != NF_STEP_HARDWARE_CONFIG) {
        at++;
    }
    struct nf_step step = task.steps[at];
    task.steps[at] = task.steps[at + 1];
    task.steps[at + 1] = step;
    walk_on(&task, NF_STEP_NETWORK_CONFIG);
    assert_int_equal(nf_task_find_step(&task, NF_STEP_HARDWARE_CONFIG)->status,
                     NF_STEP_WAITING);
    assert_int_equal(nf_task_next_step(&task), NF_STEP_HARDWARE_CONFIG);
    goes_through_its_list(&task);
}

/* Who asks for it again gets the plan of today. */
static void
a_task_that_is_asked_for_again_takes_the_new_row_in(void **state)
{
    struct nf_task task =
        walk_start(WALK_EVERYTHING, NF_FIRST_BOOT_AGENT, true);

    (void) state;
    leave_out(&task, NF_STEP_NETWORK_CONFIG);
    walk_on(&task, NF_STEP_OS_INSTALL);
    assert_true(walk_step(&task, NF_TASK_INSTALL_FAILED, 9000));
    while (nf_task_running(&task) != NULL) {
        assert_true(walk_step(&task, NF_TASK_COMMAND_DONE, 9100));
    }
    assert_null(nf_task_find_step(&task, NF_STEP_NETWORK_CONFIG));
    assert_true(walk_step(&task, NF_TASK_RETRY, 9200));
    assert_non_null(nf_task_find_step(&task, NF_STEP_NETWORK_CONFIG));
    goes_through_its_list(&task);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_means_for_ever_what_it_meant),
        cmocka_unit_test(each_kind_has_one_row),
        cmocka_unit_test(nothing_is_undone_before_it_is_done),
        cmocka_unit_test(a_task_goes_on_without_a_row_that_came_later),
        cmocka_unit_test(a_task_goes_on_in_the_order_it_was_made_in),
        cmocka_unit_test(a_task_that_is_asked_for_again_takes_the_new_row_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
