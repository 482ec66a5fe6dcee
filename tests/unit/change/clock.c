/* What time alone brings about, a bounded part of it at a time. */
#include "world.h"

#include "store/expiry.h"
#include "store/leases.h"
#include "store/nodes.h"

enum {
    MAX = 8,
    SILENT_MS = 180001, /* three heartbeats and a little */
};

static void
make_node(unsigned n)
{
    struct nf_node_edit edit = {.has = NF_HAS_MAC, .node.mac = mac_of(n)};

    assert_int_equal(CHANGE(nf_change_node_create(&c, &edit)), NF_OK);
}

static void
beat(unsigned n)
{
    struct nf_status_report report = {.status = "discovered"};

    assert_int_equal(CHANGE(nf_change_status(&c, mac_of(n), &report)), NF_OK);
}

static void
lease(unsigned n, nf_time_t expires)
{
    struct nf_lease_report report = {
        .action = NF_LEASE_OLD,
        .lease = {.mac = mac_of(n), .ip = ip_of(n), .expires = expires},
    };

    assert_int_equal(CHANGE(nf_change_lease(&c, &report)), NF_OK);
}

/* One turn; returns when it wants to come again. */
static nf_time_t
turn(void)
{
    nf_time_t next;

    assert_int_equal(CHANGE(nf_change_clock(&c, MAX, &next)), NF_OK);
    return next;
}

static unsigned
settle(void)
{
    unsigned turns = 1;

    while (turn() <= world.now) {
        turns++;
    }
    return turns;
}

static nf_time_t
filed(enum nf_expiry_kind kind, unsigned n)
{
    NF_READ(r, world.s.store);
    nf_mac_t mac = mac_of(n);
    nf_ip4_t ip = ip_of(n);

    return kind == NF_EXPIRY_NODE
               ? nf_expiry_at(&r, kind, (struct nf_bytes){mac.b, 6})
               : nf_expiry_at(&r, kind, (struct nf_bytes){ip.b, 4});
}

static uint64_t
rows(void)
{
    NF_READ(r, world.s.store);
    return nf_read_count(&r, NF_EXPIRY);
}

static bool
has_lease(unsigned n)
{
    struct nf_lease found;
    NF_READ(r, world.s.store);

    return nf_leases_get(&r, ip_of(n), &found);
}

static void
a_heartbeat_does_not_touch_the_index(void **state)
{
    (void) state;
    make_node(1);
    assert_true(filed(NF_EXPIRY_NODE, 1) == -1); /* it is not online */
    beat(1);
    settle();
    nf_time_t at = filed(NF_EXPIRY_NODE, 1);
    assert_true(at == NOW + SILENT_MS);
    for (int i = 0; i < 3; i++) {
        world.now += 60000;
        beat(1);
        settle();
        assert_true(filed(NF_EXPIRY_NODE, 1) == at);
    }
    world.now = at;
    settle();
    assert_true(filed(NF_EXPIRY_NODE, 1) == NOW + SILENT_MS + 180000);
    assert_true(world_node(mac_of(1)).online);
    world.now = NOW + SILENT_MS + 180000;
    settle();
    assert_false(world_node(mac_of(1)).online);
    assert_int_equal(rows(), 0);
    beat(1);
    assert_int_equal(rows(), 2); /* a time and a record */
}

static void
who_did_not_listen_does_not_say_that_a_node_was_silent(void **state)
{
    nf_time_t next;

    (void) state;
    make_node(1);
    beat(1);
    settle();
    world.now += SILENT_MS;
    assert_int_equal(CHANGE((c.listening = world.now - 1000,
                             nf_change_clock(&c, MAX, &next))),
                     NF_OK);
    assert_true(world_node(mac_of(1)).online);
    assert_true(filed(NF_EXPIRY_NODE, 1) == world.now - 1000 + SILENT_MS);
}

static void
a_renewal_does_not_touch_the_index(void **state)
{
    (void) state;
    lease(1, NOW + 3600000);
    nf_time_t at = filed(NF_EXPIRY_LEASE, 1);
    assert_true(at == NOW + 7200001);
    world.now += 1800000;
    lease(1, NOW + 5400000);
    assert_true(filed(NF_EXPIRY_LEASE, 1) == at);
    world.now = at;
    settle();
    assert_true(filed(NF_EXPIRY_LEASE, 1) == NOW + 5400000 + 3600001);
    assert_true(has_lease(1));
}

static void
a_shorter_lease_is_filed_for_its_earlier_end(void **state)
{
    (void) state;
    lease(1, NOW + 7200000);
    world.now += 1000;
    lease(1, NOW + 60000);
    assert_true(filed(NF_EXPIRY_LEASE, 1) == NOW + 60000 + 3600001);
    assert_int_equal(rows(), 2);
}

static void
a_lease_for_ever_is_filed_when_it_is_given_back(void **state)
{
    struct nf_lease_report gone = {
        .action = NF_LEASE_DEL,
        .lease = {.mac = mac_of(1), .ip = ip_of(1), .changed_at = NOW + 1000},
    };

    (void) state;
    lease(1, 0);
    assert_int_equal(rows(), 0);
    assert_int_equal(CHANGE(nf_change_lease(&c, &gone)), NF_OK);
    assert_true(filed(NF_EXPIRY_LEASE, 1) == NOW + 1000 + 3600001);
    world.now = NOW + 1000 + 3600001;
    settle();
    assert_false(has_lease(1));
    assert_int_equal(rows(), 0);
}

static void
a_node_that_is_deleted_leaves_no_row(void **state)
{
    (void) state;
    make_node(1);
    beat(1);
    assert_int_equal(rows(), 2);
    assert_int_equal(CHANGE(nf_change_node_delete(&c, mac_of(1))), NF_OK);
    assert_int_equal(rows(), 0);
}

static void
a_turn_does_a_part_and_the_next_ones_the_rest(void **state)
{
    enum {
        N = 50
    };

    (void) state;
    for (unsigned i = 0; i < N; i++) {
        make_node(i);
        beat(i);
        lease(i, NOW + 60000);
    }
    settle();
    world.now += 2 * 3600000;
    uint64_t before = world_last();
    assert_true(turn() <= world.now);
    assert_true(world_last() - before <= MAX);
    assert_true(world_last() - before > 0);
    assert_true(settle() > N / MAX);
    settle(); /* leases that ended are forgotten a turn later */
    for (unsigned i = 0; i < N; i++) {
        assert_false(world_node(mac_of(i)).online);
        assert_false(has_lease(i));
    }
    assert_int_equal(rows(), 0);
    assert_int_equal(world_events(NF_EVENT_NODE_OFFLINE), N);
}

static void
many_looks_that_change_nothing_are_bounded_too(void **state)
{
    enum {
        N = 100
    };

    (void) state;
    for (unsigned i = 0; i < N; i++) {
        make_node(i);
        beat(i);
    }
    settle();
    world.now += SILENT_MS;
    for (unsigned i = 0; i < N; i++) {
        beat(i);
    }
    assert_true(settle() >= N / (4 * MAX));
    assert_int_equal(world_events(NF_EVENT_NODE_OFFLINE), 0);
    assert_int_equal(rows(), 2 * N);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, world_make, world_drop)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_heartbeat_does_not_touch_the_index),
        TEST(who_did_not_listen_does_not_say_that_a_node_was_silent),
        TEST(a_renewal_does_not_touch_the_index),
        TEST(a_shorter_lease_is_filed_for_its_earlier_end),
        TEST(a_lease_for_ever_is_filed_when_it_is_given_back),
        TEST(a_node_that_is_deleted_leaves_no_row),
        TEST(a_turn_does_a_part_and_the_next_ones_the_rest),
        TEST(many_looks_that_change_nothing_are_bounded_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
