/* A store of schema 1 goes on where it was (tests/data/schema-1). */
#include "world.h"

#include "store/migrate.h"
#include "store/profiles.h"
#include "store/step.h"
#include "store/tasks.h"

#define THEN (NOW + NF_SECONDS(3700)) /* when the old store was left */

static void
unpack(const char *path)
{
    char command[256];

    snprintf(command, sizeof(command),
             "gzip -dc tests/data/schema-1/nodes.db.gz > %s", path);
    assert_int_equal(system(command), 0);
}

static int
make(void **state)
{
    struct nf_migration done;
    char backup[128];

    (void) world_make(state);
    nf_store_close(world.s.store);
    unpack(world.s.path);
    assert_int_equal(nf_store_open(&world.s.store, world.s.path), NF_SCHEMA);
    snprintf(backup, sizeof(backup), "%s.copy", world.s.path);
    assert_int_equal(nf_store_migrate(world.s.path, backup, &done), NF_OK);
    assert_int_equal(done.nodes, 8);
    assert_int_equal(done.tasks, 9);
    assert_int_equal(nf_store_open(&world.s.store, world.s.path), NF_OK);
    world.now = THEN;
    world_set("NF_ALLOW_REINSTALL", "1");
    return 0;
}

/* The log of before has tasks of another shape: it is not replayed. */
static int
drop(void **state)
{
    (void) state;
    scratch_drop(&world.s);
    return 0;
}

static void
operation(unsigned n, const char *name, bool success)
{
    struct nf_operation_report report = {.success = success};

    snprintf(report.operation, sizeof(report.operation), "%s", name);
    assert_int_equal(CHANGE(nf_change_operation(&c, mac_of(n), &report)),
                     NF_OK);
}

static void
serve(unsigned n)
{
    uint16_t attempt = world_node(mac_of(n)).attempt;

    assert_int_equal(CHANGE(nf_change_script_served(&c, mac_of(n), attempt)),
                     NF_OK);
}

static void
report_installed(unsigned n)
{
    struct nf_status_report report = {.status = "installed"};

    assert_int_equal(CHANGE(nf_change_status(&c, mac_of(n), &report)), NF_OK);
}

/* The kind of the step that runs, NF_STEP_KINDS: none. */
static enum nf_step_kind
running(unsigned n)
{
    struct nf_task task = world_task(mac_of(n));
    const struct nf_step *step = nf_task_running(&task);

    return step != NULL ? (enum nf_step_kind) step->kind : NF_STEP_KINDS;
}

static void
finish(unsigned n)
{
    assert_int_equal(running(n), NF_STEP_FIRST_BOOT);
    report_installed(n);
    assert_int_equal(world_task(mac_of(n)).status, NF_TASK_COMPLETED);
    assert_int_equal(world_task(mac_of(n)).percent, 100);
    assert_int_equal(world_node(mac_of(n)).status, NF_NODE_INSTALLED);
    assert_int_equal(world_node(mac_of(n)).boot, NF_BOOT_LOCAL);
}

static void
a_task_that_waited_for_its_node_is_completed(void **state)
{
    (void) state;
    assert_int_equal(running(2), NF_STEP_NODE_BOOT);
    assert_int_equal(world_node(mac_of(2)).boot, NF_BOOT_INSTALL);
    serve(2);
    assert_int_equal(running(2), NF_STEP_OS_INSTALL);
    operation(2, "os_install", true);
    assert_int_equal(world_node(mac_of(2)).boot, NF_BOOT_LOCAL);
    finish(2);
}

static void
one_that_installed_is_completed(void **state)
{
    (void) state;
    assert_int_equal(running(3), NF_STEP_OS_INSTALL);
    assert_int_equal(world_task(mac_of(3)).scripts, 2);
    operation(3, "os_install", true);
    finish(3);
}

static void
one_that_waited_for_its_system_is_completed(void **state)
{
    (void) state;
    finish(4);
}

static void
one_of_an_image_that_waited_goes_by_todays_plan(void **state)
{
    (void) state;
    assert_int_equal(running(8), NF_STEP_NODE_BOOT);
    serve(8);
    assert_int_equal(running(8), NF_STEP_HARDWARE_CONFIG);
    operation(8, "hardware_config", true);
    assert_int_equal(running(8), NF_STEP_NETWORK_CONFIG);
    operation(8, "network_config", true);
    assert_int_equal(running(8), NF_STEP_OS_INSTALL);
    operation(8, "os_install", true);
    finish(8);
}

/* They were a table of their own. */
static void
heartbeats_are_their_nodes(void **state)
{
    nf_mac_t mac = mac_of(5);
    struct nf_bytes time;

    (void) state;
    assert_int_equal(world_node(mac).heard, 1769079622000);
    assert_int_equal(world_node(mac_of(2)).heard, 0);
    NF_WRITE(w, world.s.store);
    assert_false(
        nf_old_table_get(&w, "heartbeats", (struct nf_bytes){mac.b, 6}, &time));
}

static void
deadlines_are_what_they_were(void **state)
{
    nf_time_t next = 0;

    (void) state;
    world.now = THEN + NF_SECONDS(24 * 3600);
    assert_int_equal(CHANGE(nf_change_clock(&c, 100, &next)), NF_OK);
    for (unsigned n = 2; n <= 4; n++) {
        assert_int_equal(world_task(mac_of(n)).status, NF_TASK_FAILED);
    }
    NF_READ(r, world.s.store);
    assert_int_equal(nf_read_count(&r, NF_DEADLINES), 0);
}

static void
what_is_over_can_be_asked_for_again(void **state)
{
    struct nf_profile profile;
    uint64_t id = world_task(mac_of(6)).id;

    (void) state;
    assert_int_equal(CHANGE(nf_change_task_retry(&c, id, NULL)), NF_OK);
    assert_int_equal(running(6), NF_STEP_NODE_BOOT);
    serve(6);
    operation(6, "os_install", true);
    finish(6);
    NF_READ(r, world.s.store);
    assert_true(nf_task_profiles_get(&r, id, &profile));
    assert_string_equal(profile.name, "debian-12");
}

static void
everything_is_counted(void **state)
{
    static const uint64_t wanted[7] = {[NF_TASK_APPROVED] = 2,
                                       [NF_TASK_INSTALLING] = 2,
                                       [NF_TASK_COMPLETED] = 1,
                                       [NF_TASK_CANCELLED] = 2,
                                       [NF_TASK_FAILED] = 2};
    struct nf_task task;
    NF_READ(r, world.s.store);

    (void) state;
    struct nf_task_counts counts = nf_tasks_count(&r);
    assert_memory_equal(counts.by_status, wanted, sizeof(wanted));
    assert_int_equal(nf_read_count(&r, NF_TASKS_BY_NODE), 9);
    assert_int_equal(nf_read_count(&r, NF_DEADLINES), 4);
    assert_true(nf_tasks_next_of(&r, mac_of(8), 0, &task));
    assert_int_equal(task.status, NF_TASK_FAILED);
    assert_true(nf_tasks_next_of(&r, mac_of(8), task.id, &task));
    assert_int_equal(task.status, NF_TASK_APPROVED);
    assert_string_equal(task.sn, "SN-8");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, drop)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_task_that_waited_for_its_node_is_completed),
        TEST(one_that_installed_is_completed),
        TEST(one_that_waited_for_its_system_is_completed),
        TEST(one_of_an_image_that_waited_goes_by_todays_plan),
        TEST(heartbeats_are_their_nodes),
        TEST(deadlines_are_what_they_were),
        TEST(what_is_over_can_be_asked_for_again),
        TEST(everything_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
