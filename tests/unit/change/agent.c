/* What machines and devices say: reports, progress, results. */
#include "flow/plan.h"
#include "task_world.h"

static bool
find_unmatched(unsigned n, struct nf_unmatched *unmatched)
{
    NF_READ(r, world.s.store);
    return nf_unmatched_get(&r, mac_of(n), unmatched);
}

static void
expect_unmatched(unsigned n, enum nf_unmatched_reason reason, unsigned count,
                 uint64_t task)
{
    struct nf_unmatched unmatched;

    assert_true(find_unmatched(n, &unmatched));
    assert_int_equal(unmatched.reason, reason);
    assert_int_equal(unmatched.count, count);
    assert_int_equal(unmatched.task, task);
}

/* --- reports ----------------------------------------------------------------
 */

static void
a_machine_that_was_waited_for_begins_when_it_reports(void **state)
{
    (void) state;
    uint64_t id = task_make((struct wanted_task){.sn = "S1"});
    assert_int_equal(task_approve(id), NF_OK);
    assert_int_equal(task_step(id), NF_STEP_NODE_MATCH);
    assert_int_equal(task_get(id).status, NF_TASK_APPROVED);
    assert_true(machine_reports(1, "S1"));
    assert_int_equal(task_step(id), NF_STEP_NODE_BOOT);
    expect_node(1, NF_NODE_INSTALLING, NF_BOOT_INSTALL);
    assert_string_equal(world_node(mac_of(1)).serial, "S1");
    assert_int_equal(world_node(mac_of(1)).task, id);
    task_bring_to(id, 1, NF_STEP_KINDS);
    expect_node(1, NF_NODE_INSTALLED, NF_BOOT_LOCAL);
}

static void
a_machine_that_reports_first_waits_for_the_approval(void **state)
{
    (void) state;
    uint64_t id = task_make((struct wanted_task){.sn = "S1"});
    assert_true(machine_reports(1, "S1"));
    assert_int_equal(task_step(id), NF_STEP_APPROVAL);
    expect_node(1, NF_NODE_DISCOVERED, NF_BOOT_WAIT);
    assert_int_equal(task_approve(id), NF_OK);
    assert_int_equal(task_step(id), NF_STEP_NODE_BOOT);
}

static void
a_report_repeated_is_no_news(void **state)
{
    (void) state;
    (void) task_make((struct wanted_task){.mac = 1});
    assert_true(machine_reports(1, "S1"));
    uint64_t last = world_last();
    world.now += 60000;
    assert_true(machine_reports(1, "S1"));
    assert_int_equal(world_last(), last);
    NF_READ(r, world.s.store);
    struct nf_hardware hardware;
    assert_true(nf_hardware_get(&r, mac_of(1), &hardware));
    assert_int_equal(hardware.reported_at, world.now);
}

static void
a_machine_nobody_asked_for_is_kept_until_somebody_does(void **state)
{
    struct nf_unmatched unmatched;

    (void) state;
    assert_false(machine_reports(1, "S1"));
    assert_false(machine_reports(1, "S1"));
    expect_unmatched(1, NF_UNMATCHED_NO_TASK, 2, 0);
    assert_int_equal(world_events(NF_EVENT_REPORT_UNMATCHED), 1);
    expect_node(1, NF_NODE_DISCOVERED, NF_BOOT_WAIT);
    uint64_t id = task_make((struct wanted_task){.sn = "S1"});
    assert_false(find_unmatched(1, &unmatched));
    assert_true(nf_mac_equal(task_get(id).mac, mac_of(1)));
}

static void
two_machines_of_one_serial_number_clash(void **state)
{
    struct nf_unmatched unmatched;

    (void) state;
    assert_false(machine_reports(1, "S1"));
    assert_false(machine_reports(2, "S1"));
    expect_unmatched(2, NF_UNMATCHED_SERIAL_CLASH, 1, 0);
    assert_string_equal(world_node(mac_of(2)).serial, "");
    /* the first has a task: the second is not its machine */
    uint64_t id = task_make((struct wanted_task){.sn = "S1"});
    assert_false(machine_reports(2, "S1"));
    expect_unmatched(2, NF_UNMATCHED_MAC_OTHER, 2, id);
    assert_true(find_unmatched(2, &unmatched));
    assert_true(nf_mac_equal(unmatched.other, mac_of(1)));
    assert_true(machine_reports(1, "S1"));
    assert_int_equal(CHANGE(nf_change_node_delete(&c, mac_of(2))), NF_OK);
    assert_false(find_unmatched(2, &unmatched));
}

static void
a_machine_that_is_not_the_one_of_its_task_is_kept_apart(void **state)
{
    struct nf_unmatched unmatched;

    (void) state;
    uint64_t id = task_make((struct wanted_task){.mac = 1, .sn = "S1"});
    assert_false(machine_reports(1, "S2"));
    expect_unmatched(1, NF_UNMATCHED_SERIAL_OTHER, 1, id);
    assert_string_equal(world_node(mac_of(1)).serial, "S1");
    assert_true(machine_reports(1, "S1"));
    assert_false(find_unmatched(1, &unmatched));
    assert_true(machine_reports(1, "")); /* it says nothing against it */
}

static void
a_task_of_another_mac_is_not_this_machines(void **state)
{
    (void) state;
    uint64_t id = task_make((struct wanted_task){.mac = 1, .sn = "S1"});
    assert_int_equal(task_approve(id), NF_OK);
    assert_false(machine_reports(2, "S1"));
    expect_unmatched(2, NF_UNMATCHED_MAC_OTHER, 1, id);
    assert_int_equal(task_step(id), NF_STEP_NODE_BOOT);
    expect_node(2, NF_NODE_DISCOVERED, NF_BOOT_WAIT);
}

static void
an_installed_machine_is_not_taken_without_leave(void **state)
{
    (void) state;
    uint64_t id = task_make((struct wanted_task){.mac = 1});
    task_bring_to(id, 1, NF_STEP_KINDS);
    uint64_t wants = task_make((struct wanted_task){.sn = "S1"});
    assert_int_equal(task_approve(wants), NF_OK);
    assert_false(machine_reports(1, "S1"));
    assert_int_equal(task_step(wants), NF_STEP_NODE_MATCH);
    expect_node(1, NF_NODE_INSTALLED, NF_BOOT_LOCAL);
    world_set("NF_ALLOW_REINSTALL", "1");
    assert_true(machine_reports(1, "S1"));
    expect_node(1, NF_NODE_INSTALLING, NF_BOOT_INSTALL);
}

static void
a_machine_being_undone_is_taken_when_that_is_over(void **state)
{
    (void) state;
    uint64_t id = task_make((struct wanted_task){.mac = 1, .has_switch = true});
    task_bring_to(id, 1, NF_STEP_OS_INSTALL);
    assert_int_equal(task_cancel(id), NF_OK);
    uint64_t next = task_make((struct wanted_task){.sn = "S1"});
    assert_int_equal(task_approve(next), NF_OK);
    assert_false(machine_reports(1, "S1"));
    assert_int_equal(task_get(id).is_undoing, 1);
    assert_true(device_answers(id, true, ""));
    assert_true(machine_reports(1, "S1"));
    assert_int_equal(task_step(next), NF_STEP_NODE_BOOT);
}

static void
a_serial_number_an_operator_gives_matches_too(void **state)
{
    struct nf_node_edit edit = {.node = {.mac = mac_of(1)}, .has = NF_HAS_MAC};

    (void) state;
    uint64_t id = task_make((struct wanted_task){.sn = "S1"});
    assert_int_equal(task_approve(id), NF_OK);
    assert_int_equal(CHANGE(nf_change_node_create(&c, &edit)), NF_OK);
    edit.has = NF_HAS_SERIAL;
    snprintf(edit.node.serial, sizeof(edit.node.serial), "S1");
    assert_int_equal(CHANGE(nf_change_node_edit(&c, mac_of(1), &edit)), NF_OK);
    assert_int_equal(task_step(id), NF_STEP_NODE_BOOT);
    expect_node(1, NF_NODE_INSTALLING, NF_BOOT_INSTALL);
    assert_string_equal(world_node(mac_of(1)).serial, "S1");
}

static void
a_task_that_is_asked_for_again_takes_a_machine_that_is_there(void **state)
{
    (void) state;
    uint64_t id = task_make((struct wanted_task){.sn = "S1"});
    assert_int_equal(task_approve(id), NF_OK);
    assert_int_equal(task_cancel(id), NF_OK);
    assert_false(machine_reports(1, "S1"));
    assert_int_equal(task_retry(id), NF_OK);
    assert_int_equal(task_step(id), NF_STEP_NODE_BOOT);
    expect_node(1, NF_NODE_INSTALLING, NF_BOOT_INSTALL);
}

static void
further_cards_are_kept_as_what_the_machine_says(void **state)
{
    struct nf_hardware_report report = {
        .mac = mac_of(1),
        .macs = {mac_of(1), mac_of(11), mac_of(2), mac_of(11)},
        .macs_n = 4,
        .json = NF_TEXT("{}")};
    bool matched;

    (void) state;
    assert_false(machine_reports(2, ""));
    assert_int_equal(CHANGE(nf_change_report(&c, &report, &matched)), NF_OK);
    assert_int_equal(world_node(mac_of(1)).macs_n, 0);
    assert_false(machine_reports(11, ""));
    assert_true(world_has_node(mac_of(11)));
    {
        NF_READ(r, world.s.store);
        assert_true(nf_cards_has(&r, mac_of(1), mac_of(11)));
        assert_true(nf_cards_is_shared(&r, mac_of(2), mac_of(2), mac_of(2)));
        assert_false(nf_cards_is_shared(&r, mac_of(2), mac_of(2), mac_of(1)));
    }
    report.macs_n = 1; /* its latest words count */
    assert_int_equal(CHANGE(nf_change_report(&c, &report, &matched)), NF_OK);
    {
        NF_READ(r, world.s.store);
        assert_false(nf_cards_has(&r, mac_of(1), mac_of(11)));
        assert_true(nf_cards_has(&r, mac_of(1), mac_of(1)));
    }
    assert_int_equal(CHANGE(nf_change_node_delete(&c, mac_of(1))), NF_OK);
    NF_READ(r, world.s.store);
    assert_false(nf_cards_has(&r, mac_of(1), mac_of(1)));
}

static void
a_refused_report_is_noted_once(void **state)
{
    (void) state;
    assert_false(machine_reports(1, ""));
    for (int i = 0; i < 3; i++) {
        assert_int_equal(
            CHANGE(nf_change_report_refused(&c, mac_of(1), "too large")),
            NF_OK);
    }
    assert_int_equal(world_events(NF_EVENT_REPORT_REFUSED), 1);
    assert_int_equal(
        CHANGE(nf_change_report_refused(&c, mac_of(9), "too large")), NF_OK);
    assert_false(world_has_node(mac_of(9)));
}

/* --- progress ---------------------------------------------------------------
 */

static unsigned
count_progress(unsigned n)
{
    struct nf_progress progress;
    uint64_t after = 0;
    unsigned count = 0;
    NF_READ(r, world.s.store);

    while (nf_progress_next_of(&r, mac_of(n), after, &progress)) {
        after = progress.seq;
        count++;
    }
    return count;
}

static void
progress_before_any_task_is_the_nodes(void **state)
{
    (void) state;
    assert_false(machine_reports(1, "S1"));
    assert_int_equal(machine_says(1, 0, "hardware_collect", 10, "looking"),
                     NF_OK);
    assert_int_equal(count_progress(1), 1);
    uint64_t id = task_make((struct wanted_task){.mac = 1});
    assert_int_equal(machine_says(1, 0, "task_wait", 20, "waiting"), NF_OK);
    assert_int_equal(task_get(id).percent, 0); /* nobody approved it */
    assert_int_equal(task_step(id), NF_STEP_APPROVAL);
}

static void
progress_of_another_task_is_not_found(void **state)
{
    (void) state;
    uint64_t id = task_make((struct wanted_task){.mac = 1});
    uint64_t other = task_make((struct wanted_task){.mac = 2});
    assert_int_equal(machine_says(1, other, "partitioning", 50, "x"),
                     NF_NOT_FOUND);
    assert_string_equal(world.fault.reason, "Task not found");
    assert_int_equal(machine_says(1, 9999, "partitioning", 50, "x"),
                     NF_NOT_FOUND);
    assert_int_equal(machine_says(9, id, "partitioning", 50, "x"),
                     NF_NOT_FOUND);
}

static void
percent_never_falls_and_every_step_is_kept(void **state)
{
    (void) state;
    uint64_t id = task_make((struct wanted_task){.mac = 1});
    task_bring_to(id, 1, NF_STEP_OS_INSTALL);
    assert_int_equal(machine_says(1, id, "partitioning", 50, "a"), NF_OK);
    assert_int_equal(machine_says(1, id, "install_start", 40, "b"), NF_OK);
    assert_int_equal(task_get(id).percent, 50);
    assert_int_equal(count_progress(1), 2);
    uint64_t last = world_last();
    assert_int_equal(machine_says(1, id, "install_start", 40, "b"), NF_OK);
    assert_int_equal(world_last(), last); /* the same words once more */
    assert_int_equal(machine_says(1, id, "odd", 100, "c"), NF_OK);
    assert_int_equal(task_get(id).percent, 99);
    assert_int_equal(task_step(id), NF_STEP_OS_INSTALL);
}

static void
an_agent_that_knows_no_operations_ends_by_its_progress(void **state)
{
    (void) state;
    uint64_t id = task_make((struct wanted_task){.mac = 1});
    assert_int_equal(task_approve(id), NF_OK);
    assert_int_equal(machine_says(1, id, "task_received", 30, ""), NF_OK);
    assert_int_equal(task_step(id), NF_STEP_OS_INSTALL);
    assert_int_equal(machine_says(1, id, "completed", 100, ""), NF_OK);
    assert_int_equal(task_step(id), NF_STEP_FIRST_BOOT);
    assert_int_equal(machine_says(1, id, "completed", 100, "again"), NF_OK);
    machine_is_up(1);
    assert_int_equal(task_get(id).percent, 100);
    assert_int_equal(machine_says(1, id, "partitioning", 50, "late"), NF_OK);
    assert_int_equal(task_get(id).percent, 100);
}

static void
progress_is_kept_up_to_a_bound(void **state)
{
    char message[32];

    (void) state;
    uint64_t id = task_make((struct wanted_task){.mac = 1});
    task_bring_to(id, 1, NF_STEP_OS_INSTALL);
    for (int i = 0; i < NF_PROGRESS_KEEP + 20; i++) {
        snprintf(message, sizeof(message), "%d", i);
        assert_int_equal(machine_says(1, id, "installing", 70, message), NF_OK);
    }
    assert_int_equal(count_progress(1), NF_PROGRESS_KEEP);
}

/* As long, and as hard to write, as a message may be. */
static void
progress_of_any_words_is_a_sound_event(void **state)
{
    char step[32], message[128];

    (void) state;
    memset(step, '"', sizeof(step) - 1);
    memset(message, '\1', sizeof(message) - 1);
    step[sizeof(step) - 1] = message[sizeof(message) - 1] = '\0';
    uint64_t id = task_make((struct wanted_task){.mac = 1});
    assert_int_equal(machine_says(1, id, step, 70, message), NF_OK);
}

/* --- operations and commands ------------------------------------------------
 */

static void
an_agent_in_ram_goes_through_its_operations(void **state)
{
    (void) state;
    uint64_t id = task_make((struct wanted_task){
        .mac = 1, .has_image = true, .has_hardware = true});
    assert_int_equal(CHANGE(nf_change_agent_ready(&c, mac_of(1))), NF_OK);
    assert_int_equal(task_step(id), NF_STEP_APPROVAL);
    assert_int_equal(task_approve(id), NF_OK);
    assert_int_equal(CHANGE(nf_change_agent_ready(&c, mac_of(1))), NF_OK);
    assert_int_equal(task_step(id), NF_STEP_HARDWARE_CONFIG);
    assert_int_equal(task_get(id).scripts, 0);
    machine_operates(1, "wait", true, "");
    machine_operates(1, "network_config", true, "too early");
    assert_int_equal(task_step(id), NF_STEP_HARDWARE_CONFIG);
    machine_operates(1, "hardware_config", false, "no controller");
    struct nf_task task = task_get(id);
    assert_int_equal(nf_task_running(&task)->status, NF_STEP_RETRYING);
    assert_string_equal(nf_task_running(&task)->error, "no controller");
    wait_ms(NF_SECONDS(5));
    assert_int_equal(task_step_of(id, NF_STEP_HARDWARE_CONFIG).attempts, 2);
    machine_operates(1, "hardware_config", true, "");
    machine_operates(1, "hardware_config", true, "");
    machine_operates(1, "network_config", true, "");
    assert_int_equal(task_step(id), NF_STEP_OS_INSTALL);
    machine_operates(1, "os_install", true, "");
    assert_int_equal(task_step(id), NF_STEP_FIRST_BOOT);
}

static void
an_agent_that_asks_often_writes_seldom(void **state)
{
    (void) state;
    uint64_t id = task_make((struct wanted_task){.mac = 1});
    assert_int_equal(CHANGE(nf_change_agent_ready(&c, mac_of(1))), NF_OK);
    struct dump stored = dump_store(world.s.store);
    world.now += 9999;
    assert_int_equal(CHANGE(nf_change_agent_ready(&c, mac_of(1))), NF_OK);
    struct dump then = dump_store(world.s.store);
    assert_true(dump_equal(stored, then));
    free(stored.data);
    free(then.data);
    assert_int_equal(task_step(id), NF_STEP_APPROVAL);
}

/* The fullest task there is, whose every device fails once. */
static void
devices_fail_and_are_asked_again(void **state)
{
    (void) state;
    uint64_t id = task_make((struct wanted_task){
        .sn = "S1", .has_bmc = true, .has_switch = true, .has_bootfile = true});
    assert_int_equal(task_approve(id), NF_OK);
    assert_true(machine_reports(1, "S1"));
    while (task_step(id) != NF_STEP_KINDS) {
        enum nf_step_kind kind = task_step(id);
        if (nf_plan_row(kind)->executor == NF_EXECUTOR_COMMAND) {
            assert_true(device_answers(id, false, "busy"));
            assert_false(device_answers(id, true, "")); /* it pauses */
            wait_ms(NF_SECONDS(5));
            assert_true(device_answers(id, true, ""));
            assert_int_equal(task_step_of(id, kind).attempts, 2);
        } else if (nf_plan_row(kind)->executor == NF_EXECUTOR_FILES) {
            wait_ms(NF_SECONDS(120)); /* nf-relay is away */
            assert_int_equal(task_step(id), kind);
            wait_ms(NF_SECONDS(5));
            files_are_written(id);
        } else {
            task_pass(id, 1);
        }
    }
    assert_int_equal(task_get(id).status, NF_TASK_COMPLETED);
}

static void
what_failed_is_undone_however_silent_the_devices_are(void **state)
{
    (void) state;
    uint64_t id = task_make(
        (struct wanted_task){.mac = 1, .has_bmc = true, .has_switch = true});
    task_bring_to(id, 1, NF_STEP_OS_INSTALL);
    machine_operates(1, "os_install", false, "no disk");
    assert_int_equal(task_step(id), NF_STEP_SWITCH_PRODUCTION_VLAN);
    expect_node(1, NF_NODE_INSTALLING, NF_BOOT_STUCK);
    for (unsigned turns = 0; task_get(id).is_undoing; turns++) {
        assert_true(turns < 20);
        wait_ms(NF_SECONDS(125));
    }
    struct nf_task task = task_get(id);
    assert_string_equal(task.reason, "no disk");
    assert_int_equal(task_step_of(id, NF_STEP_SWITCH_PRODUCTION_VLAN).attempts,
                     3);
    assert_int_equal(task_step_of(id, NF_STEP_BMC_BOOT_DISK).attempts, 3);
    assert_int_equal(task_step_of(id, NF_STEP_BMC_BOOT_DISK).status,
                     NF_STEP_FAILED);
    assert_int_equal(task_retry(id), NF_OK);
}

/* Answers to commands that there are not, of another life of the log, of
 * somebody else, or that have ended. */
static void
a_result_of_no_command_changes_nothing(void **state)
{
    struct nf_command command, other;

    (void) state;
    uint64_t id = task_make((struct wanted_task){.mac = 1, .has_bmc = true});
    task_bring_to(id, 1, NF_STEP_BMC_RESET);
    assert_true(task_command(id, &command));
    assert_int_equal(worker_says(&command, NF_COMMAND_SAYS_DONE, ""),
                     NF_NOT_FOUND); /* it was given to nobody yet */
    assert_int_equal(
        CHANGE(nf_change_command_sent(&c, command.number, "w2", 0)), NF_OK);
    assert_int_equal(worker_says(&command, NF_COMMAND_SAYS_DONE, ""),
                     NF_NOT_FOUND); /* it is another one's */
    other = command;
    other.generation++;
    assert_int_equal(worker_says(&other, NF_COMMAND_SAYS_DONE, ""),
                     NF_NOT_FOUND);
    other = command;
    other.number = 0;
    assert_int_equal(worker_says(&other, NF_COMMAND_SAYS_DONE, ""),
                     NF_NOT_FOUND);
    assert_int_equal(task_step(id), NF_STEP_BMC_RESET);
    assert_true(device_answers(id, true, ""));
    assert_int_equal(worker_says(&command, NF_COMMAND_SAYS_FAILED, ""),
                     NF_CONFLICT);
    assert_int_equal(task_step(id), NF_STEP_NODE_BOOT);
    for (int kind = 0; kind < NF_STEP_KINDS; kind++) {
        assert_int_equal(
            CHANGE(nf_change_files_applied(&c, id, (enum nf_step_kind) kind)),
            NF_OK);
    }
    assert_int_equal(task_step(id), NF_STEP_NODE_BOOT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_make, world_drop)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_machine_that_was_waited_for_begins_when_it_reports),
        TEST(a_machine_that_reports_first_waits_for_the_approval),
        TEST(a_report_repeated_is_no_news),
        TEST(a_machine_nobody_asked_for_is_kept_until_somebody_does),
        TEST(two_machines_of_one_serial_number_clash),
        TEST(a_machine_that_is_not_the_one_of_its_task_is_kept_apart),
        TEST(a_task_of_another_mac_is_not_this_machines),
        TEST(an_installed_machine_is_not_taken_without_leave),
        TEST(a_machine_being_undone_is_taken_when_that_is_over),
        TEST(a_serial_number_an_operator_gives_matches_too),
        TEST(a_task_that_is_asked_for_again_takes_a_machine_that_is_there),
        TEST(further_cards_are_kept_as_what_the_machine_says),
        TEST(a_refused_report_is_noted_once),
        TEST(progress_before_any_task_is_the_nodes),
        TEST(progress_of_another_task_is_not_found),
        TEST(percent_never_falls_and_every_step_is_kept),
        TEST(an_agent_that_knows_no_operations_ends_by_its_progress),
        TEST(progress_is_kept_up_to_a_bound),
        TEST(progress_of_any_words_is_a_sound_event),
        TEST(an_agent_in_ram_goes_through_its_operations),
        TEST(an_agent_that_asks_often_writes_seldom),
        TEST(devices_fail_and_are_asked_again),
        TEST(what_failed_is_undone_however_silent_the_devices_are),
        TEST(a_result_of_no_command_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
