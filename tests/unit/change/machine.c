/* What nodes say and ask for. */
#include "node_world.h"

static void
a_script_of_another_attempt_does_not_count(void **state)
{
    (void) state;
    create(1);
    assert_int_equal(action(1, "install"), NF_OK);
    uint64_t last = world_last();
    assert_int_equal(CHANGE(nf_change_script_served(&c, mac_of(1), 2)), NF_OK);
    assert_int_equal(CHANGE(nf_change_script_served(&c, mac_of(9), 1)), NF_OK);
    assert_int_equal(world_last(), last);
    assert_int_equal(action(1, "cancel"), NF_OK);
    last = world_last();
    serve(1);
    assert_int_equal(world_last(), last);
}

static void
a_script_of_the_task_before_does_not_count(void **state)
{
    (void) state;
    create(1);
    assert_int_equal(action(1, "install"), NF_OK);
    uint16_t late = world_node(mac_of(1)).attempt;
    assert_int_equal(action(1, "cancel"), NF_OK);
    assert_int_equal(action(1, "install"), NF_OK);
    uint64_t last = world_last();
    assert_int_equal(CHANGE(nf_change_script_served(&c, mac_of(1), late)),
                     NF_OK);
    assert_int_equal(world_last(), last);
    assert_int_equal(action(1, "cancel"), NF_OK);
    expect(1, NF_NODE_DISCOVERED, NF_BOOT_WAIT);
}

static void
an_installer_that_fails_says_why_and_a_reinstall_starts_over(void **state)
{
    (void) state;
    create(1);
    assert_int_equal(action(1, "install"), NF_OK);
    serve(1);
    assert_int_equal(operation(1, "os_install", false, "no disk"), NF_OK);
    expect(1, NF_NODE_INSTALLING, NF_BOOT_STUCK);
    assert_string_equal(world_task(mac_of(1)).reason, "no disk");
    uint64_t last = world_last();
    assert_int_equal(operation(1, "os_install", false, "again"), NF_OK);
    assert_int_equal(operation(1, "os_install", true, ""), NF_OK);
    assert_int_equal(world_last(), last);
    assert_int_equal(operation(1, "format_c", true, ""), NF_INVALID);
    assert_string_equal(world.fault.field, "operation");
    assert_int_equal(action(1, "reinstall"), NF_OK);
    expect(1, NF_NODE_INSTALLING, NF_BOOT_INSTALL);
}

static void
a_report_without_a_noted_script_counts(void **state)
{
    (void) state;
    create(1);
    assert_int_equal(action(1, "install"), NF_OK);
    assert_int_equal(operation(1, "os_install", true, ""), NF_OK);
    expect(1, NF_NODE_INSTALLING, NF_BOOT_LOCAL);
    struct nf_task task = world_task(mac_of(1));
    assert_false(nf_task_is_disk_untouched(&task));
}

static void
installed_before_the_installer_reported_is_refused_once(void **state)
{
    (void) state;
    create(1);
    assert_int_equal(status(1, "installed"), NF_OK);
    assert_int_equal(status(1, "installed"), NF_OK);
    expect(1, NF_NODE_DISCOVERED, NF_BOOT_WAIT);
    assert_int_equal(world_events(NF_EVENT_STATUS_REFUSED), 1);
    assert_int_equal(world_node(mac_of(1)).online, 1);
}

static void
a_system_that_comes_up_late_is_installed_after_all(void **state)
{
    (void) state;
    make_installed_on_disk(1);
    (void) tick(NOW + NF_SECONDS(1800));
    assert_int_equal(world_task(mac_of(1)).status, NF_TASK_FAILED);
    expect(1, NF_NODE_INSTALLING, NF_BOOT_LOCAL);
    assert_int_equal(status(1, "installed"), NF_OK);
    expect(1, NF_NODE_INSTALLED, NF_BOOT_LOCAL);
    assert_int_equal(world_events(NF_EVENT_TASK_COMPLETED), 0);
}

static void
heartbeats_are_noted_and_are_no_events(void **state)
{
    (void) state;
    create(1);
    assert_int_equal(status(1, "discovered"), NF_OK);
    assert_int_equal(world_events(NF_EVENT_NODE_ONLINE), 1);
    uint64_t last = world_last();
    for (int i = 0; i < 10; i++) {
        world.now += 1000;
        assert_int_equal(status(1, "running"), NF_OK);
    }
    assert_int_equal(world_last(), last);
    assert_int_equal(world_node(mac_of(1)).heard, NOW + 10000);
}

static void
an_agent_says_its_address_and_name_and_nothing_goes_by_it(void **state)
{
    struct nf_status_report report = {.ip = {{10, 0, 0, 9}}, .hostname = "web"};
    struct nf_node_edit edit = {.has = NF_HAS_IP | NF_HAS_NETMASK};

    (void) state;
    create(1);
    assert_int_equal(CHANGE(nf_change_status(&c, mac_of(1), &report)), NF_OK);
    assert_string_equal(world_node(mac_of(1)).hostname, "web");
    assert_int_equal(world_node(mac_of(1)).agent_ip.b[3], 9);
    assert_false(nf_ip4_is_set(world_node(mac_of(1)).ip));
    edit.node.ip = (nf_ip4_t){{10, 0, 0, 50}};
    edit.node.netmask = (nf_ip4_t){{255, 255, 255, 0}};
    assert_int_equal(CHANGE(nf_change_node_edit(&c, mac_of(1), &edit)), NF_OK);
    assert_int_equal(CHANGE(nf_change_status(&c, mac_of(1), &report)), NF_OK);
    assert_int_equal(world_node(mac_of(1)).ip.b[3], 50);
}

static void
a_status_by_another_card_is_of_the_same_node(void **state)
{
    struct nf_node_edit edit = edit_of(1);

    (void) state;
    edit.node.macs_n = 1;
    edit.node.macs[0] = mac_of(11);
    edit.has |= NF_HAS_MACS;
    assert_int_equal(CHANGE(nf_change_node_create(&c, &edit)), NF_OK);
    assert_int_equal(status(11, "running"), NF_OK);
    assert_int_equal(world_node(mac_of(1)).online, 1);
    assert_false(world_has_node(mac_of(11)));
}

static void
an_unknown_card_that_boots_becomes_a_node_if_it_may(void **state)
{
    (void) state;
    world_set("NF_BOOT_REGISTER", "off");
    assert_int_equal(CHANGE(nf_change_boot_seen(&c, mac_of(1), ip_of(1))),
                     NF_OK);
    assert_false(world_has_node(mac_of(1)));
    world_set("NF_BOOT_REGISTER", "on");
    assert_int_equal(CHANGE(nf_change_boot_seen(&c, mac_of(1), ip_of(1))),
                     NF_OK);
    expect(1, NF_NODE_DISCOVERED, NF_BOOT_WAIT);
    uint64_t last = world_last();
    assert_int_equal(CHANGE(nf_change_boot_seen(&c, mac_of(1), ip_of(1))),
                     NF_OK);
    assert_int_equal(world_last(), last);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_make, world_drop)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_script_of_another_attempt_does_not_count),
        TEST(a_script_of_the_task_before_does_not_count),
        TEST(an_installer_that_fails_says_why_and_a_reinstall_starts_over),
        TEST(a_report_without_a_noted_script_counts),
        TEST(installed_before_the_installer_reported_is_refused_once),
        TEST(a_system_that_comes_up_late_is_installed_after_all),
        TEST(heartbeats_are_noted_and_are_no_events),
        TEST(an_agent_says_its_address_and_name_and_nothing_goes_by_it),
        TEST(a_status_by_another_card_is_of_the_same_node),
        TEST(an_unknown_card_that_boots_becomes_a_node_if_it_may),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
