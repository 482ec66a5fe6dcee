/* A task on its ways: well and badly. */
#include "flow/task.h"

#include "base/time.h"
#include "task_walk.h"

static const struct nf_step *
step_of(const struct nf_task *task, enum nf_step_kind kind)
{
    const struct nf_step *step = nf_task_find_step(task, kind);

    assert_non_null(step);
    return step;
}

static void
expect_running(const struct nf_task *task, enum nf_step_kind kind,
               enum nf_step_status status)
{
    const struct nf_step *step = nf_task_running(task);

    assert_non_null(step);
    assert_int_equal(step->kind, kind);
    assert_int_equal(step->status, status);
}

/* --- the good ways ----------------------------------------------------------
 */

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
                            "the device failed without a word");
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
        {NF_STEP_NODE_BOOT, false},
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
    assert_string_equal(other.reason, "the installer failed without a word");
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
    assert_int_equal(second.round, first.round + 1);
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

/* --- ends and new beginnings ------------------------------------------------
 */

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
        TEST(the_whole_way),
        TEST(every_step_of_the_fullest_plan_runs_in_its_order),
        TEST(a_clock_that_is_behind_makes_no_step_shorter_than_nothing),
        TEST(a_profile_says_who_ends_the_first_boot),
        TEST(an_installer_that_asks_for_nothing_passes_over_the_agent),
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
