/* What a node is when nothing comes of a task, and by what it is installed
 * again. */
#include "task_world.h"

/* An installed node that is to be installed again; its task stands at kind. */
static uint64_t
installed_and_again(struct wanted_task wanted, enum nf_step_kind kind)
{
    world_set("NF_ALLOW_REINSTALL", "1");
    wanted.mac = 1;
    task_bring_to(task_make((struct wanted_task){.mac = 1}), 1, NF_STEP_KINDS);
    expect_node(1, NF_NODE_INSTALLED, NF_BOOT_LOCAL);
    uint64_t id = task_make(wanted);
    expect_node(1, NF_NODE_INSTALLED, NF_BOOT_LOCAL);
    task_bring_to(id, 1, kind);
    return id;
}

static void
a_reinstall_that_never_began_leaves_the_node_installed(void **state)
{
    (void) state;
    uint64_t id =
        installed_and_again((struct wanted_task){.mac = 1}, NF_STEP_NODE_BOOT);
    expect_node(1, NF_NODE_INSTALLING, NF_BOOT_INSTALL);
    assert_int_equal(task_cancel(id), NF_OK);
    expect_node(1, NF_NODE_INSTALLED, NF_BOOT_LOCAL);
    /* and it is no new one, that anybody may install */
    world_set("NF_ALLOW_REINSTALL", "0");
    assert_int_equal(
        CHANGE(nf_change_node_action(&c, mac_of(1), "install", "debian-12")),
        NF_INVALID);
    assert_int_equal(task_retry(id), NF_INVALID);
    world_set("NF_ALLOW_REINSTALL", "1");
    assert_int_equal(task_retry(id), NF_OK);
    expect_node(1, NF_NODE_INSTALLING, NF_BOOT_INSTALL);
    assert_int_equal(task_cancel(id), NF_OK);
    expect_node(1, NF_NODE_INSTALLED, NF_BOOT_LOCAL);
}

static void
a_reinstall_that_may_have_written_does_not(void **state)
{
    (void) state;
    uint64_t id =
        installed_and_again((struct wanted_task){.mac = 1}, NF_STEP_OS_INSTALL);
    assert_int_equal(task_cancel(id), NF_OK);
    expect_node(1, NF_NODE_INSTALLING, NF_BOOT_STUCK);
    /* what is tried again after that has a disk that may be written to */
    assert_int_equal(task_retry(id), NF_OK);
    assert_int_equal(task_cancel(id), NF_OK);
    expect_node(1, NF_NODE_INSTALLING, NF_BOOT_STUCK);
    /* as has the next task */
    id = task_make((struct wanted_task){.mac = 1});
    assert_int_equal(task_approve(id), NF_OK);
    assert_int_equal(task_cancel(id), NF_OK);
    expect_node(1, NF_NODE_INSTALLING, NF_BOOT_STUCK);
}

static void
nf_agent_that_only_waits_has_written_nothing(void **state)
{
    (void) state;
    uint64_t id =
        installed_and_again((struct wanted_task){.mac = 1, .has_image = true},
                            NF_STEP_NETWORK_CONFIG);
    assert_true(task_get(id).scripts > 0);
    assert_int_equal(task_cancel(id), NF_OK);
    expect_node(1, NF_NODE_INSTALLED, NF_BOOT_LOCAL);
}

static void
a_reinstall_that_nobody_came_to_leaves_the_node_installed(void **state)
{
    (void) state;
    uint64_t id =
        installed_and_again((struct wanted_task){.mac = 1}, NF_STEP_NODE_BOOT);
    nf_time_t next;
    world.now += NF_MINUTES(60);
    assert_int_equal(CHANGE(nf_change_clock(&c, 100, &next)), NF_OK);
    assert_int_equal(task_get(id).status, NF_TASK_FAILED);
    expect_node(1, NF_NODE_INSTALLED, NF_BOOT_LOCAL);
}

static void
a_new_node_is_discovered_again_or_waits(void **state)
{
    nf_time_t next;

    (void) state;
    uint64_t id = task_make((struct wanted_task){.mac = 1});
    assert_int_equal(task_approve(id), NF_OK);
    assert_int_equal(task_cancel(id), NF_OK);
    expect_node(1, NF_NODE_DISCOVERED, NF_BOOT_WAIT);
    assert_int_equal(task_retry(id), NF_OK);
    world.now += NF_MINUTES(60);
    assert_int_equal(CHANGE(nf_change_clock(&c, 100, &next)), NF_OK);
    assert_int_equal(task_get(id).status, NF_TASK_FAILED);
    expect_node(1, NF_NODE_INSTALLING, NF_BOOT_STUCK);
}

static void
a_task_that_was_not_approved_changes_no_status(void **state)
{
    (void) state;
    uint64_t id =
        installed_and_again((struct wanted_task){.mac = 1}, NF_STEP_APPROVAL);
    assert_int_equal(task_reject(id), NF_OK);
    expect_node(1, NF_NODE_INSTALLED, NF_BOOT_LOCAL);
    id = task_make((struct wanted_task){.mac = 1});
    assert_int_equal(task_cancel(id), NF_OK);
    expect_node(1, NF_NODE_INSTALLED, NF_BOOT_LOCAL);
}

/* --- by what it is installed again ------------------------------------------
 */

static const char *
reinstalled_by(unsigned n)
{
    static struct nf_task task;

    assert_int_equal(
        CHANGE(nf_change_node_action(&c, mac_of(n), "reinstall", "")), NF_OK);
    task = world_task(mac_of(n));
    return task.profile;
}

static void
installed_by(unsigned n, const char *profile)
{
    assert_int_equal(
        CHANGE(nf_change_node_action(&c, mac_of(n), "reinstall", profile)),
        NF_OK);
    task_bring_to(world_node(mac_of(n)).task, n, NF_STEP_KINDS);
    expect_node(n, NF_NODE_INSTALLED, NF_BOOT_LOCAL);
}

static void
what_is_installed_again_is_what_it_was(void **state)
{
    struct nf_node_edit edit = {.node = {.mac = mac_of(1)}, .has = NF_HAS_MAC};

    (void) state;
    world_set("NF_ALLOW_REINSTALL", "1");
    assert_int_equal(CHANGE(nf_change_node_create(&c, &edit)), NF_OK);
    installed_by(1, "debian-image");
    assert_string_equal(reinstalled_by(1), "debian-image");
    assert_int_equal(task_cancel(world_node(mac_of(1)).task), NF_OK);
    /* what was asked for and given up does not count */
    assert_int_equal(
        CHANGE(nf_change_node_action(&c, mac_of(1), "reinstall", "debian-13")),
        NF_OK);
    assert_int_equal(task_cancel(world_node(mac_of(1)).task), NF_OK);
    expect_node(1, NF_NODE_INSTALLED, NF_BOOT_LOCAL);
    assert_string_equal(reinstalled_by(1), "debian-image");
    assert_int_equal(task_cancel(world_node(mac_of(1)).task), NF_OK);
    installed_by(1, "debian-13");
    assert_string_equal(reinstalled_by(1), "debian-13");
    assert_int_equal(task_cancel(world_node(mac_of(1)).task), NF_OK);
    /* its tasks may be forgotten */
    struct nf_task task;
    uint64_t ids[16];
    size_t n = 0;
    {
        NF_READ(r, world.s.store);
        for (task.id = 0;
             nf_tasks_next_of(&r, mac_of(1), task.id, &task) && n < 16;) {
            ids[n++] = task.id;
        }
    }
    while (n-- > 0) {
        assert_int_equal(task_delete(ids[n]), NF_OK);
    }
    assert_string_equal(reinstalled_by(1), "debian-13");
}

static void
a_profile_that_is_gone_is_not_replaced_by_another(void **state)
{
    (void) state;
    world_set("NF_ALLOW_REINSTALL", "1");
    task_bring_to(task_make((struct wanted_task){.mac = 1}), 1, NF_STEP_KINDS);
    assert_int_equal(
        CHANGE(nf_change_node_action(&c, mac_of(1), "reinstall", "")),
        NF_INVALID);
    assert_string_equal(world.fault.reason, "there is no such profile: test");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_make, world_drop)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_reinstall_that_never_began_leaves_the_node_installed),
        TEST(a_reinstall_that_may_have_written_does_not),
        TEST(nf_agent_that_only_waits_has_written_nothing),
        TEST(a_reinstall_that_nobody_came_to_leaves_the_node_installed),
        TEST(a_new_node_is_discovered_again_or_waits),
        TEST(a_task_that_was_not_approved_changes_no_status),
        TEST(what_is_installed_again_is_what_it_was),
        TEST(a_profile_that_is_gone_is_not_replaced_by_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
