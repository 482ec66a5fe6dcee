/* What operators do with nodes. */
#include "node_world.h"

static void
the_whole_way_of_a_node(void **state)
{
    (void) state;
    create(1);
    expect(1, NF_NODE_DISCOVERED, NF_BOOT_WAIT);
    assert_int_equal(action(1, "install"), NF_OK);
    expect(1, NF_NODE_INSTALLING, NF_BOOT_INSTALL);
    serve(1);
    expect(1, NF_NODE_INSTALLING, NF_BOOT_INSTALL);
    assert_int_equal(operation(1, "os_install", true, ""), NF_OK);
    expect(1, NF_NODE_INSTALLING, NF_BOOT_LOCAL);
    assert_int_equal(status(1, "installed"), NF_OK);
    expect(1, NF_NODE_INSTALLED, NF_BOOT_LOCAL);
    assert_int_equal(world_task(mac_of(1)).status, NF_TASK_COMPLETED);
    assert_int_equal(world_events(NF_EVENT_TASK_COMPLETED), 1);
    assert_int_equal(status(1, "installed"), NF_OK);
    assert_int_equal(world_events(NF_EVENT_TASK_COMPLETED), 1);
}

static void
two_nodes_never_share_a_name(void **state)
{
    struct nf_node_edit edit = edit_of(1);

    (void) state;
    snprintf(edit.node.serial, sizeof(edit.node.serial), "S1");
    edit.node.macs_n = 1;
    edit.node.macs[0] = mac_of(11);
    edit.has |= NF_HAS_SERIAL | NF_HAS_MACS;
    assert_int_equal(CHANGE(nf_change_node_create(&c, &edit)), NF_OK);
    assert_int_equal(CHANGE(nf_change_node_create(&c, &edit)), NF_CONFLICT);
    assert_string_equal(world.fault.reason, "node already exists");

    struct nf_node_edit by_mac = edit_of(11);
    assert_int_equal(CHANGE(nf_change_node_create(&c, &by_mac)), NF_CONFLICT);
    assert_string_equal(world.fault.field, "mac");

    struct nf_node_edit by_serial = edit_of(2);
    snprintf(by_serial.node.serial, sizeof(by_serial.node.serial), "S1");
    by_serial.has |= NF_HAS_SERIAL;
    assert_int_equal(CHANGE(nf_change_node_create(&c, &by_serial)),
                     NF_CONFLICT);
    assert_string_equal(world.fault.field, "serial");

    struct nf_node_edit by_macs = edit_of(3);
    by_macs.node.macs_n = 2;
    by_macs.node.macs[0] = mac_of(33);
    by_macs.node.macs[1] = mac_of(11);
    by_macs.has |= NF_HAS_MACS;
    assert_int_equal(CHANGE(nf_change_node_create(&c, &by_macs)), NF_CONFLICT);
    assert_string_equal(world.fault.field, "macs");
    by_macs.node.macs[1] = mac_of(1);
    assert_int_equal(CHANGE(nf_change_node_create(&c, &by_macs)), NF_CONFLICT);

    create(4);
    struct nf_node_edit taken = {.has = NF_HAS_SERIAL};
    snprintf(taken.node.serial, sizeof(taken.node.serial), "S1");
    assert_int_equal(CHANGE(nf_change_node_edit(&c, mac_of(4), &taken)),
                     NF_CONFLICT);
    assert_int_equal(CHANGE(nf_change_node_edit(&c, mac_of(1), &taken)), NF_OK);
}

static void
an_edit_sets_what_it_names_and_leaves_the_rest(void **state)
{
    struct nf_node_edit edit = {.has = NF_HAS_IP | NF_HAS_EXTRA,
                                .extra = NF_TEXT("{\"rack\":1}")};

    (void) state;
    create(1);
    edit.node.ip = ip_of(7);
    assert_int_equal(CHANGE(nf_change_node_edit(&c, mac_of(1), &edit)), NF_OK);
    struct nf_node_edit name = {.has = NF_HAS_HOSTNAME};
    snprintf(name.node.hostname, sizeof(name.node.hostname), "web");
    assert_int_equal(CHANGE(nf_change_node_edit(&c, mac_of(1), &name)), NF_OK);
    struct nf_node node = world_node(mac_of(1));
    assert_true(nf_ip4_equal(node.ip, ip_of(7)));
    assert_string_equal(node.hostname, "web");
    assert_int_equal(node.extra_len, 10);
    struct nf_node_edit clear = {.has = NF_HAS_HOSTNAME | NF_HAS_EXTRA};
    assert_int_equal(CHANGE(nf_change_node_edit(&c, mac_of(1), &clear)), NF_OK);
    node = world_node(mac_of(1));
    assert_string_equal(node.hostname, "");
    assert_int_equal(node.extra_len, 0);
}

static void
an_edit_that_changes_nothing_is_no_event(void **state)
{
    struct nf_node_edit edit = {.has = NF_HAS_HOSTNAME};

    (void) state;
    create(1);
    snprintf(edit.node.hostname, sizeof(edit.node.hostname), "web");
    assert_int_equal(CHANGE(nf_change_node_edit(&c, mac_of(1), &edit)), NF_OK);
    uint64_t last = world_last();
    world.now += 1000;
    assert_int_equal(CHANGE(nf_change_node_edit(&c, mac_of(1), &edit)), NF_OK);
    assert_int_equal(world_last(), last);
    edit = (struct nf_node_edit){0};
    assert_int_equal(CHANGE(nf_change_node_edit(&c, mac_of(1), &edit)), NF_OK);
    assert_int_equal(world_last(), last);
}

static void
a_network_must_make_sense_as_a_whole(void **state)
{
    struct nf_node_edit edit = {.has = NF_HAS_NETMASK};

    (void) state;
    create(1);
    edit.node.netmask = (nf_ip4_t){{255, 255, 255, 0}};
    assert_int_equal(CHANGE(nf_change_node_edit(&c, mac_of(1), &edit)),
                     NF_INVALID);
    assert_string_equal(world.fault.field, "netmask");
    edit.has |= NF_HAS_IP | NF_HAS_GATEWAY;
    edit.node.ip = (nf_ip4_t){{10, 0, 0, 5}};
    edit.node.gateway = (nf_ip4_t){{10, 0, 1, 1}};
    assert_int_equal(CHANGE(nf_change_node_edit(&c, mac_of(1), &edit)),
                     NF_INVALID);
    assert_string_equal(world.fault.field, "gateway");
    edit.node.gateway = (nf_ip4_t){{10, 0, 0, 1}};
    assert_int_equal(CHANGE(nf_change_node_edit(&c, mac_of(1), &edit)), NF_OK);
    struct nf_node_edit clear = {.has = NF_HAS_IP};
    assert_int_equal(CHANGE(nf_change_node_edit(&c, mac_of(1), &clear)),
                     NF_INVALID);
}

static void
what_is_not_there_is_not_found(void **state)
{
    struct nf_node_edit edit = {0};

    (void) state;
    assert_int_equal(CHANGE(nf_change_node_edit(&c, mac_of(1), &edit)),
                     NF_NOT_FOUND);
    assert_string_equal(world.fault.reason, "node not found");
    assert_int_equal(CHANGE(nf_change_node_delete(&c, mac_of(1))),
                     NF_NOT_FOUND);
    assert_int_equal(action(1, "install"), NF_NOT_FOUND);
    assert_int_equal(action(1, "cancel"), NF_NOT_FOUND);
    assert_int_equal(status(1, "installed"), NF_NOT_FOUND);
}

static void
actions_are_refused_where_they_make_no_sense(void **state)
{
    (void) state;
    create(1);
    assert_int_equal(action(1, "explode"), NF_INVALID);
    assert_string_equal(world.fault.reason, "unknown action");
    assert_int_equal(action(1, "cancel"), NF_INVALID);
    assert_int_equal(
        CHANGE(nf_change_node_action(&c, mac_of(1), "install", "windows")),
        NF_INVALID);
    assert_string_equal(world.fault.field, "profile");
    assert_int_equal(action(1, "install"), NF_OK);
    assert_int_equal(action(1, "install"), NF_INVALID);
    assert_string_equal(world.fault.reason,
                        "cannot install node with status 'installing', only "
                        "'discovered' nodes can be installed");
    assert_int_equal(action(1, "reinstall"), NF_INVALID);
}

static void
cancel_before_any_script_goes_back_to_discovered(void **state)
{
    (void) state;
    create(1);
    assert_int_equal(action(1, "install"), NF_OK);
    assert_int_equal(action(1, "cancel"), NF_OK);
    expect(1, NF_NODE_DISCOVERED, NF_BOOT_WAIT);
    assert_int_equal(world_events(NF_EVENT_TASK_CANCELLED), 1);
    assert_int_equal(action(1, "install"), NF_OK);
    expect(1, NF_NODE_INSTALLING, NF_BOOT_INSTALL);
}

static void
cancel_behind_a_script_waits_for_reinstall(void **state)
{
    (void) state;
    create(1);
    assert_int_equal(action(1, "install"), NF_OK);
    serve(1);
    assert_int_equal(action(1, "cancel"), NF_OK);
    expect(1, NF_NODE_INSTALLING, NF_BOOT_STUCK);
    assert_int_equal(action(1, "install"), NF_INVALID);
    assert_int_equal(operation(1, "os_install", true, ""), NF_OK); /* late */
    expect(1, NF_NODE_INSTALLING, NF_BOOT_STUCK);
    assert_int_equal(action(1, "reinstall"), NF_OK);
    expect(1, NF_NODE_INSTALLING, NF_BOOT_INSTALL);
    assert_int_equal(world_task(mac_of(1)).scripts, 0);
}

static void
an_installed_node_is_reinstalled_only_when_allowed(void **state)
{
    (void) state;
    make_installed_on_disk(1);
    assert_int_equal(status(1, "installed"), NF_OK);
    assert_int_equal(action(1, "reinstall"), NF_INVALID);
    assert_non_null(strstr(world.fault.reason, "NF_ALLOW_REINSTALL"));
    world_set("NF_ALLOW_REINSTALL", "1");
    assert_int_equal(action(1, "reinstall"), NF_OK);
    expect(1, NF_NODE_INSTALLING, NF_BOOT_INSTALL);
    /* the old system still speaks: that installs nothing */
    assert_int_equal(status(1, "installed"), NF_OK);
    expect(1, NF_NODE_INSTALLING, NF_BOOT_INSTALL);
}

static void
a_node_with_a_running_task_is_not_deleted(void **state)
{
    (void) state;
    create(1);
    assert_int_equal(action(1, "install"), NF_OK);
    assert_int_equal(CHANGE(nf_change_node_delete(&c, mac_of(1))), NF_CONFLICT);
    assert_int_equal(action(1, "cancel"), NF_OK);
    assert_int_equal(CHANGE(nf_change_node_delete(&c, mac_of(1))), NF_OK);
    assert_false(world_has_node(mac_of(1)));
    create(1);
    expect(1, NF_NODE_DISCOVERED, NF_BOOT_WAIT);
    assert_int_equal(world_node(mac_of(1)).task, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_make, world_drop)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_whole_way_of_a_node),
        TEST(two_nodes_never_share_a_name),
        TEST(an_edit_sets_what_it_names_and_leaves_the_rest),
        TEST(an_edit_that_changes_nothing_is_no_event),
        TEST(a_network_must_make_sense_as_a_whole),
        TEST(what_is_not_there_is_not_found),
        TEST(actions_are_refused_where_they_make_no_sense),
        TEST(cancel_before_any_script_goes_back_to_discovered),
        TEST(cancel_behind_a_script_waits_for_reinstall),
        TEST(an_installed_node_is_reinstalled_only_when_allowed),
        TEST(a_node_with_a_running_task_is_not_deleted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
