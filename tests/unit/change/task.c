/* Tasks as operators make, approve, end, ask for again and forget them. */
#include "task_world.h"

static void
create(unsigned n)
{
    struct nf_node_edit edit = {.node = {.mac = mac_of(n)}, .has = NF_HAS_MAC};

    assert_int_equal(CHANGE(nf_change_node_create(&c, &edit)), NF_OK);
}

/* Its system runs. */
static void
make_installed(unsigned n)
{
    uint64_t id = task_make((struct wanted_task){.mac = n});

    task_bring_to(id, n, NF_STEP_KINDS);
    assert_int_equal(task_get(id).status, NF_TASK_COMPLETED);
    expect_node(n, NF_NODE_INSTALLED, NF_BOOT_LOCAL);
}

/* --- created ----------------------------------------------------------------
 */

static void
a_pending_task_changes_nothing_of_the_machine(void **state)
{
    (void) state;
    create(1);
    uint64_t id = task_make((struct wanted_task){.mac = 1, .sn = "S1"});
    assert_int_equal(task_get(id).status, NF_TASK_PENDING);
    expect_node(1, NF_NODE_DISCOVERED, NF_BOOT_WAIT);
    assert_int_equal(world_node(mac_of(1)).task, id);
    assert_string_equal(world_node(mac_of(1)).serial, "S1");
    machine_serves(1);
    machine_operates(1, "os_install", true, "");
    assert_int_equal(task_step(id), NF_STEP_APPROVAL);
    wait_ms(NF_SECONDS(1000000));
    assert_int_equal(task_get(id).status, NF_TASK_PENDING);
}

static void
a_machine_that_is_not_known_becomes_a_node_by_its_mac(void **state)
{
    (void) state;
    uint64_t id = task_make((struct wanted_task){.mac = 7});
    expect_node(7, NF_NODE_DISCOVERED, NF_BOOT_WAIT);
    assert_int_equal(task_approve(id), NF_OK);
    expect_node(7, NF_NODE_INSTALLING, NF_BOOT_INSTALL);
}

static void
a_machine_has_one_task_at_a_time(void **state)
{
    uint64_t id;

    (void) state;
    (void) task_make((struct wanted_task){.mac = 1, .sn = "S1"});
    assert_int_equal(task_ask((struct wanted_task){.mac = 1}, &id),
                     NF_CONFLICT);
    assert_string_equal(world.fault.field, "mac");
    assert_int_equal(task_ask((struct wanted_task){.sn = "S1"}, &id),
                     NF_CONFLICT);
    assert_int_equal(task_ask((struct wanted_task){.mac = 2, .sn = "S1"}, &id),
                     NF_CONFLICT);
    assert_string_equal(world.fault.field, "sn");
    assert_int_equal(task_ask((struct wanted_task){.mac = 1, .sn = "S2"}, &id),
                     NF_CONFLICT);
    assert_int_equal(task_ask((struct wanted_task){0}, &id), NF_INVALID);
    assert_string_equal(world.fault.field, "sn");
}

static void
a_serial_number_is_waited_for_once(void **state)
{
    uint64_t id, first = task_make((struct wanted_task){.sn = "S1"});

    (void) state;
    assert_int_equal(task_ask((struct wanted_task){.sn = "S1"}, &id),
                     NF_CONFLICT);
    assert_int_equal(task_ask((struct wanted_task){.mac = 3, .sn = "S1"}, &id),
                     NF_CONFLICT);
    assert_string_equal(world.fault.reason,
                        "task-00000001 already waits for this machine");
    assert_int_equal(task_cancel(first), NF_OK);
    id = task_make((struct wanted_task){.sn = "S1"});
    assert_int_equal(task_retry(first), NF_CONFLICT);
    assert_int_equal(task_cancel(id), NF_OK);
    assert_int_equal(task_retry(first), NF_OK);
}

static void
an_installed_node_needs_leave_to_be_installed_again(void **state)
{
    uint64_t id;

    (void) state;
    make_installed(1);
    assert_int_equal(task_ask((struct wanted_task){.mac = 1}, &id), NF_INVALID);
    assert_non_null(strstr(world.fault.reason, "NF_ALLOW_REINSTALL"));
    world_set("NF_ALLOW_REINSTALL", "1");
    id = task_make((struct wanted_task){.mac = 1});
    expect_node(1, NF_NODE_INSTALLED, NF_BOOT_LOCAL);
    world_set("NF_ALLOW_REINSTALL", "0"); /* it is asked at each turn */
    assert_int_equal(task_approve(id), NF_INVALID);
    expect_node(1, NF_NODE_INSTALLED, NF_BOOT_LOCAL);
    world_set("NF_ALLOW_REINSTALL", "1");
    assert_int_equal(task_approve(id), NF_OK);
    expect_node(1, NF_NODE_INSTALLING, NF_BOOT_INSTALL);
    task_bring_to(id, 1, NF_STEP_KINDS);
    expect_node(1, NF_NODE_INSTALLED, NF_BOOT_LOCAL);
}

static void
a_pending_task_that_ends_leaves_the_node_as_it_was(void **state)
{
    (void) state;
    world_set("NF_ALLOW_REINSTALL", "1");
    make_installed(1);
    uint64_t id = task_make((struct wanted_task){.mac = 1});
    assert_int_equal(task_reject(id), NF_OK);
    expect_node(1, NF_NODE_INSTALLED, NF_BOOT_LOCAL);
    /* its system is on the disk, but has not reported */
    id = task_make((struct wanted_task){.mac = 2});
    task_bring_to(id, 2, NF_STEP_FIRST_BOOT);
    wait_ms(NF_SECONDS(1800));
    assert_int_equal(task_get(id).status, NF_TASK_FAILED);
    expect_node(2, NF_NODE_INSTALLING, NF_BOOT_LOCAL);
    id = task_make((struct wanted_task){.mac = 2});
    expect_node(2, NF_NODE_INSTALLING, NF_BOOT_LOCAL);
    assert_int_equal(task_cancel(id), NF_OK);
    expect_node(2, NF_NODE_INSTALLING, NF_BOOT_LOCAL);
}

/* --- approved, rejected, cancelled, asked for again, deleted, in every status
 */

enum {
    PENDING,
    APPROVED,
    INSTALLING,
    COMPLETED,
    REJECTED,
    CANCELLED,
    UNDOING,
    FAILED,
    WAYS
};

static uint64_t
task_like(int way)
{
    static unsigned n = 100;
    unsigned mac = ++n;
    uint64_t id = task_make(
        (struct wanted_task){.mac = mac, .has_switch = way == UNDOING});

    switch (way) {
    case APPROVED:
        task_bring_to(id, mac, NF_STEP_NODE_BOOT);
        break;
    case INSTALLING:
    case FAILED:
    case UNDOING:
        task_bring_to(id, mac, NF_STEP_OS_INSTALL);
        break;
    case COMPLETED:
        task_bring_to(id, mac, NF_STEP_KINDS);
        break;
    case REJECTED:
        assert_int_equal(task_reject(id), NF_OK);
        break;
    case CANCELLED:
        assert_int_equal(task_cancel(id), NF_OK);
        break;
    }
    if (way == FAILED || way == UNDOING) {
        machine_operates(mac, "os_install", false, "no disk");
        assert_int_equal(task_get(id).status, NF_TASK_FAILED);
        assert_int_equal(task_get(id).is_undoing, way == UNDOING);
    }
    return id;
}

static void
what_an_operator_may_do_follows_from_the_status(void **state)
{
    static const char may[WAYS][6] = {
        /* approve, reject, cancel, retry, delete */
        [PENDING] = "arc..",   [APPROVED] = "..c..", [INSTALLING] = "..c..",
        [COMPLETED] = "....d", [REJECTED] = "....d", [CANCELLED] = "...rd",
        [UNDOING] = ".....",   [FAILED] = "...r.",
    };
    nf_error_t (*const verbs[])(uint64_t) = {
        task_approve, task_reject, task_cancel, task_retry, task_delete};

    (void) state;
    for (int way = 0; way < WAYS; way++) {
        for (int i = 0; i < 5; i++) {
            uint64_t id = task_like(way);
            nf_error_t err = verbs[i](id);
            if (err != (may[way][i] == '.' ? NF_CONFLICT : NF_OK)) {
                fail_msg("way %d, verb %d: %s", way, i, nf_error_text(err));
            }
        }
    }
    for (int i = 0; i < 5; i++) {
        assert_int_equal(verbs[i](99999), NF_NOT_FOUND);
        assert_string_equal(world.fault.field, "task_id");
    }
}

static void
who_decided_and_why_is_kept(void **state)
{
    (void) state;
    uint64_t id = task_make((struct wanted_task){.mac = 1});
    assert_int_equal(task_reject(id), NF_OK);
    assert_string_equal(task_get(id).approver, "test");
    assert_string_equal(task_get(id).reason, "no");
    assert_int_equal(task_get(id).approved_at, world.now);
    expect_node(1, NF_NODE_DISCOVERED, NF_BOOT_WAIT);
    id = task_make((struct wanted_task){.mac = 1});
    assert_string_equal(task_get(id).approver, "");
    assert_int_equal(task_cancel(id), NF_OK);
    assert_int_equal(task_retry(id), NF_OK);
    assert_int_equal(task_get(id).status, NF_TASK_PENDING);
    assert_string_equal(task_get(id).approver, "");
    assert_int_equal(task_approve(id), NF_OK);
    assert_string_equal(task_get(id).approver, "test");
    assert_int_equal(world_events(NF_EVENT_TASK_APPROVED), 1);
    assert_int_equal(world_events(NF_EVENT_TASK_RETRIED), 1);
    assert_int_equal(world_events(NF_EVENT_TASK_REJECTED), 1);
}

static void
a_cancelled_task_goes_back_as_far_as_it_came(void **state)
{
    (void) state;
    uint64_t id = task_make((struct wanted_task){.mac = 1});
    task_bring_to(id, 1, NF_STEP_NODE_BOOT);
    assert_int_equal(task_cancel(id), NF_OK);
    expect_node(1, NF_NODE_DISCOVERED, NF_BOOT_WAIT);
    assert_int_equal(task_retry(id), NF_OK);
    expect_node(1, NF_NODE_INSTALLING, NF_BOOT_INSTALL);
    machine_serves(1);
    assert_int_equal(task_cancel(id), NF_OK);
    expect_node(1, NF_NODE_INSTALLING, NF_BOOT_STUCK);
    /* scripts before the installation may have set up the disks */
    id = task_make((struct wanted_task){
        .mac = 2, .has_image = true, .has_hardware = true});
    task_bring_to(id, 2, NF_STEP_NODE_BOOT);
    assert_int_equal(CHANGE(nf_change_agent_ready(&c, mac_of(2))), NF_OK);
    assert_int_equal(task_step(id), NF_STEP_HARDWARE_CONFIG);
    assert_int_equal(task_cancel(id), NF_OK);
    expect_node(2, NF_NODE_INSTALLING, NF_BOOT_STUCK);
}

static void
asked_for_again_it_is_another_attempt(void **state)
{
    (void) state;
    uint64_t id = task_make((struct wanted_task){.mac = 1});
    task_bring_to(id, 1, NF_STEP_OS_INSTALL);
    uint16_t attempt = world_node(mac_of(1)).attempt;
    machine_operates(1, "os_install", false, "no disk");
    assert_int_equal(task_retry(id), NF_OK);
    assert_int_equal(task_get(id).attempt, attempt + 1);
    assert_int_equal(world_node(mac_of(1)).attempt, attempt + 1);
    /* a script of the attempt before */
    assert_int_equal(CHANGE(nf_change_script_served(&c, mac_of(1), attempt)),
                     NF_OK);
    assert_int_equal(task_step(id), NF_STEP_NODE_BOOT);
    task_bring_to(id, 1, NF_STEP_KINDS);
    assert_int_equal(task_get(id).status, NF_TASK_COMPLETED);
    assert_int_equal(task_get(id).tries, 1);
}

static void
an_older_task_is_not_asked_for_again(void **state)
{
    (void) state;
    uint64_t old = task_make((struct wanted_task){.mac = 1});
    assert_int_equal(task_cancel(old), NF_OK);
    uint64_t id = task_make((struct wanted_task){.mac = 1});
    assert_int_equal(task_retry(old), NF_CONFLICT);
    assert_int_equal(task_cancel(id), NF_OK);
    assert_int_equal(task_retry(old), NF_CONFLICT);
    assert_int_equal(CHANGE(nf_change_node_delete(&c, mac_of(1))), NF_OK);
    assert_int_equal(task_retry(id), NF_CONFLICT);
    assert_string_equal(world.fault.reason, "its node is gone");
    create(1);
    assert_int_equal(task_retry(id), NF_CONFLICT);
    assert_int_equal(task_delete(id), NF_OK);
    assert_false(task_is_there(id));
}

static void
a_node_with_a_task_that_is_not_over_stays(void **state)
{
    (void) state;
    uint64_t id = task_make((struct wanted_task){.mac = 1, .has_switch = true});
    assert_int_equal(CHANGE(nf_change_node_delete(&c, mac_of(1))), NF_CONFLICT);
    task_bring_to(id, 1, NF_STEP_OS_INSTALL);
    assert_int_equal(task_cancel(id), NF_OK);
    assert_int_equal(task_step(id), NF_STEP_SWITCH_PRODUCTION_VLAN);
    assert_int_equal(CHANGE(nf_change_node_delete(&c, mac_of(1))), NF_CONFLICT);
    assert_true(device_answers(id, true, ""));
    assert_int_equal(CHANGE(nf_change_node_delete(&c, mac_of(1))), NF_OK);
}

/* --- beside PUT install -----------------------------------------------------
 */

static void
an_install_by_the_node_passes_no_task_over(void **state)
{
    nf_mac_t mac = mac_of(1);

    (void) state;
    uint64_t id = task_make((struct wanted_task){.mac = 1});
    assert_int_equal(CHANGE(nf_change_node_action(&c, mac, "install", "")),
                     NF_INVALID);
    assert_string_equal(world.fault.reason,
                        "a task waits for approval: approve or cancel it");
    assert_int_equal(CHANGE(nf_change_node_action(&c, mac, "cancel", "")),
                     NF_OK);
    assert_int_equal(task_get(id).status, NF_TASK_CANCELLED);
    assert_int_equal(CHANGE(nf_change_node_action(&c, mac, "install", "")),
                     NF_OK);
    assert_int_equal(world_task(mac).status, NF_TASK_APPROVED);
}

/* The system is up, and its switch port not yet where it belongs. */
static void
an_installed_node_whose_task_still_works_is_not_installed_again(void **state)
{
    nf_mac_t mac = mac_of(1);

    (void) state;
    world_set("NF_ALLOW_REINSTALL", "1");
    uint64_t id = task_make((struct wanted_task){.mac = 1, .has_switch = true});
    task_bring_to(id, 1, NF_STEP_SWITCH_PRODUCTION_VLAN);
    expect_node(1, NF_NODE_INSTALLED, NF_BOOT_LOCAL);
    assert_int_equal(CHANGE(nf_change_node_action(&c, mac, "reinstall", "")),
                     NF_INVALID);
    assert_true(device_answers(id, true, ""));
    assert_int_equal(task_get(id).status, NF_TASK_COMPLETED);
    assert_int_equal(
        CHANGE(nf_change_node_action(&c, mac, "reinstall", "debian-12")),
        NF_OK);
}

/* --- several changes in one scope -------------------------------------------
 */

static void
changes_that_share_a_scope_are_as_those_that_do_not(void **state)
{
    (void) state;
    struct dump apart;
    uint64_t id = task_make((struct wanted_task){.mac = 1});
    assert_int_equal(task_approve(id), NF_OK);
    assert_int_equal(task_approve(id), NF_CONFLICT);
    machine_serves(1);
    assert_int_equal(machine_says(1, id, "partitioning", 50, "x"), NF_OK);
    machine_operates(1, "os_install", true, "");
    apart = dump_store(world.s.store);
    scratch_drop(&world.s);
    scratch_make(&world.s, 0);
    id = task_make((struct wanted_task){.mac = 1});
    {
        NF_WRITE(w, world.s.store);
        struct nf_change c = {.w = &w,
                              .settings = &world.settings,
                              .now = world.now,
                              .actor = "test"};
        struct nf_progress_report progress = {
            .task = id, .step = "partitioning", .percent = 50, .message = "x"};
        struct nf_operation_report report = {.operation = "os_install",
                                             .success = true};
        assert_int_equal(nf_change_task_approve(&c, id), NF_OK);
        assert_int_equal(nf_change_task_approve(&c, id), NF_CONFLICT);
        assert_int_equal(nf_change_script_served(&c, mac_of(1), 1), NF_OK);
        assert_int_equal(nf_change_progress(&c, mac_of(1), &progress), NF_OK);
        assert_int_equal(nf_change_operation(&c, mac_of(1), &report), NF_OK);
        assert_int_equal(nf_write_commit(&w), NF_OK);
    }
    struct dump together = dump_store(world.s.store);
    assert_true(dump_equal(apart, together));
    free(apart.data);
    free(together.data);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_make, world_drop)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_pending_task_changes_nothing_of_the_machine),
        TEST(a_machine_that_is_not_known_becomes_a_node_by_its_mac),
        TEST(a_machine_has_one_task_at_a_time),
        TEST(a_serial_number_is_waited_for_once),
        TEST(an_installed_node_needs_leave_to_be_installed_again),
        TEST(a_pending_task_that_ends_leaves_the_node_as_it_was),
        TEST(what_an_operator_may_do_follows_from_the_status),
        TEST(who_decided_and_why_is_kept),
        TEST(a_cancelled_task_goes_back_as_far_as_it_came),
        TEST(asked_for_again_it_is_another_attempt),
        TEST(an_older_task_is_not_asked_for_again),
        TEST(a_node_with_a_task_that_is_not_over_stays),
        TEST(an_install_by_the_node_passes_no_task_over),
        TEST(an_installed_node_whose_task_still_works_is_not_installed_again),
        TEST(changes_that_share_a_scope_are_as_those_that_do_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
