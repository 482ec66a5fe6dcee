/* What operators, nodes and the clock bring about. */
#include "world.h"

static struct nf_node_edit
edit_of(unsigned n)
{
    return (struct nf_node_edit){.node = {.mac = mac_of(n)}, .has = NF_HAS_MAC};
}

static void
create(unsigned n)
{
    struct nf_node_edit edit = edit_of(n);

    assert_int_equal(CHANGE(nf_change_node_create(&c, &edit)), NF_OK);
}

static nf_error_t
action(unsigned n, const char *word)
{
    return CHANGE(nf_change_node_action(&c, mac_of(n), word, ""));
}

static void
serve(unsigned n)
{
    uint16_t attempt =
        world_has_node(mac_of(n)) ? world_node(mac_of(n)).attempt : 1;

    assert_int_equal(CHANGE(nf_change_script_served(&c, mac_of(n), attempt)),
                     NF_OK);
}

static nf_error_t
operation(unsigned n, const char *name, bool success, const char *message)
{
    struct nf_operation_report report = {.success = success};

    snprintf(report.operation, sizeof(report.operation), "%s", name);
    snprintf(report.message, sizeof(report.message), "%s", message);
    return CHANGE(nf_change_operation(&c, mac_of(n), &report));
}

static nf_error_t
status(unsigned n, const char *word)
{
    struct nf_status_report report = {0};

    snprintf(report.status, sizeof(report.status), "%s", word);
    return CHANGE(nf_change_status(&c, mac_of(n), &report));
}

static nf_time_t
tick(nf_time_t now)
{
    nf_time_t next = 0;

    world.now = now;
    assert_int_equal(CHANGE(nf_change_clock(&c, 100, &next)), NF_OK);
    assert_true(next > now);
    return next;
}

static void
expect(unsigned n, enum nf_node_status is, enum nf_node_boot boot)
{
    struct nf_node node = world_node(mac_of(n));

    assert_int_equal(node.status, is);
    assert_int_equal(node.boot, boot);
}

/* A node whose installer has reported. */
static void
make_installed_on_disk(unsigned n)
{
    create(n);
    assert_int_equal(action(n, "install"), NF_OK);
    serve(n);
    assert_int_equal(operation(n, "os_install", true, ""), NF_OK);
}

/* --- operators
 * ----------------------------------------------------------------- */

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

/* --- nodes
 * ---------------------------------------------------------------------- */

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

/* --- the clock
 * ------------------------------------------------------------------- */

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

/* --- anything, in any order
 * --------------------------------------------------------- */

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
