/* The timeline of nodes and tasks: what the store knows, in words. */
#include "site.h"
#include "task_world.h"

#define NODE "/api/v1/nodes/525400000001"

static void
lease(unsigned n, nf_time_t at)
{
    struct nf_lease_report report = {
        .action = NF_LEASE_ADD,
        .lease = {.mac = mac_of(n),
                  .ip = ip_of(n),
                  .changed_at = at,
                  .expires = at + NF_SECONDS(3600)}};

    assert_int_equal(CHANGE(nf_change_lease(&c, &report)), NF_OK);
}

/* Ask for the timeline of a task: its state must be this. */
static void
expect_task(uint64_t id, const char *state, const char *words)
{
    char path[64], name[NF_TASK_TEXT + 8], wanted[64];

    nf_task_format(id, name);
    snprintf(path, sizeof(path), "/api/v1/tasks/%s/timeline", name);
    ask(NF_GET, path, NULL);
    snprintf(wanted, sizeof(wanted), "\"waits\":{\"state\":\"%s\"", state);
    EXPECT(200, wanted);
    EXPECT(200, words);
}

static void
expect_node_says(const char *state, const char *words)
{
    char wanted[64];

    ask(NF_GET, NODE "/timeline", NULL);
    snprintf(wanted, sizeof(wanted), "\"waits\":{\"state\":\"%s\"", state);
    EXPECT(200, wanted);
    EXPECT(200, words);
}

static void
a_machine_on_its_way(void **state)
{
    (void) state;
    create(1);
    expect_node_says("never_seen", "has never asked for an address");
    lease(1, world.now);
    expect_node_says("no_task", "waiting for an operator to install it");
    uint64_t id = task_make((struct wanted_task){.mac = 1});
    expect_node_says("approval_missing", "nf approve task-");
    world.now += NF_SECONDS(60);
    assert_int_equal(task_approve(id), NF_OK);
    expect_node_says("not_restarted", "an address 1m0s ago, before this step");
    world.now += NF_SECONDS(5);
    lease(1, world.now);
    expect_node_says("wrong_boot_order", "does not boot from the network");
    machine_serves(1);
    expect_node_says("installer_silent", "served 1 of at most 5 times");
    assert_int_equal(
        CHANGE(nf_change_fetch_failed(&c, mac_of(1), 1, "4c116039")), NF_OK);
    expect_node_says("fetch_failed", "iPXE error 4c116039");
    machine_operates(1, "os_install", true, "");
    expect_node_says("first_boot_silent", "\"then\":\"completed\"");
    machine_is_up(1);
    expect_node_says("installed", "Its agent reports.");
    wait_ms(NF_SECONDS(600));
    expect_node_says("agent_offline", "Its agent has been silent since");
}

static void
an_agents_words_are_the_sentences(void **state)
{
    (void) state;
    uint64_t id = task_make((struct wanted_task){.mac = 1, .has_image = true});
    task_bring_to(id, 1, NF_STEP_OS_INSTALL);
    world.now += NF_SECONDS(90);
    assert_int_equal(machine_says(1, id, "downloading", 60, "12 % of it"),
                     NF_OK);
    assert_int_equal(CHANGE(nf_change_agent_ready(&c, mac_of(1))), NF_OK);
    world.now += NF_SECONDS(3);
    expect_node_says("installing", "It said 3s ago: 12 % of it.");
    world.now += NF_SECONDS(300);
    expect_node_says("agent_silent", "was last heard from 5m3s ago");
    machine_operates(1, "os_install", false, "the disk is too small");
    expect_node_says("failed", "The task is failed: the disk is too small.");
    EXPECT(200, "\"duration_ms\":");
}

static void
a_task_without_a_machine_names_those_that_nearly_fit(void **state)
{
    (void) state;
    uint64_t id = task_make((struct wanted_task){.sn = "AB-123"});
    expect_task(id, "approval_missing", "\"events\":[]");
    assert_int_equal(task_approve(id), NF_OK);
    expect_task(id, "never_seen", "No machine with serial number");
    assert_false(machine_reports(5, "ZZ9"));
    expect_task(id, "never_seen", "No machine with serial number");
    assert_false(machine_reports(6, "ab123"));
    expect_task(id, "serial_mismatch",
                "52:54:00:00:00:06 reported serial number ab123");
    assert_true(machine_reports(7, "AB-123"));
    expect_task(id, "agent_waiting", "\"node\":{");
    ask(NF_GET, "/api/v1/tasks/task-00ffffff/timeline", NULL);
    EXPECT(404, "ask not found");
    ask(NF_GET, "/api/v1/tasks/task-00000001/timeline?limit=x", NULL);
    EXPECT(400, "\"field\":\"limit\"");
}

static void
a_task_whose_machine_is_installed_says_so(void **state)
{
    (void) state;
    uint64_t id = task_make((struct wanted_task){.mac = 1});
    task_bring_to(id, 1, NF_STEP_KINDS);
    uint64_t next = task_make((struct wanted_task){.sn = "S1"});
    assert_int_equal(task_approve(next), NF_OK);
    assert_false(machine_reports(1, "S1"));
    expect_task(next, "machine_is_installed", "NF_ALLOW_REINSTALL is off");
    expect_task(id, "installed", "Installed; boots its own disk.");
}

static void
an_older_task_speaks_for_itself(void **state)
{
    (void) state;
    uint64_t old = task_make((struct wanted_task){.mac = 1});
    assert_int_equal(task_cancel(old), NF_OK);
    (void) task_make((struct wanted_task){.mac = 1});
    expect_task(old, "cancelled", "The task is cancelled: changed my mind.");
    expect_node_says("approval_missing", "Waiting for an operator");
}

static void
a_clash_is_told_where_it_holds_up(void **state)
{
    (void) state;
    uint64_t id = task_make((struct wanted_task){.mac = 1, .sn = "S1"});
    assert_false(machine_reports(1, "S2"));
    expect_node_says("approval_missing", "reported serial number S2");
    assert_int_equal(task_approve(id), NF_OK);
    expect_node_says("serial_mismatch", "but S1 is expected");
    create(2);
    assert_false(machine_reports(2, "S1"));
    ask(NF_GET, "/api/v1/nodes/525400000002/timeline", NULL);
    EXPECT(200, "\"state\":\"report_unmatched\"");
    EXPECT(200, "but task-00000002 expects that machine as 52:54:00:00:00:01");
}

static void
an_address_that_dhcp_cannot_keep_any_more_is_told(void **state)
{
    (void) state;
    ask(NF_POST, "/api/v1/admin/dhcp/binding",
        "{\"mac\":\"525400000001\",\"ip\":\"10.66.0.9\"}");
    assert_int_equal(answer.call.status, 201);
    ask(NF_GET, "/api/v1/nodes/525400000001/timeline", NULL);
    assert_false(says("DHCP keeps no address"));
    world_set("NF_DHCP_GATEWAY", "10.66.0.9");
    ask(NF_GET, "/api/v1/nodes/525400000001/timeline", NULL);
    EXPECT(200, "DHCP keeps no address for it: its own, 10.66.0.9, is the "
                "gateway of its subnet.");
    ask(NF_GET, "/api/v1/admin/dhcp/bindings", NULL);
    EXPECT(200, "\"ip\":\"10.66.0.9\"");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, site_make, site_drop)

/* The node itself goes on installing: older clients know no other word. */
static void
a_node_whose_task_failed_is_listed_as_failed(void **state)
{
    (void) state;
    uint64_t id = task_make((struct wanted_task){.mac = 1, .has_image = true});
    (void) task_make((struct wanted_task){.mac = 2});
    task_bring_to(id, 1, NF_STEP_OS_INSTALL);
    machine_operates(1, "os_install", false, "no disk");
    ask(NF_GET, "/api/v1/nodes/525400000001", NULL);
    EXPECT(200, "\"status\":\"installing\"");
    EXPECT(200, "\"state\":\"failed\"");
    ask(NF_GET, "/api/v1/nodes?status=failed", NULL);
    EXPECT(200, "525400000001");
    assert_false(says("525400000002"));
    ask(NF_GET, "/api/v1/nodes?status=installing", NULL);
    EXPECT(200, "525400000001");
    assert_int_equal(task_retry(id), NF_OK);
    ask(NF_GET, "/api/v1/nodes?status=failed", NULL);
    assert_string_equal(answer.text, "[]");
    ask(NF_GET, "/api/v1/nodes?status=lost", NULL);
    EXPECT(400, "must be discovered, installing, installed or failed");
}

static void
what_was_known_at_a_failure_is_kept_until_it_is_started_over(void **state)
{
    (void) state;
    uint64_t id = task_make((struct wanted_task){.mac = 1});
    task_bring_to(id, 1, NF_STEP_NODE_BOOT);
    wait_ms(NF_MINUTES(31));
    ask(NF_GET, "/api/v1/tasks/525400000001", NULL);
    EXPECT(
        200,
        "\"diagnosis\":{\"state\":\"never_seen\",\"at\":\"2026-01-22T10:31:");
    EXPECT(200, "\"says\":\"It has never asked for an address");
    assert_int_equal(task_retry(id), NF_OK);
    ask(NF_GET, "/api/v1/tasks/525400000001", NULL);
    EXPECT(200, "\"status\":\"approved\"");
    assert_false(says("diagnosis"));
    wait_ms(NF_MINUTES(31));
    ask(NF_POST, "/api/v1/tasks/525400000001/cancel", NULL);
    assert_int_equal(ask(NF_DELETE, "/api/v1/nodes/525400000001", NULL), 204);
    assert_int_equal(task_delete(id), NF_OK);
    NF_READ(r, world.s.store);
    assert_int_equal(nf_read_count(&r, NF_DIAGNOSES), 0);
    assert_int_equal(nf_read_count(&r, NF_VOICES), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_machine_on_its_way),
        TEST(an_agents_words_are_the_sentences),
        TEST(a_node_whose_task_failed_is_listed_as_failed),
        TEST(what_was_known_at_a_failure_is_kept_until_it_is_started_over),
        TEST(a_task_without_a_machine_names_those_that_nearly_fit),
        TEST(a_task_whose_machine_is_installed_says_so),
        TEST(an_older_task_speaks_for_itself),
        TEST(a_clash_is_told_where_it_holds_up),
        TEST(an_address_that_dhcp_cannot_keep_any_more_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
