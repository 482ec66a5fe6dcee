/* How a task ends, and begins anew. */
#include "task_steps.h"

static void
what_was_done_to_devices_is_undone(void **state)
{
    static const struct {
        enum nf_step_kind at;
        bool is_switch, is_bmc;
    } rows[] = {
        {NF_STEP_APPROVAL, false, false},
        {NF_STEP_NODE_MATCH, false, false},
        {NF_STEP_SWITCH_INSTALL_VLAN, true, false},
        {NF_STEP_BOOT_CONFIG, true, false},
        {NF_STEP_BMC_BOOT_PXE, true, true},
        {NF_STEP_OS_INSTALL, true, true},
        {NF_STEP_FIRST_BOOT, true, true},
        {NF_STEP_SWITCH_PRODUCTION_VLAN, true, true},
    };

    (void) state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct nf_task task = walk_everything_to(rows[i].at);
        assert_true(walk_step(&task, NF_TASK_CANCEL, 9000));
        assert_int_equal(task.status, NF_TASK_CANCELLED);
        assert_int_equal(task.is_undoing, rows[i].is_switch || rows[i].is_bmc);
        assert_false(walk_step(&task, NF_TASK_CANCEL, 9000));
        if (rows[i].is_switch) {
            expect_running(&task, NF_STEP_SWITCH_PRODUCTION_VLAN,
                           NF_STEP_RUNNING);
            assert_string_equal(
                nf_plan_arguments(&task, NF_STEP_SWITCH_PRODUCTION_VLAN),
                "{\"vlan\":\"restore\"}");
            assert_false(walk_step(&task, NF_TASK_RETRY, 9001));
            assert_true(walk_step(&task, NF_TASK_COMMAND_DONE, 9001));
        }
        if (rows[i].is_bmc) {
            expect_running(&task, NF_STEP_BMC_BOOT_DISK, NF_STEP_RUNNING);
            assert_true(walk_step(&task, NF_TASK_COMMAND_FAILED, 9002));
            assert_true(walk_step(&task, NF_TASK_DEADLINE, task.deadline));
            assert_true(walk_step(&task, NF_TASK_COMMAND_FAILED, 9003));
        }
        assert_null(nf_task_running(&task));
        assert_int_equal(task.is_undoing, 0);
        assert_int_equal(task.deadline, 0);
        assert_string_equal(task.reason, "because");
    }
}

static void
a_rejected_task_undoes_nothing_and_stays_so(void **state)
{
    struct nf_task task = walk_everything_to(NF_STEP_APPROVAL);

    (void) state;
    assert_true(walk_step(&task, NF_TASK_REJECT, 200));
    assert_int_equal(task.status, NF_TASK_REJECTED);
    assert_int_equal(task.is_undoing, 0);
    for (int e = 0; e < NF_TASK_EVENT_COUNT; e++) {
        assert_false(walk_step(&task, (enum nf_task_event) e, 90000));
    }
}

static void
asked_for_again_it_begins_with_its_first_step(void **state)
{
    struct nf_task task = walk_to(NF_STEP_FIRST_BOOT);

    (void) state;
    assert_true(walk_step(&task, NF_TASK_DEADLINE, task.deadline));
    assert_int_equal(task.status, NF_TASK_FAILED);
    assert_true(nf_task_is_installed(&task));
    assert_true(walk_step(&task, NF_TASK_RETRY, 9000));
    assert_int_equal(task.status, NF_TASK_APPROVED);
    expect_running(&task, NF_STEP_NODE_BOOT, NF_STEP_RUNNING);
    assert_int_equal(task.percent, 3);
    assert_int_equal(task.scripts, 0);
    assert_int_equal(task.tries, 1);
    assert_int_equal(task.approved_at, 9000);
    assert_string_equal(task.reason, "");
    assert_false(nf_task_is_installed(&task));
    assert_true(nf_task_is_disk_untouched(&task));
    walk_on(&task, NF_STEP_KINDS);
    assert_int_equal(task.status, NF_TASK_COMPLETED);
    assert_false(walk_step(&task, NF_TASK_RETRY, 99000));
}

static void
what_nobody_approved_waits_for_that_again(void **state)
{
    struct nf_task task = walk_to(NF_STEP_APPROVAL);

    (void) state;
    assert_true(walk_step(&task, NF_TASK_CANCEL, 200));
    assert_true(walk_step(&task, NF_TASK_RETRY, 300));
    assert_int_equal(task.status, NF_TASK_PENDING);
    expect_running(&task, NF_STEP_APPROVAL, NF_STEP_RUNNING);
}

static void
progress_never_goes_down_and_never_ends_a_task(void **state)
{
    struct nf_task task = walk_to(NF_STEP_OS_INSTALL);

    (void) state;
    assert_true(nf_task_progress(&task, 55, 300));
    assert_false(nf_task_progress(&task, 55, 400));
    assert_false(nf_task_progress(&task, 20, 400));
    assert_int_equal(task.percent, 55);
    assert_int_equal(task.updated_at, 300);
    assert_true(nf_task_progress(&task, 100, 500));
    assert_int_equal(task.percent, 99);
    walk_on(&task, NF_STEP_KINDS);
    assert_int_equal(task.percent, 100);
    task = walk_to(NF_STEP_OS_INSTALL);
    assert_true(walk_step(&task, NF_TASK_CANCEL, 300));
    assert_false(nf_task_progress(&task, 80, 400));
}

static void
what_may_have_touched_the_disk_is_told(void **state)
{
    struct nf_task task = walk_everything_to(NF_STEP_NODE_BOOT);

    (void) state;
    assert_true(nf_task_is_disk_untouched(&task));
    assert_true(walk_step(&task, NF_TASK_AGENT_READY, 5000));
    expect_running(&task, NF_STEP_HARDWARE_CONFIG, NF_STEP_RUNNING);
    assert_false(nf_task_is_disk_untouched(&task));
    task = walk_start(NF_TASK_HAS_IMAGE, NF_FIRST_BOOT_AGENT, true);
    walk_on(&task, NF_STEP_NODE_BOOT);
    assert_true(walk_step(&task, NF_TASK_AGENT_READY, 5000));
    expect_running(&task, NF_STEP_HARDWARE_CONFIG, NF_STEP_RUNNING);
    assert_true(nf_task_is_disk_untouched(&task)); /* it has no scripts */
    walk_on(&task, NF_STEP_OS_INSTALL);
    assert_false(nf_task_is_disk_untouched(&task));
}

#define FILL(field)                                                            \
    do {                                                                       \
        memset(field, '"', sizeof(field) - 1);                                 \
        field[sizeof(field) - 1] = '\0';                                       \
    } while (0)

/* Every text is full of what JSON escapes, and everybody who can fail did. */
static void
the_longest_task_fits_into_its_event(void **state)
{
    static char json[NF_TASK_JSON_MAX], words[300], spec[NF_TASK_SPEC_MAX];
    struct nf_task task = walk_everything_to(NF_STEP_FIRST_BOOT);
    struct nf_task_rules rules = walk_rules();
    struct nf_out out = nf_out(json, sizeof(json));
    struct nf_task_input input = {.detail = words};

    (void) state;
    FILL(words);
    FILL(spec);
    FILL(task.sn);
    FILL(task.profile);
    FILL(task.os_type);
    FILL(task.os_version);
    FILL(task.bootfile);
    FILL(task.actor);
    FILL(task.approver);
    input.event = NF_TASK_CANCEL;
    assert_true(nf_task_step(&task, &rules, &input));
    while (nf_task_running(&task) != NULL) {
        input.event = NF_TASK_COMMAND_FAILED;
        input.step = (enum nf_step_kind) nf_task_running(&task)->kind;
        (void) nf_task_step(&task, &rules, &input);
        input.event = NF_TASK_DEADLINE;
        input.now = task.deadline;
        (void) nf_task_step(&task, &rules, &input);
    }
    for (size_t i = 0; i < task.steps_n; i++) {
        struct nf_step *step = &task.steps[i];
        step->attempts = UINT16_MAX;
        step->started = step->ended = step->deadline = 1769076000000;
    }
    task.tries = task.scripts = task.attempt = UINT16_MAX;
    task.created_at = task.updated_at = task.approved_at = 1769076000000;
    task.deadline = task.created_at;
    nf_task_json(&task, (struct nf_text){spec, sizeof(spec)}, &out);
    assert_false(out.full);
    /* and the words of the steps that a shorter way skips */
    assert_true(sizeof(json) - out.len > NF_STEP_KINDS * 48);
}

#define TEST(name) cmocka_unit_test(name)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_was_done_to_devices_is_undone),
        TEST(a_rejected_task_undoes_nothing_and_stays_so),
        TEST(asked_for_again_it_begins_with_its_first_step),
        TEST(what_nobody_approved_waits_for_that_again),
        TEST(progress_never_goes_down_and_never_ends_a_task),
        TEST(the_longest_task_fits_into_its_event),
        TEST(what_may_have_touched_the_disk_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
