/* Which tasks move a switch port, and links of nodes to ports. */
#include "task_world.h"

#include "change/device.h"
#include "change/link.h"
#include "store/links.h"
#include "store/ports.h"

static void
put_switch(const char *name)
{
    struct nf_managed_device device = {.driver = NF_MANAGED_IOS};
    bool is_new;

    snprintf(device.name, sizeof(device.name), "%s", name);
    snprintf(device.address, sizeof(device.address), "%s.example", name);
    assert_int_equal(CHANGE(nf_change_device_put(&c, &device, &is_new)), NF_OK);
}

static nf_error_t
link_to(unsigned n, const char *name, const char *port)
{
    struct nf_port_link link = {.node = mac_of(n)};
    bool is_new;

    snprintf(link.device, sizeof(link.device), "%s", name);
    snprintf(link.port, sizeof(link.port), "%s", port);
    return CHANGE(nf_change_link_put(&c, &link, &is_new));
}

static void
see(nf_mac_t mac)
{
    NF_WRITE(w, world.s.store);

    assert_true(nf_ports_put(
        &w, "sw1", "Gi1/0/1",
        NF_TEXT("{\"name\":\"Gi1/0/1\",\"mode\":\"access\"}"), &mac, 1, NOW));
    assert_int_equal(nf_write_commit(&w), NF_OK);
}

static bool
moves_port(unsigned n)
{
    uint64_t id = task_make((struct wanted_task){.mac = n});

    assert_int_equal(task_approve(id), NF_OK);
    return task_get(id).flags & NF_TASK_HAS_SWITCH;
}

static void
a_task_moves_a_port_that_is_known(void **state)
{
    (void) state;
    put_switch("sw1");
    assert_false(moves_port(1));
    (void) task_make((struct wanted_task){.mac = 2});
    assert_int_equal(link_to(2, "sw1", "Gi1/0/2"), NF_OK);
    assert_int_equal(task_approve(world_node(mac_of(2)).task), NF_OK);
    assert_true(task_get(world_node(mac_of(2)).task).flags
                & NF_TASK_HAS_SWITCH);
    see(mac_of(3));
    assert_true(moves_port(3));
}

static void
without_an_install_vlan_ports_stay(void **state)
{
    (void) state;
    world_set("NF_INSTALL_VLAN", "");
    put_switch("sw1");
    see(mac_of(3));
    assert_false(moves_port(3));
}

static void
one_node_is_at_a_port(void **state)
{
    struct nf_managed_device bmc = {.name = "bmc-1", .address = "10.0.0.1"};
    bool is_new;

    (void) state;
    put_switch("sw1");
    (void) task_make((struct wanted_task){.mac = 1});
    (void) task_make((struct wanted_task){.mac = 2});
    assert_int_equal(CHANGE(nf_change_device_put(&c, &bmc, &is_new)), NF_OK);
    assert_int_equal(link_to(1, "sw1", "Gi1/0/1"), NF_OK);
    assert_int_equal(link_to(2, "sw1", "Gi1/0/1"), NF_CONFLICT);
    assert_string_equal(world.fault.reason,
                        "is the port of the node 525400000001");
    assert_int_equal(link_to(2, "sw2", "Gi1/0/1"), NF_NOT_FOUND);
    assert_int_equal(link_to(2, "bmc-1", "Gi1/0/1"), NF_INVALID);
    assert_int_equal(link_to(9, "sw1", "Gi1/0/9"), NF_NOT_FOUND);
    assert_int_equal(link_to(1, "sw1", "Gi1/0/3"), NF_OK);
    assert_int_equal(link_to(2, "sw1", "Gi1/0/1"), NF_OK);
}

static void
a_node_takes_its_link_with_it(void **state)
{
    struct nf_port_kept kept = {.node = mac_of(1), .is_open = 1};
    struct nf_port_link link;

    (void) state;
    put_switch("sw1");
    uint64_t id = task_make((struct wanted_task){.mac = 1});
    assert_int_equal(link_to(1, "sw1", "Gi1/0/1"), NF_OK);
    assert_int_equal(CHANGE(nf_record_port_kept(&c, &kept) ? NF_OK : NF_BUG),
                     NF_OK);
    assert_int_equal(CHANGE(nf_change_task_cancel(&c, id, "")), NF_OK);
    assert_int_equal(CHANGE(nf_change_node_delete(&c, mac_of(1))), NF_OK);
    NF_READ(r, world.s.store);
    assert_false(nf_links_get(&r, mac_of(1), &link));
    assert_false(nf_kept_get(&r, mac_of(1), &kept));
    assert_int_equal(r.err, NF_OK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_make, world_drop)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_task_moves_a_port_that_is_known),
        TEST(without_an_install_vlan_ports_stay),
        TEST(one_node_is_at_a_port),
        TEST(a_node_takes_its_link_with_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
