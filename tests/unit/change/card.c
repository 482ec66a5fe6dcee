/* A network card is replaced. */
#include "../task_world.h"

#include "change/device.h"
#include "change/link.h"
#include "store/devices.h"
#include "store/events.h"
#include "store/labels.h"
#include "store/links.h"

static nf_error_t
replace(unsigned n, unsigned from, unsigned to)
{
    nf_mac_t mac = mac_of(n);

    return CHANGE(nf_change_card_replace(&c, &mac, mac_of(from), mac_of(to)));
}

static void
edit(unsigned n, const struct nf_node_edit *what)
{
    assert_int_equal(CHANGE(nf_change_node_edit(&c, mac_of(n), what)), NF_OK);
}

static bool
is_node(unsigned n)
{
    struct nf_node_view view;
    NF_READ(r, world.s.store);

    return nf_nodes_get(&r, mac_of(n), &view);
}

static void
install(unsigned n)
{
    uint64_t id = task_make((struct wanted_task){.mac = n});

    assert_int_equal(task_approve(id), NF_OK);
    machine_serves(n);
    assert_int_equal(machine_says(n, id, "partitioning", 50, "x"), NF_OK);
    machine_operates(n, "os_install", true, "");
    machine_is_up(n);
}

static void
give_devices(unsigned n)
{
    struct nf_managed_device bmc = {.node = mac_of(n)}, sw = {.name = "sw1"};
    struct nf_port_link link = {
        .node = mac_of(n), .device = "sw1", .port = "1"};
    bool is_new;

    snprintf(bmc.name, sizeof(bmc.name), "bmc-1");
    snprintf(bmc.address, sizeof(bmc.address), "10.0.0.9");
    sw.driver = NF_MANAGED_SNMP;
    snprintf(sw.address, sizeof(sw.address), "10.0.0.10");
    assert_int_equal(CHANGE(nf_change_device_put(&c, &bmc, &is_new)), NF_OK);
    assert_int_equal(CHANGE(nf_change_device_put(&c, &sw, &is_new)), NF_OK);
    assert_int_equal(CHANGE(nf_change_link_put(&c, &link, &is_new)), NF_OK);
}

static unsigned
count_story(unsigned n)
{
    uint64_t seq = world_node(mac_of(n)).last_event;
    struct nf_event event;
    unsigned count = 0;
    NF_READ(r, world.s.store);

    while (seq != 0 && nf_events_read_back(&r, &seq, &event)) {
        count++;
    }
    return count;
}

static void
the_node_keeps_its_story(void **state)
{
    (void) state;
    struct nf_node_edit labels = {.has = NF_HAS_LABELS,
                                  .labels = NF_TEXT("{\"role\":\"db\"}")};

    assert_false(machine_reports(1, "SN-1"));
    edit(1, &labels);
    install(1);
    give_devices(1);
    struct nf_node before = world_node(mac_of(1));
    unsigned events = count_story(1);

    assert_int_equal(replace(1, 1, 2), NF_OK);
    assert_false(is_node(1));
    struct nf_node node = world_node(mac_of(2));
    assert_int_equal(node.status, NF_NODE_INSTALLED);
    assert_int_equal(node.created_at, before.created_at);
    assert_string_equal(node.serial, "SN-1");
    assert_int_equal(node.task, before.task);
    assert_true(nf_mac_equal(task_get(node.task).mac, mac_of(2)));
    assert_true(count_story(2) > events);

    struct nf_managed_device device;
    struct nf_port_link link;
    struct nf_hardware hardware;
    struct nf_progress progress;
    NF_READ(r, world.s.store);
    assert_true(nf_devices_of_node(&r, mac_of(2), &device));
    assert_false(nf_devices_of_node(&r, mac_of(1), &device));
    assert_true(nf_links_get(&r, mac_of(2), &link));
    assert_false(nf_links_get(&r, mac_of(1), &link));
    assert_true(nf_hardware_get(&r, mac_of(2), &hardware));
    assert_true(nf_progress_last_of(&r, mac_of(2), &progress));
    struct nf_text kept = nf_labels_get(&r, mac_of(2));
    assert_true(nf_text_equal(kept, NF_TEXT("{\"role\":\"db\"}")));
    assert_int_equal(nf_labels_get(&r, mac_of(1)).len, 0);
}

static void
its_address_goes_with_it(void **state)
{
    (void) state;
    assert_int_equal(
        CHANGE(nf_change_binding_put(&c, mac_of(1), ip_of(7), "web", "")),
        NF_OK);
    assert_int_equal(replace(1, 1, 2), NF_OK);
    struct nf_node node = world_node(mac_of(2));
    assert_true(nf_ip4_equal(node.ip, ip_of(7)));
    assert_true(node.is_bound);
    assert_string_equal(node.hostname, "web");
}

static void
one_that_came_by_the_new_card_gives_way(void **state)
{
    (void) state;
    assert_false(machine_reports(1, "SN-1"));
    assert_false(machine_reports(2, ""));
    assert_true(is_node(2));
    assert_int_equal(replace(1, 1, 2), NF_OK);
    assert_string_equal(world_node(mac_of(2)).serial, "SN-1");
}

static void
others_do_not(void **state)
{
    (void) state;
    struct nf_node_edit name = {.has = NF_HAS_HOSTNAME};

    snprintf(name.node.hostname, sizeof(name.node.hostname), "other");
    assert_false(machine_reports(1, "SN-1"));
    assert_false(machine_reports(2, "SN-2"));
    edit(2, &name);
    assert_int_equal(replace(1, 1, 2), NF_CONFLICT);
    assert_int_equal(replace(1, 1, 1), NF_INVALID);
    assert_int_equal(replace(1, 3, 4), NF_INVALID);
    assert_int_equal(replace(5, 5, 6), NF_NOT_FOUND);
}

static void
not_while_a_task_runs(void **state)
{
    (void) state;
    uint64_t id = task_make((struct wanted_task){.mac = 1});

    assert_int_equal(task_approve(id), NF_OK);
    assert_int_equal(replace(1, 1, 2), NF_CONFLICT);
    assert_int_equal(task_cancel(id), NF_OK);
    assert_int_equal(replace(1, 1, 2), NF_OK);
    assert_int_equal(task_retry(id), NF_OK);
    assert_true(nf_mac_equal(task_get(id).mac, mac_of(2)));
}

static void
a_further_card_is_one_of_a_list(void **state)
{
    (void) state;
    struct nf_node_edit macs = {
        .has = NF_HAS_MACS,
        .node = {.macs_n = 2, .macs = {mac_of(3), mac_of(4)}}};

    assert_false(machine_reports(1, "SN-1"));
    edit(1, &macs);
    assert_int_equal(replace(1, 3, 5), NF_OK);
    struct nf_node node = world_node(mac_of(1));
    assert_true(nf_mac_equal(node.macs[0], mac_of(5)));
    assert_true(nf_mac_equal(node.macs[1], mac_of(4)));

    /* one of its own cards becomes its first one */
    assert_int_equal(replace(1, 1, 4), NF_OK);
    node = world_node(mac_of(4));
    assert_int_equal(node.macs_n, 1);
    assert_true(nf_mac_equal(node.macs[0], mac_of(5)));
}

static void
profile_of(unsigned n, const char *name, const char *wanted)
{
    struct nf_node_edit choice = {.has = NF_HAS_PROFILE};

    snprintf(choice.profile, sizeof(choice.profile), "%s", name);
    edit(n, &choice);
    assert_int_equal(
        CHANGE(nf_change_node_action(&c, mac_of(n), "install", "")), NF_OK);
    assert_string_equal(world_node(mac_of(n)).profile, wanted);
    assert_int_equal(CHANGE(nf_change_node_action(&c, mac_of(n), "cancel", "")),
                     NF_OK);
}

/* What was chosen is for one task. */
static void
a_profile_is_chosen_for_the_next_task(void **state)
{
    (void) state;
    struct nf_node_edit none = {.has = NF_HAS_PROFILE, .profile = "none"};

    assert_false(machine_reports(1, "SN-1"));
    assert_int_equal(CHANGE(nf_change_node_edit(&c, mac_of(1), &none)),
                     NF_INVALID);
    profile_of(1, "ubuntu-24.04", "ubuntu-24.04");
    assert_int_equal(world_node(mac_of(1)).is_profile_chosen, 0);
    profile_of(1, "", "debian-12");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_make, world_drop)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_node_keeps_its_story),
        TEST(its_address_goes_with_it),
        TEST(one_that_came_by_the_new_card_gives_way),
        TEST(others_do_not),
        TEST(not_while_a_task_runs),
        TEST(a_further_card_is_one_of_a_list),
        TEST(a_profile_is_chosen_for_the_next_task),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
