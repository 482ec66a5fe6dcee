/* Every step, every event, every status: and what must hold whatever comes. */
#include "scratch.h"

#include "flow/node.h"
#include "flow/task.h"

static struct nf_task_rules
make_rules(enum nf_first_boot first_boot)
{
    return (struct nf_task_rules){
        .deadlines = {[NF_STEP_NODE_BOOT] = 1000,
                      [NF_STEP_OS_INSTALL] = 2000,
                      [NF_STEP_FIRST_BOOT] = 3000},
        .scripts = 3,
        .first_boot = first_boot,
    };
}

static bool
step(struct nf_task *task, const struct nf_task_rules *rules,
     enum nf_task_event event, nf_time_t now)
{
    struct nf_task_input input = {event, now, "because"};

    return nf_task_step(task, rules, &input);
}

/* A fresh task that has come as far as this step. */
static struct nf_task
task_at(enum nf_step_kind kind, const struct nf_task_rules *rules)
{
    struct nf_task task = {.id = 1};

    nf_task_start(&task, rules, 100);
    if (kind != NF_STEP_NODE_BOOT) {
        assert_true(step(&task, rules, NF_TASK_SCRIPT_SERVED, 200));
    }
    if (kind == NF_STEP_FIRST_BOOT) {
        assert_true(step(&task, rules, NF_TASK_INSTALL_DONE, 300));
    }
    assert_int_equal(task.steps[task.step].kind, kind);
    return task;
}

/* step and event -> the step that runs then and the task's status; steps_n
 * (5) when none runs.  -1: nothing happens. */
/* clang-format off */
enum { BOOT = NF_STEP_NODE_BOOT, INST = NF_STEP_OS_INSTALL, UP = NF_STEP_FIRST_BOOT, END = 5, NO = -1 };
enum { I = NF_TASK_INSTALLING, C = NF_TASK_COMPLETED, F = NF_TASK_FAILED, X = NF_TASK_CANCELLED };
static const struct {
    int step, status;
} wanted[NF_TASK_EVENT_COUNT][3] = {
    /*                             boot       install    up */
    [NF_TASK_SCRIPT_SERVED]  = {{INST, I}, {INST, I}, {NO, 0}},
    [NF_TASK_FETCH_FAILED]   = {{NO, 0},   {INST, I}, {NO, 0}},
    [NF_TASK_INSTALL_DONE]   = {{UP, I},   {UP, I},   {NO, 0}},
    [NF_TASK_INSTALL_FAILED] = {{BOOT, F}, {INST, F}, {NO, 0}},
    [NF_TASK_SYSTEM_UP]      = {{NO, 0},   {NO, 0},   {END, C}},
    [NF_TASK_BOOTED]         = {{NO, 0},   {NO, 0},   {NO, 0}},
    [NF_TASK_DEADLINE]       = {{BOOT, F}, {INST, F}, {UP, F}},
    [NF_TASK_CANCEL]         = {{BOOT, X}, {INST, X}, {UP, X}},
};
/* clang-format on */

static void
every_step_answers_every_event_as_the_table_says(void **state)
{
    static const enum nf_step_kind kinds[] = {
        NF_STEP_NODE_BOOT, NF_STEP_OS_INSTALL, NF_STEP_FIRST_BOOT};
    struct nf_task_rules rules = make_rules(NF_FIRST_BOOT_AGENT);

    (void) state;
    for (int k = 0; k < 3; k++) {
        for (int e = 0; e < NF_TASK_EVENT_COUNT; e++) {
            struct nf_task task = task_at(kinds[k], &rules), before = task;
            bool changed = step(&task, &rules, (enum nf_task_event) e, 400);
            assert_int_equal(changed, wanted[e][k].step != NO);
            if (!changed) {
                assert_memory_equal(&task, &before, sizeof(task));
                continue;
            }
            int now = task.step < task.steps_n
                          ? (int) task.steps[task.step].kind
                          : END;
            assert_int_equal(now, wanted[e][k].step);
            assert_int_equal(task.status, wanted[e][k].status);
            assert_int_equal(task.updated_at, 400);
        }
    }
}

static void
a_task_that_is_over_answers_nothing(void **state)
{
    struct nf_task_rules rules = make_rules(NF_FIRST_BOOT_AGENT);

    (void) state;
    for (int status = NF_TASK_COMPLETED; status <= NF_TASK_FAILED; status++) {
        for (int kind = 0; kind <= NF_STEP_KINDS; kind++) {
            for (int e = 0; e < NF_TASK_EVENT_COUNT; e++) {
                struct nf_task task = task_at(NF_STEP_OS_INSTALL, &rules);
                task.status = (uint8_t) status;
                task.step = (uint8_t) kind;
                struct nf_task before = task;
                assert_false(step(&task, &rules, (enum nf_task_event) e, 9));
                assert_memory_equal(&task, &before, sizeof(task));
            }
        }
    }
}

static void
the_whole_way(void **state)
{
    struct nf_task_rules rules = make_rules(NF_FIRST_BOOT_AGENT);
    struct nf_task task = {.id = 1};

    (void) state;
    nf_task_start(&task, &rules, 100);
    assert_int_equal(task.status, NF_TASK_APPROVED);
    assert_int_equal(task.attempt, 1);
    assert_int_equal(task.steps[0].status, NF_STEP_DONE);
    assert_int_equal(task.deadline, 1100);
    assert_true(step(&task, &rules, NF_TASK_SCRIPT_SERVED, 200));
    assert_int_equal(task.deadline, 2200);
    assert_int_equal(task.scripts, 1);
    assert_int_equal(task.percent, 10);
    assert_true(step(&task, &rules, NF_TASK_INSTALL_DONE, 300));
    assert_true(nf_task_is_installed(&task));
    assert_int_equal(task.deadline, 3300);
    assert_true(step(&task, &rules, NF_TASK_SYSTEM_UP, 400));
    assert_int_equal(task.status, NF_TASK_COMPLETED);
    assert_int_equal(task.percent, 100);
    assert_int_equal(task.deadline, 0);
    for (int i = 0; i < task.steps_n; i++) {
        assert_int_equal(task.steps[i].status, NF_STEP_DONE);
        assert_true(task.steps[i].ended >= task.steps[i].started);
        assert_int_equal(task.steps[i].deadline, 0);
        assert_true(task.steps[i].attempts >= 1);
    }
}

static void
a_profile_says_who_ends_the_first_boot(void **state)
{
    struct nf_task_rules rules = make_rules(NF_FIRST_BOOT_BOOT);
    struct nf_task task = task_at(NF_STEP_FIRST_BOOT, &rules);

    (void) state;
    assert_true(step(&task, &rules, NF_TASK_BOOTED, 400));
    assert_int_equal(task.status, NF_TASK_COMPLETED);
    task = task_at(NF_STEP_FIRST_BOOT, &rules);
    assert_true(step(&task, &rules, NF_TASK_SYSTEM_UP, 400));
    assert_int_equal(task.status, NF_TASK_COMPLETED);
    rules = make_rules(NF_FIRST_BOOT_NONE);
    task = task_at(NF_STEP_OS_INSTALL, &rules);
    assert_true(step(&task, &rules, NF_TASK_INSTALL_DONE, 400));
    assert_int_equal(task.status, NF_TASK_COMPLETED);
    assert_int_equal(task.steps[3].status, NF_STEP_SKIPPED);
    assert_non_null(strstr(task.steps[3].error, "skipped"));
}

static void
too_many_scripts_without_a_report_fail_the_task(void **state)
{
    struct nf_task_rules rules = make_rules(NF_FIRST_BOOT_AGENT);
    struct nf_task task = task_at(NF_STEP_OS_INSTALL, &rules);

    (void) state;
    assert_true(step(&task, &rules, NF_TASK_SCRIPT_SERVED, 300));
    assert_true(step(&task, &rules, NF_TASK_SCRIPT_SERVED, 300));
    assert_int_equal(task.scripts, 3);
    assert_int_equal(task.status, NF_TASK_INSTALLING);
    assert_true(step(&task, &rules, NF_TASK_SCRIPT_SERVED, 300));
    assert_int_equal(task.status, NF_TASK_FAILED);
    assert_string_equal(task.reason,
                        "the installer was started 3 times and never "
                        "reported");
}

static void
a_count_of_scripts_never_starts_over(void **state)
{
    struct nf_task_rules rules = make_rules(NF_FIRST_BOOT_AGENT);
    struct nf_task task = task_at(NF_STEP_OS_INSTALL, &rules);

    (void) state;
    rules.scripts = 0; /* no limit */
    for (unsigned i = 0; i < 70000; i++) {
        (void) step(&task, &rules, NF_TASK_SCRIPT_SERVED, 300 + i);
        assert_true(task.scripts > 0);
    }
}

static void
a_deadline_says_what_did_not_come(void **state)
{
    struct nf_task_rules rules = make_rules(NF_FIRST_BOOT_AGENT);

    (void) state;
    rules.deadlines[NF_STEP_OS_INSTALL] = 7200000;
    struct nf_task task = task_at(NF_STEP_OS_INSTALL, &rules);
    assert_true(step(&task, &rules, NF_TASK_DEADLINE, 9000000));
    assert_string_equal(task.reason,
                        "the installer did not report within 2h0m0s");
    assert_string_equal(task.steps[2].error, task.reason);
    assert_int_equal(task.steps[2].status, NF_STEP_FAILED);
}

static void
words_of_a_device_are_made_printable_and_cut(void **state)
{
    static char words[300];
    struct nf_task_rules rules = make_rules(NF_FIRST_BOOT_AGENT);
    struct nf_task task = task_at(NF_STEP_OS_INSTALL, &rules);
    struct nf_task_input input = {NF_TASK_INSTALL_FAILED, 300, words};

    (void) state;
    memset(words, '\n', sizeof(words) - 1);
    assert_true(nf_task_step(&task, &rules, &input));
    assert_int_equal(strlen(task.reason), sizeof(task.reason) - 1);
    assert_null(strchr(task.reason, '\n'));
    task = task_at(NF_STEP_OS_INSTALL, &rules);
    input.detail = "";
    assert_true(nf_task_step(&task, &rules, &input));
    assert_string_equal(task.reason, "the installer failed without a word");
}

/* What holds before and after any event. */
static void
check(const struct nf_task *task, const struct nf_task *before)
{
    unsigned running = 0;

    assert_true(task->percent >= before->percent && task->percent <= 100);
    assert_true(task->step >= before->step && task->step <= task->steps_n);
    assert_true((task->status == NF_TASK_COMPLETED) == (task->percent == 100));
    for (int i = 0; i < task->steps_n; i++) {
        running += task->steps[i].status == NF_STEP_RUNNING;
        assert_true((task->steps[i].ended == 0)
                    == (task->steps[i].status == NF_STEP_WAITING
                        || task->steps[i].status == NF_STEP_RUNNING));
    }
    assert_int_equal(running, nf_task_is_live(task));
    if (!nf_task_is_live(task)) {
        assert_int_equal(task->deadline, 0);
    } else {
        assert_int_equal(task->deadline, task->steps[task->step].deadline);
    }
    if (task->status == NF_TASK_FAILED || task->status == NF_TASK_CANCELLED) {
        assert_true(task->reason[0] != '\0');
    }
}

static void
whatever_comes_some_things_hold(void **state)
{
    (void) state;
    srand(1);
    for (unsigned run = 0; run < 20000; run++) {
        struct nf_task_rules rules =
            make_rules((enum nf_first_boot)(rand() % 3));
        struct nf_task task = {.id = 1};
        unsigned ends = 0;
        nf_task_start(&task, &rules, 1);
        for (unsigned i = 0; i < 12; i++) {
            struct nf_task before = task;
            bool changed =
                step(&task, &rules,
                     (enum nf_task_event)(rand() % NF_TASK_EVENT_COUNT), 2 + i);
            check(&task, &before);
            assert_int_equal(changed,
                             memcmp(&task, &before, sizeof(task)) != 0);
            ends += nf_task_is_live(&before) && !nf_task_is_live(&task);
        }
        assert_true(ends <= 1);
        assert_int_equal(ends, !nf_task_is_live(&task));
    }
}

/* --- the node ----------------------------------------------------------------
 */

enum {
    T_NONE,
    T_FRESH,
    T_SERVED,
    T_INSTALLED,
    T_OVER,
    T_OVER_INSTALLED,
    TASKS
};

static const struct nf_task *
task_like(int which, struct nf_task *task)
{
    struct nf_task_rules rules = make_rules(NF_FIRST_BOOT_AGENT);
    static const enum nf_step_kind kinds[] = {
        [T_FRESH] = NF_STEP_NODE_BOOT,
        [T_SERVED] = NF_STEP_OS_INSTALL,
        [T_INSTALLED] = NF_STEP_FIRST_BOOT,
        [T_OVER] = NF_STEP_OS_INSTALL,
        [T_OVER_INSTALLED] = NF_STEP_FIRST_BOOT,
    };

    if (which == T_NONE) {
        return NULL;
    }
    *task = task_at(kinds[which], &rules);
    if (which >= T_OVER) {
        assert_true(step(task, &rules, NF_TASK_DEADLINE, 500));
    }
    return task;
}

/* Read from the requirements, not from the code: -1 means refused. */
static int
node_after(int status, int event, int task, bool may_reinstall)
{
    bool is_live = task >= T_FRESH && task <= T_INSTALLED;
    bool is_installed = task == T_INSTALLED || task == T_OVER_INSTALLED;

    switch (event) {
    case NF_NODE_INSTALL:
        return status == NF_NODE_DISCOVERED ? NF_NODE_INSTALLING : -1;
    case NF_NODE_REINSTALL:
        return status == NF_NODE_DISCOVERED
                       || (status == NF_NODE_INSTALLING && !is_live)
                       || (status == NF_NODE_INSTALLED && may_reinstall)
                   ? NF_NODE_INSTALLING
                   : -1;
    case NF_NODE_CANCEL:
        if (status != NF_NODE_INSTALLING) {
            return -1;
        }
        return task == T_FRESH ? NF_NODE_DISCOVERED : NF_NODE_INSTALLING;
    case NF_NODE_SYSTEM_UP:
        if (status == NF_NODE_INSTALLED) {
            return NF_NODE_INSTALLED;
        }
        return status == NF_NODE_INSTALLING && is_installed ? NF_NODE_INSTALLED
                                                            : -1;
    default:
        return status == NF_NODE_INSTALLING && is_installed ? NF_NODE_INSTALLED
                                                            : -1;
    }
}

static void
every_status_of_a_node_answers_every_event(void **state)
{
    struct nf_task task;

    (void) state;
    for (int i = 0; i < 3 * NF_NODE_EVENT_COUNT * TASKS * 2; i++) {
        int from = i % 3, event = i / 3 % NF_NODE_EVENT_COUNT;
        int which = i / 3 / NF_NODE_EVENT_COUNT % TASKS;
        bool may = i / 3 / NF_NODE_EVENT_COUNT / TASKS;
        struct nf_node_input input = {(enum nf_node_event) event,
                                      task_like(which, &task), may};
        enum nf_node_status status = (enum nf_node_status) from;
        struct nf_fault fault = {0};
        nf_error_t err = nf_node_step(&status, &input, &fault);
        int wants = node_after(from, event, which, may);
        assert_int_equal(err, wants < 0 ? NF_INVALID : NF_OK);
        assert_int_equal(status, wants < 0 ? from : wants);
        assert_int_equal(fault.reason[0] != '\0', wants < 0);
    }
}

static void
a_refused_install_says_what_old_clients_know(void **state)
{
    enum nf_node_status status = NF_NODE_INSTALLING;
    struct nf_node_input input = {.event = NF_NODE_INSTALL};
    struct nf_fault fault;

    (void) state;
    assert_int_equal(nf_node_step(&status, &input, &fault), NF_INVALID);
    assert_string_equal(fault.reason,
                        "cannot install node with status 'installing', only "
                        "'discovered' nodes can be installed");
}

static void
the_boot_script_follows_from_status_and_task(void **state)
{
    static const enum nf_node_boot installing[TASKS] = {
        [T_NONE] = NF_BOOT_STUCK,     [T_FRESH] = NF_BOOT_INSTALL,
        [T_SERVED] = NF_BOOT_INSTALL, [T_INSTALLED] = NF_BOOT_LOCAL,
        [T_OVER] = NF_BOOT_STUCK,     [T_OVER_INSTALLED] = NF_BOOT_LOCAL,
    };
    struct nf_task task;

    (void) state;
    for (int which = 0; which < TASKS; which++) {
        const struct nf_task *t = task_like(which, &task);
        assert_int_equal(nf_node_boot_for(NF_NODE_DISCOVERED, t), NF_BOOT_WAIT);
        assert_int_equal(nf_node_boot_for(NF_NODE_INSTALLED, t), NF_BOOT_LOCAL);
        assert_int_equal(nf_node_boot_for(NF_NODE_INSTALLING, t),
                         installing[which]);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_step_answers_every_event_as_the_table_says),
        cmocka_unit_test(a_task_that_is_over_answers_nothing),
        cmocka_unit_test(the_whole_way),
        cmocka_unit_test(a_profile_says_who_ends_the_first_boot),
        cmocka_unit_test(too_many_scripts_without_a_report_fail_the_task),
        cmocka_unit_test(a_count_of_scripts_never_starts_over),
        cmocka_unit_test(a_deadline_says_what_did_not_come),
        cmocka_unit_test(words_of_a_device_are_made_printable_and_cut),
        cmocka_unit_test(whatever_comes_some_things_hold),
        cmocka_unit_test(every_status_of_a_node_answers_every_event),
        cmocka_unit_test(a_refused_install_says_what_old_clients_know),
        cmocka_unit_test(the_boot_script_follows_from_status_and_task),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
