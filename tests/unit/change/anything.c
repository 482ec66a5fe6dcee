/* Everybody does anything to a few machines, in any order: what must hold. */
#include "task_world.h"

enum {
    MACHINES = 5,
    SERIALS = 4,
    TASKS = 400
};

static uint64_t made[TASKS];
static unsigned made_n;

static unsigned
any(unsigned n)
{
    return (unsigned) rand() % n;
}

static uint64_t
any_task(void)
{
    /* mostly a late one: the others are over */
    unsigned back = any(4) ? any(4) : any(made_n + 1);

    return made_n == 0 ? 1 : made[back < made_n ? made_n - 1 - back : 0];
}

static const char *
any_serial(char text[static 8])
{
    snprintf(text, 8, "S%u", any(SERIALS));
    return text;
}

/* --- what anybody may do ----------------------------------------------------
 */

static void
operator_makes(unsigned n)
{
    char sn[8];
    struct wanted_task wanted = {.mac = any(3) ? n : 0,
                                 .sn = any(2) ? any_serial(sn) : NULL,
                                 .has_bmc = any(2),
                                 .has_switch = any(2),
                                 .has_image = any(2),
                                 .has_hardware = any(2),
                                 .has_bootfile = any(2),
                                 .first_boot = (enum nf_first_boot) any(3)};

    if (made_n < TASKS && task_ask(wanted, &made[made_n]) == NF_OK) {
        made_n++;
    }
}

static void
operator_decides(unsigned n)
{
    nf_error_t (*const verbs[])(uint64_t) = {
        task_approve, task_approve, task_approve, task_reject,
        task_cancel,  task_retry,   task_retry,   task_delete};

    (void) n;
    (void) verbs[any(8)](any_task());
}

static void
operator_acts(unsigned n)
{
    static const char *const actions[] = {"install", "reinstall", "cancel"};

    (void) CHANGE(nf_change_node_action(&c, mac_of(n), actions[any(3)], ""));
}

static void
operator_edits(unsigned n)
{
    static const char *const labels[] = {"{\"role\":\"db\"}",
                                         "{\"role\":\"web\",\"site\":\"\"}",
                                         "{\"role\":null}", "{\"role\":5}", ""};
    struct nf_node_edit edit = {.node = {.mac = mac_of(n)},
                                .labels = nf_text(labels[any(5)]),
                                .has = NF_HAS_MAC | NF_HAS_SERIAL};

    edit.has |= any(2) ? NF_HAS_LABELS : 0;

    if (any(8) == 0) {
        (void) CHANGE(nf_change_node_delete(&c, mac_of(n)));
        return;
    }
    any_serial(edit.node.serial);
    if (any(2)) {
        (void) CHANGE(nf_change_node_create(&c, &edit));
    } else {
        (void) CHANGE(nf_change_node_edit(&c, mac_of(n), &edit));
    }
}

static void
machine_does_report(unsigned n)
{
    char sn[8];

    (void) machine_reports(n, any(4) ? any_serial(sn) : "");
}

static void
machine_tells(unsigned n)
{
    static const char *const steps[] = {"task_wait", "partitioning",
                                        "completed"};

    (void) machine_says(n, any(2) ? any_task() : 0, steps[any(3)], any(101),
                        "x");
}

static void
machine_boots(unsigned n)
{
    if (world_has_node(mac_of(n))) {
        uint16_t attempt =
            (uint16_t) (world_node(mac_of(n)).attempt - (any(4) == 0));
        (void) CHANGE(
            any(4) ? nf_change_script_served(&c, mac_of(n), attempt)
                   : nf_change_fetch_failed(&c, mac_of(n), attempt, "4c11"));
    }
    (void) CHANGE(nf_change_boot_seen(&c, mac_of(n), ip_of(n)));
}

static void
machine_ends_operation(unsigned n)
{
    static const char *const names[] = {"hardware_config", "network_config",
                                        "os_install", "os_install", "reboot"};

    (void) CHANGE(nf_change_agent_ready(&c, mac_of(n)));
    machine_operates(n, names[any(5)], any(4) != 0, "said so");
}

static void
machine_beats(unsigned n)
{
    struct nf_status_report report = {0};

    snprintf(report.status, sizeof(report.status), "%s",
             any(2) ? "installed" : "running");
    (void) CHANGE(nf_change_status(&c, mac_of(n), &report));
}

static void
device_does_answer(unsigned n)
{
    uint64_t id = any_task();
    struct nf_command command = {.number = any(200)};

    (void) n;
    if (any(3) && task_is_there(id)) {
        (void) device_answers(id, any(3) != 0, "busy");
        files_are_written(id);
        return;
    }
    (void) worker_says(&command, (enum nf_command_word) any(4), "");
}

static void
time_passes(unsigned n)
{
    (void) n;
    wait_ms((nf_time_t) any(NF_SECONDS(400)));
}

static void (*const doings[])(unsigned n) = {
    operator_makes,         operator_makes,         operator_decides,
    operator_decides,       operator_decides,       operator_acts,
    operator_edits,         machine_does_report,    machine_does_report,
    machine_tells,          machine_boots,          machine_boots,
    machine_ends_operation, machine_ends_operation, machine_beats,
    device_does_answer,     device_does_answer,     time_passes,
};

/* --- what must hold ---------------------------------------------------------
 */

/* Who is told to install has an approved task that is his, and is in it. */
static void
check_node(unsigned n)
{
    struct nf_node node = world_node(mac_of(n));
    bool may_write = node.boot == NF_BOOT_INSTALL || node.boot == NF_BOOT_AGENT;

    assert_true(!may_write || node.status == NF_NODE_INSTALLING);
    if (!task_is_there(node.task)) {
        assert_false(may_write);
        return;
    }
    struct nf_task task = task_get(node.task);
    assert_true(nf_mac_equal(task.mac, node.mac));
    assert_int_equal(task.attempt, node.attempt);
    if (may_write) {
        assert_true(task.status == NF_TASK_APPROVED
                    || task.status == NF_TASK_INSTALLING);
        assert_true(task.approved_at != 0);
        assert_false(nf_task_is_installed(&task));
    }
    if (node.boot == NF_BOOT_STUCK) {
        assert_int_equal(node.status, NF_NODE_INSTALLING);
    }
}

/* Whatever is not over belongs to a node as its latest, or waits for one. */
static void
check_task(uint64_t id)
{
    struct nf_task task = task_get(id);

    if (!nf_task_is_live(&task) && !task.is_undoing) {
        assert_int_equal(task.deadline, 0);
        return;
    }
    if (nf_task_has_node(&task)) {
        struct nf_node node = world_node(task.mac);
        assert_int_equal(node.task, id);
        return;
    }
    uint64_t awaited = 0;
    NF_READ(r, world.s.store);
    assert_true(nf_tasks_awaited(&r, task.sn, &awaited));
    assert_int_equal(awaited, id);
}

static void
check_everything(void)
{
    const char *why = replay_log(world.s.store);

    if (why != NULL) {
        fail_msg("%s", why);
    }
    for (unsigned n = 1; n <= MACHINES; n++) {
        if (world_has_node(mac_of(n))) {
            check_node(n);
        }
    }
    for (unsigned i = 0; i < made_n; i++) {
        if (task_is_there(made[i])) {
            check_task(made[i]);
        }
    }
}

/* The counts of a few kinds of end: a run that reaches none proves little. */
static void
check_that_much_happened(void)
{
    assert_true(world_events(NF_EVENT_TASK_COMPLETED) > 1);
    assert_true(world_events(NF_EVENT_TASK_FAILED) > 1);
    assert_true(world_events(NF_EVENT_TASK_CANCELLED) > 1);
    assert_true(world_events(NF_EVENT_TASK_REJECTED) > 1);
    assert_true(world_events(NF_EVENT_TASK_RETRIED) > 1);
    assert_true(world_events(NF_EVENT_TASK_PROGRESS) > 1);
    assert_true(world_events(NF_EVENT_REPORT_UNMATCHED) > 1);
}

static void
whatever_is_done_some_things_hold(void **state)
{
    (void) state;
    world_set("NF_ALLOW_REINSTALL", "1");
    srand(17);
    made_n = 0;
    for (unsigned i = 0; i < 2000; i++) {
        doings[any(sizeof(doings) / sizeof(doings[0]))](1 + any(MACHINES));
        if (i % 40 == 0) {
            check_everything();
        }
    }
    check_everything();
    check_that_much_happened();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_make, world_drop)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(whatever_is_done_some_things_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
