/* Machines that nobody has named are bounded, and starve nobody. */
#include "task_world.h"

#include "store/strangers.h"

static void
boots(unsigned n)
{
    world.now += 10;
    assert_int_equal(CHANGE(nf_change_boot_seen(&c, mac_of(n), ip_of(n))),
                     NF_OK);
}

static void
leases(unsigned n)
{
    struct nf_lease_report report = {.lease = {.ip = ip_of(n),
                                               .mac = mac_of(n),
                                               .changed_at = world.now,
                                               .expires = NOW * 2,
                                               .is_pxe = 1}};

    world.now += 10;
    assert_int_equal(CHANGE(nf_change_lease(&c, &report)), NF_OK);
}

static void
reports_so_much(unsigned n, size_t size)
{
    static char json[NF_HARDWARE_JSON_MAX];
    struct nf_hardware_report report = {
        .mac = mac_of(n), .peer = ip_of(n), .json = {json, size}};
    bool matched;

    memset(json, ' ', sizeof(json));
    json[0] = '{';
    json[size - 1] = '}';
    world.now += 10;
    assert_int_equal(CHANGE(nf_change_report(&c, &report, &matched)), NF_OK);
}

static struct nf_strangers
count(void)
{
    NF_READ(r, world.s.store);
    return nf_strangers_count(&r);
}

static bool
has_inventory(unsigned n)
{
    struct nf_hardware hardware;
    NF_READ(r, world.s.store);

    return nf_hardware_get(&r, mac_of(n), &hardware);
}

static void
name_it(unsigned n)
{
    struct nf_node_edit edit = {.node = {.mac = mac_of(n), .hostname = "x"},
                                .has = NF_HAS_HOSTNAME};

    assert_int_equal(CHANGE(nf_change_node_edit(&c, mac_of(n), &edit)), NF_OK);
}

static void
the_oldest_give_way_to_new_ones(void **state)
{
    (void) state;
    world_set("NF_UNKNOWN_NODES", "10");
    for (unsigned n = 1; n <= 25; n++) {
        boots(n);
    }
    assert_int_equal(count().n, 10);
    assert_false(world_has_node(mac_of(15)));
    assert_true(world_has_node(mac_of(16)));
    assert_true(world_has_node(mac_of(25)));
    assert_int_equal(world_events(NF_EVENT_NODE_DELETED), 15);
    boots(1); /* it comes again */
    assert_true(world_has_node(mac_of(1)));
    assert_false(world_has_node(mac_of(16)));
}

static void
what_an_operator_named_is_none_of_them(void **state)
{
    struct nf_node_edit edit = {.node = {.mac = mac_of(100)},
                                .has = NF_HAS_MAC};

    (void) state;
    world_set("NF_UNKNOWN_NODES", "4");
    assert_int_equal(CHANGE(nf_change_node_create(&c, &edit)), NF_OK);
    boots(101);
    name_it(101);
    boots(102);
    (void) task_make((struct wanted_task){.mac = 102});
    assert_int_equal(
        CHANGE(nf_change_binding_put(&c, mac_of(103), ip_of(103), "", "")),
        NF_OK);
    assert_int_equal(count().n, 0);
    for (unsigned n = 1; n <= 20; n++) {
        boots(n);
    }
    assert_int_equal(count().n, 4);
    for (unsigned n = 100; n <= 103; n++) {
        assert_true(world_has_node(mac_of(n)));
    }
    /* nor are known ones kept out by them */
    edit.node.mac = mac_of(200);
    assert_int_equal(CHANGE(nf_change_node_create(&c, &edit)), NF_OK);
    assert_int_equal(count().n, 4);
}

/* Whoever invents machines by HTTP alone drives out what he has invented. */
static void
machines_that_we_leased_an_address_stay_longer(void **state)
{
    (void) state;
    world_set("NF_UNKNOWN_NODES", "10");
    for (unsigned n = 1; n <= 8; n++) {
        leases(n);
    }
    for (unsigned n = 100; n <= 150; n++) {
        boots(n);
    }
    for (unsigned n = 1; n <= 8; n++) {
        assert_true(world_has_node(mac_of(n)));
    }
    for (unsigned n = 11; n <= 16; n++) {
        leases(n); /* and among themselves the oldest goes */
    }
    assert_int_equal(count().n, 10);
    assert_false(world_has_node(mac_of(1)));
    assert_true(world_has_node(mac_of(16)));
}

static void
their_inventories_have_a_bound(void **state)
{
    (void) state;
    world_set("NF_UNKNOWN_ROOM", "1");
    for (unsigned n = 1; n <= 30; n++) {
        reports_so_much(n, 80 * 1024);
        assert_true(count().bytes <= 1024 * 1024);
        assert_true(has_inventory(n));
    }
    assert_int_equal(count().n, 12);
    assert_int_equal(count().bytes, 12 * 80 * 1024);
    reports_so_much(30, 2); /* a machine that says less takes less */
    assert_int_equal(count().bytes, 11 * 80 * 1024 + 2);
    name_it(29); /* one that has a name is not counted */
    assert_int_equal(count().bytes, 10 * 80 * 1024 + 2);
    for (unsigned n = 1; n <= 30; n++) { /* and keeps what it has */
        reports_so_much(n, 80 * 1024);
    }
    assert_true(has_inventory(29));
    assert_int_equal(CHANGE(nf_change_node_delete(&c, mac_of(30))), NF_OK);
    assert_int_equal(count().bytes, (count().n) * 80 * 1024);
}

static void
one_that_alone_is_too_large_goes_without(void **state)
{
    (void) state;
    world_set("NF_UNKNOWN_ROOM", "1");
    for (unsigned n = 1; n <= 40; n++) {
        reports_so_much(n, 26 * 1024);
    }
    /* more than may go in one change */
    reports_so_much(100, NF_HARDWARE_JSON_MAX);
    reports_so_much(100, NF_HARDWARE_JSON_MAX);
    assert_true(world_has_node(mac_of(100)));
    assert_true(count().bytes <= 1024 * 1024);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_make, world_drop)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_oldest_give_way_to_new_ones),
        TEST(what_an_operator_named_is_none_of_them),
        TEST(machines_that_we_leased_an_address_stay_longer),
        TEST(their_inventories_have_a_bound),
        TEST(one_that_alone_is_too_large_goes_without),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
