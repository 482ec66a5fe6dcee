/* What time does to nodes, and anything in any order. */
#include "node_world.h"

/* --- the clock --------------------------------------------------------------
 */

static void
a_deadline_fails_the_task_at_its_time_and_not_before(void **state)
{
    (void) state;
    create(1);
    assert_int_equal(action(1, "install"), NF_OK);
    assert_true(tick(NOW + NF_SECONDS(1795)) <= NOW + NF_SECONDS(1800));
    expect(1, NF_NODE_INSTALLING, NF_BOOT_INSTALL);
    (void) tick(NOW + NF_SECONDS(1800));
    expect(1, NF_NODE_INSTALLING, NF_BOOT_STUCK);
    assert_string_equal(world_task(mac_of(1)).reason,
                        "the node did not ask for its install script within "
                        "30m0s");
    uint64_t last = world_last();
    (void) tick(NOW + NF_SECONDS(9000));
    assert_int_equal(world_last(), last);
}

static void
a_deadline_of_an_old_task_does_not_touch_the_new_one(void **state)
{
    struct nf_task task;

    (void) state;
    create(1);
    assert_int_equal(action(1, "install"), NF_OK);
    struct nf_task old = world_task(mac_of(1));
    assert_int_equal(action(1, "cancel"), NF_OK);
    world.now += NF_SECONDS(1000);
    assert_int_equal(action(1, "install"), NF_OK);
    {
        /* as a store of a careless version might have it */
        NF_WRITE(w, world.s.store);
        assert_true(nf_tasks_get(&w.read, old.id, &task));
        task.deadline = old.deadline;
        assert_true(nf_tasks_put(&w, &task, NULL));
        assert_int_equal(nf_write_commit(&w), NF_OK);
    }
    (void) tick(NOW + NF_SECONDS(1800));
    assert_true(nf_task_is_live(
        &(struct nf_task){.status = world_task(mac_of(1)).status}));
}

static void
many_deadlines_pass_a_few_at_a_time(void **state)
{
    nf_time_t next;
    unsigned rounds = 0;

    (void) state;
    for (unsigned i = 1; i <= 10; i++) {
        create(i);
        assert_int_equal(action(i, "install"), NF_OK);
    }
    world.now = NOW + NF_SECONDS(3600);
    while (world_events(NF_EVENT_TASK_FAILED) < 10) {
        assert_int_equal(CHANGE(nf_change_clock(&c, 12, &next)), NF_OK);
        if (world_events(NF_EVENT_TASK_FAILED) < 10) {
            assert_true(next <= world.now); /* come again at once */
        }
        assert_true(++rounds < 10);
    }
    assert_int_equal(rounds, 4);
}

static void
a_silent_agent_is_offline_after_three_missed_heartbeats(void **state)
{
    (void) state;
    for (unsigned i = 1; i <= 3; i++) {
        create(i);
        assert_int_equal(status(i, "running"), NF_OK);
    }
    (void) tick(NOW + NF_SECONDS(180));
    assert_int_equal(world_node(mac_of(1)).online, 1);
    assert_int_equal(status(2, "running"), NF_OK);
    (void) tick(NOW + NF_SECONDS(181));
    assert_int_equal(world_node(mac_of(1)).online, 0);
    assert_int_equal(world_node(mac_of(2)).online, 1);
    assert_int_equal(world_node(mac_of(3)).online, 0);
    assert_int_equal(world_events(NF_EVENT_NODE_OFFLINE), 2);
    (void) tick(NOW + NF_SECONDS(200));
    assert_int_equal(world_events(NF_EVENT_NODE_OFFLINE), 2);
    assert_int_equal(status(1, "running"), NF_OK);
    assert_int_equal(world_events(NF_EVENT_NODE_ONLINE), 4);
}

static void
every_silent_agent_is_found_however_few_at_a_time(void **state)
{
    nf_time_t next;

    (void) state;
    for (unsigned i = 1; i <= 20; i++) {
        create(i);
        assert_int_equal(status(i, "running"), NF_OK);
    }
    world.now = NOW + NF_SECONDS(1000);
    for (unsigned i = 0; i < 20; i++) {
        assert_int_equal(CHANGE(nf_change_clock(&c, 1, &next)), NF_OK);
    }
    assert_int_equal(world_events(NF_EVENT_NODE_OFFLINE), 20);
}

/* --- anything, in any order -------------------------------------------------
 */

static void
do_something(unsigned n)
{
    static const char *const actions[] = {"install", "reinstall", "cancel"};
    struct nf_node_edit edit = edit_of(n);
    nf_time_t next;

    switch (rand() % 12) {
    case 0:
        (void) CHANGE(nf_change_node_create(&c, &edit));
        break;
    case 1:
        (void) CHANGE(nf_change_node_delete(&c, mac_of(n)));
        break;
    case 2:
    case 3:
    case 4:
        (void) action(n, actions[rand() % 3]);
        break;
    case 5:
        serve(n);
        break;
    case 6:
        (void) operation(n, "os_install", rand() % 3 != 0, "said so");
        break;
    case 7:
    case 8:
        (void) status(n, rand() % 2 ? "installed" : "running");
        break;
    case 9:
        (void) CHANGE(nf_change_boot_seen(&c, mac_of(n), ip_of(n)));
        break;
    case 10:
        world.now += rand() % NF_SECONDS(600);
        (void) CHANGE(nf_change_clock(&c, 2, &next));
        break;
    default:
        edit.has = NF_HAS_SERIAL;
        snprintf(edit.node.serial, sizeof(edit.node.serial), "S%d", rand() % 3);
        (void) CHANGE(nf_change_node_edit(&c, mac_of(n), &edit));
    }
}

static void
whatever_happens_the_state_is_the_replay_of_the_log(void **state)
{
    (void) state;
    world_set("NF_ALLOW_REINSTALL", "1");
    srand(11);
    for (unsigned i = 0; i < 2500; i++) {
        do_something(1 + (unsigned) rand() % 5);
        if (i % 50 == 0) {
            const char *why = replay_log(world.s.store);
            if (why != NULL) {
                fail_msg("after %u changes: %s", i, why);
            }
        }
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_make, world_drop)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_deadline_fails_the_task_at_its_time_and_not_before),
        cmocka_unit_test_setup_teardown(
            a_deadline_of_an_old_task_does_not_touch_the_new_one, world_make,
            world_drop),
        TEST(many_deadlines_pass_a_few_at_a_time),
        TEST(a_silent_agent_is_offline_after_three_missed_heartbeats),
        TEST(every_silent_agent_is_found_however_few_at_a_time),
        TEST(whatever_happens_the_state_is_the_replay_of_the_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
