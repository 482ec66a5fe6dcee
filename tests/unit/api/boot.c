/* Boot scripts, and nodes that wait for them. */
#include "node_site.h"

/* --- boot scripts -----------------------------------------------------------
 */

static void
each_state_has_its_script(void **state)
{
    (void) state;
    create(1);
    boot();
    EXPECT(200, "#!ipxe\n");
    assert_false(answer.call.has_after_work);
    assert_string_equal(answer.call.type, "text/plain");
    act("install");
    boot();
    EXPECT(200, "debian-installer");
    assert_true(says(token()));
    assert_true(answer.call.has_after_work);
    ask_after();
    assert_int_equal(world_task(mac_of(1)).scripts, 1);
    world.now += 1000;
    boot();
    ask_after();
    assert_int_equal(world_task(mac_of(1)).scripts, 2);
    assert_int_equal(report(token(), true, (struct ask){0}), 200);
    boot();
    EXPECT(200, "sanboot");
    assert_false(says("token"));
    ask_after();
    assert_int_equal(world_task(mac_of(1)).scripts, 2);
}

static void
a_cancelled_node_says_that_it_is_stuck_and_why(void **state)
{
    (void) state;
    create(1);
    act("install");
    boot();
    ask_after();
    act("cancel");
    boot();
    EXPECT(200, "cancelled by an operator");
    ask_after();
    world.now += 59999;
    boot(); /* it asks again and again, and is noted once a minute */
    assert_false(answer.call.has_after_work);
    world.now += 1;
    boot();
    assert_true(answer.call.has_after_work);
}

static void
an_unknown_node_waits_and_is_registered_behind_the_answer(void **state)
{
    (void) state;
    ask(NF_GET, SCRIPT, NULL); /* an operator */
    EXPECT(200, "#!ipxe\n");
    assert_false(answer.call.has_after_work);
    struct ask from = {.peer = ip_of(9), .listener = NF_LISTENER_BOOT};
    ask_with(NF_GET, SCRIPT, NULL, from);
    ask_after();
    assert_true(world_has_node(mac_of(1)));
    assert_true(nf_ip4_equal(world_node(mac_of(1)).agent_ip, ip_of(9)));
    ask(NF_GET, "/boot/nonsense/boot.ipxe", NULL);
    EXPECT(400, "invalid MAC address format");
}

static void
only_so_many_unknown_nodes_are_registered_in_a_second(void **state)
{
    char path[64];
    struct ask node = {.listener = NF_LISTENER_BOOT};
    unsigned n = 0;

    (void) state;
    world.now += 3600000;
    for (unsigned i = 1; i <= 200; i++) {
        snprintf(path, sizeof(path), "/boot/5254%08x/boot.ipxe", i);
        ask_with(NF_GET, path, NULL, node);
        n += answer.call.has_after_work;
    }
    assert_int_equal(n, 50);
    world.now += 1000;
    boot();
    assert_true(answer.call.has_after_work);
}

static void
head_of_a_script_changes_nothing(void **state)
{
    struct ask node = {.listener = NF_LISTENER_BOOT};

    (void) state;
    world.now += 7200000;
    assert_int_equal(ask_with(NF_HEAD, SCRIPT, NULL, node), 200);
    assert_false(answer.call.has_after_work);
    create(1);
    act("install");
    assert_int_equal(ask_with(NF_HEAD, SCRIPT, NULL, node), 200);
    assert_false(answer.call.has_after_work);
}

static void
a_waiting_node_is_held_until_something_happens(void **state)
{
    struct ask with = {.may_wait = true}, without = {0};

    (void) state;
    create(1);
    ask_with(NF_GET, SCRIPT "?wait=1", NULL, with);
    assert_int_equal(answer.call.status, 0);
    assert_true(nf_mac_equal(answer.call.wait_mac, mac_of(1)));
    assert_int_equal(answer.call.wait_until, NOW + NF_SECONDS(30));
    ask_with(NF_GET, SCRIPT "?wait=1", NULL, without);
    EXPECT(200, "#!ipxe");
    ask_with(NF_GET, SCRIPT, NULL, with);
    EXPECT(200, "#!ipxe");
    act("install");
    ask_with(NF_GET, SCRIPT "?wait=1", NULL, with);
    EXPECT(200, "debian-installer");
}

static void
changes_name_the_nodes_to_wake(void **state)
{
    nf_mac_t macs[2];
    uint64_t seq = 0;

    (void) state;
    create(1);
    create(2);
    create(3);
    assert_int_equal(nf_api_changes(&site, &seq, macs, 2), 2);
    assert_true(nf_mac_equal(macs[1], mac_of(2)));
    assert_int_equal(nf_api_changes(&site, &seq, macs, 2), 1);
    assert_int_equal(nf_api_changes(&site, &seq, macs, 2), 0);
    assert_int_equal(seq, 3);
}

/* --- answers, for the attempt and its node alone ----------------------------
 */

static void
an_operator_who_looks_changes_nothing(void **state)
{
    (void) state;
    world.now += 10800000;
    assert_int_equal(ask(NF_GET, SCRIPT, NULL), 200);
    assert_false(answer.call.has_after_work);
    create(1);
    act("install");
    assert_int_equal(ask(NF_GET, SCRIPT "?failed=1", NULL), 200);
    EXPECT(200, "debian-installer");
    assert_false(answer.call.has_after_work);
    boot();
    assert_true(answer.call.has_after_work);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, site_make, site_drop)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_state_has_its_script),
        TEST(a_cancelled_node_says_that_it_is_stuck_and_why),
        TEST(an_unknown_node_waits_and_is_registered_behind_the_answer),
        TEST(only_so_many_unknown_nodes_are_registered_in_a_second),
        TEST(an_operator_who_looks_changes_nothing),
        TEST(head_of_a_script_changes_nothing),
        TEST(a_waiting_node_is_held_until_something_happens),
        TEST(changes_name_the_nodes_to_wake),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
