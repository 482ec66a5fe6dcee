/* Starts, deadlines, tries, and the words of others. */
#include "task_steps.h"

/* --- starts, deadlines, tries -----------------------------------------------
 */

static void
too_many_scripts_without_a_report_fail_the_task(void **state)
{
    struct nf_task task = walk_to(NF_STEP_OS_INSTALL);

    (void) state;
    assert_true(walk_step(&task, NF_TASK_SCRIPT_SERVED, 2000));
    assert_true(walk_step(&task, NF_TASK_SCRIPT_SERVED, 3000));
    assert_int_equal(task.scripts, 3);
    assert_int_equal(task.status, NF_TASK_INSTALLING);
    assert_true(walk_step(&task, NF_TASK_SCRIPT_SERVED, 4000));
    assert_int_equal(task.status, NF_TASK_FAILED);
    assert_string_equal(task.reason, "the installer was started 3 times and "
                                     "never reported");
}

static void
a_script_asked_for_again_within_a_second_is_no_other_start(void **state)
{
    struct nf_task task = walk_to(NF_STEP_OS_INSTALL);

    (void) state;
    assert_true(walk_step(&task, NF_TASK_SCRIPT_SERVED, 2000));
    assert_int_equal(task.scripts, 2);
    for (unsigned i = 0; i < 100; i++) {
        assert_false(walk_step(&task, NF_TASK_SCRIPT_SERVED, 2000 + 9 * i));
    }
    assert_true(walk_step(&task, NF_TASK_SCRIPT_SERVED, 3000));
    assert_int_equal(task.scripts, 3);
    /* a clock that was set back must not let starts go uncounted */
    assert_true(walk_step(&task, NF_TASK_SCRIPT_SERVED, 10));
}

static void
a_count_of_scripts_never_starts_over(void **state)
{
    struct nf_task_rules rules = walk_rules();
    struct nf_task task = walk_to(NF_STEP_OS_INSTALL);
    struct nf_task_input input = {.event = NF_TASK_SCRIPT_SERVED};

    (void) state;
    rules.scripts = 0; /* no limit */
    for (unsigned i = 0; i < 70000; i++) {
        input.now = 2000 + 1000 * (nf_time_t) i;
        (void) nf_task_step(&task, &rules, &input);
        assert_true(task.scripts > 0);
        assert_true(task.steps[task.step].attempts > 0);
    }
}

static void
a_start_of_the_machine_is_no_try_of_the_operation(void **state)
{
    struct nf_task task = walk_everything_to(NF_STEP_HARDWARE_CONFIG);

    (void) state;
    assert_true(walk_step(&task, NF_TASK_SCRIPT_SERVED, 5000));
    assert_true(walk_step(&task, NF_TASK_SCRIPT_SERVED, 6000));
    assert_int_equal(nf_task_running(&task)->attempts, 1);
    assert_true(walk_step(&task, NF_TASK_OPERATION_FAILED, 5001));
    expect_running(&task, NF_STEP_HARDWARE_CONFIG, NF_STEP_RETRYING);
}

static void
a_deadline_says_what_did_not_come(void **state)
{
    struct nf_task_rules rules = walk_rules();
    struct nf_task task = walk_start(0, NF_FIRST_BOOT_AGENT, true);
    struct nf_task_input input = {.event = NF_TASK_DEADLINE};

    (void) state;
    rules.deadlines[NF_STEP_OS_INSTALL] = NF_SECONDS(7200);
    assert_true(walk_step(&task, NF_TASK_APPROVE, 100));
    input = (struct nf_task_input){.event = NF_TASK_SCRIPT_SERVED, .now = 200};
    assert_true(nf_task_step(&task, &rules, &input));
    input =
        (struct nf_task_input){.event = NF_TASK_DEADLINE, .now = task.deadline};
    assert_true(nf_task_step(&task, &rules, &input));
    assert_string_equal(task.reason,
                        "the installer did not report within 2h0m0s");
    assert_string_equal(step_of(&task, NF_STEP_OS_INSTALL)->error, task.reason);
    assert_int_equal(step_of(&task, NF_STEP_OS_INSTALL)->status,
                     NF_STEP_FAILED);
}

static void
a_deadline_before_its_time_is_none(void **state)
{
    struct nf_task task = walk_to(NF_STEP_OS_INSTALL);
    struct nf_task pending = walk_to(NF_STEP_APPROVAL);

    (void) state;
    assert_false(walk_step(&task, NF_TASK_DEADLINE, task.deadline - 1));
    assert_false(walk_step(&pending, NF_TASK_DEADLINE, NF_SECONDS(1000000)));
    assert_true(walk_step(&task, NF_TASK_DEADLINE, task.deadline));
}

static void
pauses_double_up_to_five_minutes(void **state)
{
    static const int seconds[] = {5, 10, 20, 40, 80, 160, 300, 300, 300};
    struct nf_task_rules rules = walk_rules();
    struct nf_task task = walk_everything_to(NF_STEP_SWITCH_INSTALL_VLAN);
    struct nf_task_input input = {.event = NF_TASK_COMMAND_FAILED,
                                  .step = NF_STEP_SWITCH_INSTALL_VLAN};
    nf_time_t now = 5000;

    (void) state;
    rules.tries[NF_STEP_SWITCH_INSTALL_VLAN] = 10;
    for (size_t i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++) {
        input.event = NF_TASK_COMMAND_FAILED;
        input.now = now;
        assert_true(nf_task_step(&task, &rules, &input));
        expect_running(&task, NF_STEP_SWITCH_INSTALL_VLAN, NF_STEP_RETRYING);
        assert_int_equal(task.deadline, now + NF_SECONDS(seconds[i]));
        assert_string_equal(nf_task_running(&task)->error,
                            "the device failed without a message");
        now = task.deadline;
        input.event = NF_TASK_DEADLINE;
        input.now = now;
        assert_true(nf_task_step(&task, &rules, &input));
        assert_int_equal(nf_task_running(&task)->attempts, i + 2);
    }
    input.event = NF_TASK_COMMAND_FAILED;
    assert_true(nf_task_step(&task, &rules, &input));
    assert_int_equal(task.status, NF_TASK_FAILED);
}

/* Its deadline stands: a step that may be begun again is, and fails behind its
 * last try. */
static void
who_is_silent_is_asked_again_where_asking_helps(void **state)
{
    static const struct {
        enum nf_step_kind kind;
        bool is_again;
    } rows[] = {
        {NF_STEP_SWITCH_INSTALL_VLAN, true},
        {NF_STEP_BOOT_CONFIG, true},
        {NF_STEP_DHCP_BINDING, true},
        {NF_STEP_BMC_RESET, true},
        {NF_STEP_HARDWARE_CONFIG, false},
        {NF_STEP_NETWORK_CONFIG, false},
        {NF_STEP_OS_INSTALL, false},
        {NF_STEP_FIRST_BOOT, false},
        {NF_STEP_SWITCH_PRODUCTION_VLAN, true},
    };

    (void) state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct nf_task task = walk_everything_to(rows[i].kind);
        unsigned times = 0;
        while (nf_task_is_live(&task)) {
            expect_running(&task, rows[i].kind,
                           times % 2 ? NF_STEP_RETRYING : NF_STEP_RUNNING);
            assert_true(walk_step(&task, NF_TASK_DEADLINE, task.deadline));
            times++;
        }
        assert_int_equal(times, rows[i].is_again ? 3 : 1);
        assert_int_equal(task.status, NF_TASK_FAILED);
    }
}

/* --- words of others --------------------------------------------------------
 */

static void
words_of_a_device_are_made_printable_and_cut(void **state)
{
    static char words[300];
    struct nf_task_rules rules = walk_rules();
    struct nf_task task = walk_to(NF_STEP_OS_INSTALL), other = task;
    struct nf_task_input input = {
        .event = NF_TASK_INSTALL_FAILED, .now = 300, .detail = words};

    (void) state;
    memset(words, '\n', sizeof(words) - 1);
    assert_true(nf_task_step(&task, &rules, &input));
    assert_int_equal(strlen(task.reason), sizeof(task.reason) - 1);
    assert_null(strchr(task.reason, '\n'));
    input.detail = "";
    assert_true(nf_task_step(&other, &rules, &input));
    assert_string_equal(other.reason, "the installer failed without a message");
}

/* A result that names another step, try or round than what runs. */
static void
a_late_or_foreign_result_changes_nothing(void **state)
{
    static const enum nf_task_event events[] = {
        NF_TASK_COMMAND_DONE,   NF_TASK_COMMAND_FAILED,
        NF_TASK_OPERATION_DONE, NF_TASK_OPERATION_FAILED,
        NF_TASK_FILES_APPLIED,
    };
    struct nf_task_rules rules = walk_rules();

    (void) state;
    for (int kind = 0; kind < NF_STEP_SWITCH_PRODUCTION_VLAN; kind++) {
        struct nf_task task = walk_everything_to((enum nf_step_kind) kind);
        enum nf_task_event own = walk_event(&task, (enum nf_step_kind) kind);
        for (int i = 0; i < 5 * NF_STEP_KINDS; i++) {
            struct nf_task copy = task;
            struct nf_task_input input = {
                .event = events[i % 5],
                .now = 5000,
                .step = (enum nf_step_kind)(i / 5),
            };
            bool is_failure = own == NF_TASK_COMMAND_DONE
                                  ? input.event == NF_TASK_COMMAND_FAILED
                              : own == NF_TASK_OPERATION_DONE
                                  ? input.event == NF_TASK_OPERATION_FAILED
                                  : false;
            bool is_own =
                (int) input.step == kind && (input.event == own || is_failure);
            assert_int_equal(nf_task_step(&copy, &rules, &input), is_own);
        }
    }
}

static void
the_result_of_another_try_is_not_this_ones(void **state)
{
    struct nf_task_rules rules = walk_rules();
    struct nf_task task = walk_everything_to(NF_STEP_BMC_RESET);
    struct nf_task_command first, second;
    struct nf_task_input late = {
        .event = NF_TASK_COMMAND_DONE, .now = 90000, .step = NF_STEP_BMC_RESET};

    (void) state;
    assert_true(nf_task_command(&task, &first));
    assert_true(walk_step(&task, NF_TASK_DEADLINE, task.deadline));
    assert_false(nf_task_command(&task, &second)); /* it pauses */
    assert_true(walk_step(&task, NF_TASK_DEADLINE, task.deadline));
    assert_true(nf_task_command(&task, &second));
    assert_int_equal(second.attempt, first.attempt + 1);
    late.attempt = first.attempt;
    assert_false(nf_task_step(&task, &rules, &late));
    /* asked for again: the same try of another round */
    assert_true(walk_step(&task, NF_TASK_CANCEL, 80000));
    while (nf_task_running(&task) != NULL) {
        enum nf_step_kind kind =
            (enum nf_step_kind) nf_task_running(&task)->kind;
        assert_true(walk_step(&task, walk_event(&task, kind), 80000));
    }
    assert_true(walk_step(&task, NF_TASK_RETRY, 80000));
    walk_on(&task, NF_STEP_BMC_RESET);
    assert_true(nf_task_command(&task, &second));
    assert_int_equal(second.attempt, first.attempt);
    assert_int_not_equal(second.round, first.round);
    assert_false(nf_task_step(&task, &rules, &late));
    late.round = second.round;
    assert_true(nf_task_step(&task, &rules, &late));
}

static void
a_result_that_comes_in_the_pause_still_counts(void **state)
{
    struct nf_task task = walk_everything_to(NF_STEP_BMC_RESET);

    (void) state;
    assert_true(walk_step(&task, NF_TASK_DEADLINE, task.deadline));
    expect_running(&task, NF_STEP_BMC_RESET, NF_STEP_RETRYING);
    assert_false(walk_step(&task, NF_TASK_COMMAND_FAILED, 9000));
    assert_true(walk_step(&task, NF_TASK_COMMAND_DONE, 9000));
    expect_running(&task, NF_STEP_NODE_BOOT, NF_STEP_RUNNING);
}

static void
an_installer_that_cannot_be_fetched_is_no_start(void **state)
{
    struct nf_task task = walk_to(NF_STEP_OS_INSTALL);

    (void) state;
    assert_true(walk_step(&task, NF_TASK_FETCH_FAILED, 300));
    assert_string_equal(nf_task_running(&task)->error, "because");
    assert_int_equal(task.scripts, 1);
    task = walk_to(NF_STEP_NODE_BOOT); /* the note of its script was lost */
    assert_true(walk_step(&task, NF_TASK_FETCH_FAILED, 300));
    expect_running(&task, NF_STEP_OS_INSTALL, NF_STEP_RUNNING);
    assert_string_equal(nf_task_running(&task)->error, "because");
}

#define TEST(name) cmocka_unit_test(name)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(too_many_scripts_without_a_report_fail_the_task),
        TEST(a_script_asked_for_again_within_a_second_is_no_other_start),
        TEST(a_count_of_scripts_never_starts_over),
        TEST(a_start_of_the_machine_is_no_try_of_the_operation),
        TEST(a_deadline_says_what_did_not_come),
        TEST(a_deadline_before_its_time_is_none),
        TEST(pauses_double_up_to_five_minutes),
        TEST(who_is_silent_is_asked_again_where_asking_helps),
        TEST(words_of_a_device_are_made_printable_and_cut),
        TEST(a_late_or_foreign_result_changes_nothing),
        TEST(the_result_of_another_try_is_not_this_ones),
        TEST(a_result_that_comes_in_the_pause_still_counts),
        TEST(an_installer_that_cannot_be_fetched_is_no_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
