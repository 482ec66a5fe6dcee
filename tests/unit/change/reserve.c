/* Addresses for cards: each its own, never one for two, none for ever. */
#include "world.h"

#include "change/reserve.h"
#include "store/reservations.h"

static struct nf_ranges ranges;
static nf_ip4_t hints[2];

/* 10.66.0.11 to .16 here, 10.81.0.11 to .12 behind a relay. */
static int
make(void **state)
{
    struct nf_fault fault;

    world_make(state);
    world_set("NF_SERVER_ADDR", "10.66.0.1:80");
    world_set("NF_DHCP_DNS", "10.66.0.13"); /* within: it is left out */
    world_set("NF_DHCP_IP_POOL_START", "10.66.0.11");
    world_set("NF_DHCP_IP_POOL_END", "10.66.0.16");
    world_set("NF_DHCP_RANGES", "10.81.0.11-10.81.0.12/24");
    assert_int_equal(nf_ranges_read(&world.settings, &ranges, &fault), NF_OK);
    memset(hints, 0, sizeof(hints));
    return 0;
}

struct answer {
    nf_error_t err;
    unsigned last; /* byte of the address */
    bool is_new;
    struct nf_reservation row;
};

static struct answer
ask_at(size_t range, unsigned card, nf_ip4_t wish)
{
    struct answer answer = {0};
    struct nf_reserve_ask ask = {.card = nf_card_of(mac_of(card)),
                                 .ranges = &ranges,
                                 .range = &ranges.each[range],
                                 .wish = wish,
                                 .batch = 7,
                                 .hint = &hints[range]};

    answer.err =
        CHANGE(nf_change_reserve(&c, &ask, &answer.row, &answer.is_new));
    answer.last = answer.err == NF_OK ? answer.row.ip.b[3] : 0;
    return answer;
}

static unsigned
ask(unsigned card)
{
    return ask_at(0, card, (nf_ip4_t){0}).last;
}

static nf_error_t
drop_idle(struct nf_change *c, bool is_offered, nf_time_t idle, unsigned *n)
{
    *n = nf_change_reserve_drop(c, &ranges.each[0], is_offered, idle, 64);
    return c->w->read.err;
}

static unsigned
dropped(bool is_offered, nf_time_t idle)
{
    unsigned n = 0;

    assert_int_equal(CHANGE(drop_idle(&c, is_offered, idle, &n)), NF_OK);
    return n;
}

static nf_error_t
forget_one(struct nf_change *c, nf_ip4_t ip)
{
    nf_change_reserve_forget(c, ip);
    return c->w->read.err;
}

static void
forget(unsigned last)
{
    assert_int_equal(CHANGE(forget_one(&c, ip_of(last))), NF_OK);
}

static void
lease(enum nf_lease_action action, unsigned last, unsigned card)
{
    struct nf_lease_report report = {
        .action = action,
        .lease = {.ip = ip_of(last),
                  .mac = mac_of(card),
                  .changed_at = action == NF_LEASE_DEL ? 0 : world.now,
                  .expires = world.now + NF_MINUTES(60)}};

    if (action == NF_LEASE_DEL) {
        report.lease.expires = INT64_MAX / 2;
    }
    assert_int_equal(CHANGE(nf_change_lease(&c, &report)), NF_OK);
}

/* -1: nothing is kept. */
static int
state_of(unsigned last)
{
    struct nf_reservation row;
    NF_READ(r, world.s.store);

    return nf_reservations_get(&r, ip_of(last), &row) ? row.state : -1;
}

static void
bind(unsigned card, unsigned last)
{
    assert_int_equal(
        CHANGE(nf_change_binding_put(&c, mac_of(card), ip_of(last), "", "")),
        NF_OK);
}

static void
each_card_has_its_own_until_there_is_none(void **state)
{
    unsigned seen = 0;

    (void) state;
    for (unsigned card = 1; card <= 5; card++) {
        unsigned last = ask(card);
        assert_true(last >= 11 && last <= 16 && last != 13);
        assert_false(seen & 1u << last);
        seen |= 1u << last;
    }
    assert_int_equal(ask_at(0, 6, (nf_ip4_t){0}).err, NF_CONFLICT);
    assert_non_null(strstr(world.fault.reason, "10.66.0.0/24"));
    assert_int_equal(world_last(), 0); /* nothing for the log */
}

static void
a_card_that_asks_again_has_the_same(void **state)
{
    (void) state;
    struct answer first = ask_at(0, 1, (nf_ip4_t){0});
    assert_true(first.is_new);
    assert_int_equal(first.row.batch, 7);
    world.now += NF_SECONDS(1);
    struct answer again = ask_at(0, 1, ip_of(16));
    assert_false(again.is_new);
    assert_int_equal(again.last, first.last);
    assert_int_equal(again.row.asked_at, NOW);
    world.now += NF_SECONDS(30);
    assert_int_equal(ask_at(0, 1, ip_of(16)).row.asked_at, world.now);
}

static void
a_card_may_have_one_in_each_subnet(void **state)
{
    (void) state;
    unsigned here = ask(1);
    struct answer there = ask_at(1, 1, (nf_ip4_t){0});
    assert_int_equal(there.row.ip.b[1], 81);
    assert_true(there.is_new);
    assert_int_equal(ask(1), here);
    assert_int_equal(ask_at(1, 2, (nf_ip4_t){0}).err, NF_OK);
    assert_int_equal(ask_at(1, 3, (nf_ip4_t){0}).err, NF_CONFLICT);
}

static void
a_wish_is_granted_where_it_harms_nobody(void **state)
{
    (void) state;
    assert_int_equal(ask_at(0, 1, ip_of(15)).last, 15);
    assert_int_not_equal(ask_at(0, 2, ip_of(15)).last, 15);
    assert_int_not_equal(ask_at(0, 3, ip_of(13)).last, 13);
    assert_int_not_equal(ask_at(0, 4, ip_of(99)).last, 99); /* no pool */
    assert_int_equal(ask_at(1, 5, ip_of(14)).row.ip.b[1], 81);
}

static void
who_leases_an_address_keeps_it_and_nobody_else_is_given_it(void **state)
{
    (void) state;
    lease(NF_LEASE_ADD, 12, 9);
    lease(NF_LEASE_ADD, 99, 8); /* from a pool that is another one now */
    for (unsigned card = 1; card <= 4; card++) {
        unsigned last = ask_at(0, card, ip_of(12)).last;
        assert_true(last != 12 && last != 0);
    }
    assert_int_equal(ask(5), 0);
    assert_int_equal(ask(9), 12);
    assert_int_equal(state_of(12), NF_RESERVATION_HELD);
    assert_int_equal(ask(8), 99);
}

static void
a_lease_that_ended_leaves_its_address_to_its_card(void **state)
{
    (void) state;
    lease(NF_LEASE_ADD, 12, 9);
    world.now += NF_MINUTES(61);
    assert_int_equal(ask(9), 12);
    lease(NF_LEASE_ADD, 14, 8);
    world.now += NF_MINUTES(61);
    assert_int_equal(ask_at(0, 7, ip_of(14)).last, 14);
    assert_int_not_equal(ask(8), 14);
}

static void
a_lease_turns_an_offer_into_what_is_held(void **state)
{
    (void) state;
    unsigned last = ask(1);
    assert_int_equal(state_of(last), NF_RESERVATION_OFFERED);
    lease(NF_LEASE_ADD, last, 2); /* whoever that is */
    assert_int_equal(state_of(last), NF_RESERVATION_OFFERED);
    lease(NF_LEASE_ADD, last, 1);
    assert_int_equal(state_of(last), NF_RESERVATION_HELD);
}

static void
those_that_nobody_needs_are_dropped_in_time(void **state)
{
    (void) state;
    unsigned forged = ask(1), off = ask(2), running = ask(3);
    lease(NF_LEASE_ADD, off, 2);
    lease(NF_LEASE_ADD, running, 3);
    assert_int_equal(dropped(true, NF_SECONDS(60)), 0);
    world.now += NF_SECONDS(60);
    assert_int_equal(dropped(true, NF_SECONDS(60)), 1);
    assert_int_equal(state_of(forged), NF_RESERVATION_DROPPED);
    assert_int_equal(dropped(false, 0), 0); /* both lease theirs */
    world.now += NF_MINUTES(50);
    lease(NF_LEASE_OLD, running, 3);
    world.now += NF_MINUTES(30);
    assert_int_equal(dropped(false, NF_MINUTES(60)), 0);
    assert_int_equal(dropped(false, NF_MINUTES(20)), 1);
    assert_int_equal(state_of(off), NF_RESERVATION_DROPPED);
    assert_int_equal(state_of(running), NF_RESERVATION_HELD);
}

/* dnsmasq would not take it in for another card. */
static void
a_dropped_one_is_nobodys_before_dnsmasq_has_forgotten(void **state)
{
    (void) state;
    for (unsigned card = 1; card <= 5; card++) {
        (void) ask(card);
    }
    unsigned first = ask(1);
    world.now += NF_SECONDS(60);
    assert_int_equal(dropped(true, NF_SECONDS(60)), 5);
    assert_int_equal(ask(6), 0);
    forget(first);
    assert_int_equal(ask(6), first);
    /* its own card finds it as it was */
    struct answer back = ask_at(0, 2, (nf_ip4_t){0});
    assert_true(back.is_new);
    forget(back.last); /* too late: it is in use again */
    assert_int_equal(state_of(back.last), NF_RESERVATION_OFFERED);
}

static void
what_an_operator_binds_is_the_nodes_alone(void **state)
{
    (void) state;
    unsigned last = ask(1);
    bind(1, 16);
    assert_int_equal(state_of(last), NF_RESERVATION_DROPPED);
    for (unsigned card = 2; card <= 4; card++) {
        assert_int_not_equal(ask_at(0, card, ip_of(16)).last, 16);
    }
    bind(1, last); /* back: there it is still */
    assert_int_equal(state_of(16), NF_RESERVATION_DROPPED);
    assert_int_equal(ask(5), 0);
    forget(16);
    assert_int_equal(ask(5), 16);
}

static void
a_binding_that_ends_leaves_the_address_to_who_leases_it(void **state)
{
    (void) state;
    bind(1, 15);
    bind(2, 16);
    lease(NF_LEASE_ADD, 15, 1);
    assert_int_equal(CHANGE(nf_change_binding_delete(&c, mac_of(1))), NF_OK);
    assert_int_equal(CHANGE(nf_change_binding_delete(&c, mac_of(2))), NF_OK);
    assert_int_equal(state_of(15), NF_RESERVATION_HELD);
    assert_int_equal(state_of(16), NF_RESERVATION_DROPPED);
    struct answer mine = ask_at(0, 1, (nf_ip4_t){0});
    assert_true(mine.is_new); /* it was in no file yet */
    assert_int_equal(mine.last, 15);
    assert_int_equal(mine.row.batch, 7);
}

static void
the_same_with_a_static_address_and_a_node_that_goes(void **state)
{
    struct nf_node_edit edit = {.node = {.mac = mac_of(1), .ip = ip_of(15)},
                                .has = NF_HAS_MAC | NF_HAS_IP | NF_HAS_NETMASK};

    (void) state;
    edit.node.netmask = (nf_ip4_t){{255, 255, 255, 0}};
    assert_int_equal(CHANGE(nf_change_node_create(&c, &edit)), NF_OK);
    assert_int_not_equal(ask_at(0, 2, ip_of(15)).last, 15);
    assert_int_equal(CHANGE(nf_change_node_delete(&c, mac_of(1))), NF_OK);
    assert_int_equal(state_of(15), NF_RESERVATION_DROPPED);
}

static void
a_binding_is_not_moved_by_a_late_lease(void **state)
{
    (void) state;
    lease(NF_LEASE_ADD, 12, 1);
    bind(1, 16);
    lease(NF_LEASE_OLD, 12, 1);
    assert_int_equal(world_node(mac_of(1)).ip.b[3], 16);
    assert_int_equal(CHANGE(nf_change_binding_delete(&c, mac_of(1))), NF_OK);
    assert_int_equal(world_node(mac_of(1)).ip.b[3], 12);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make, world_drop)
    const struct CMUnitTest tests[] = {
        TEST(each_card_has_its_own_until_there_is_none),
        TEST(a_card_that_asks_again_has_the_same),
        TEST(a_card_may_have_one_in_each_subnet),
        TEST(a_wish_is_granted_where_it_harms_nobody),
        TEST(who_leases_an_address_keeps_it_and_nobody_else_is_given_it),
        TEST(a_lease_that_ended_leaves_its_address_to_its_card),
        TEST(a_lease_turns_an_offer_into_what_is_held),
        TEST(those_that_nobody_needs_are_dropped_in_time),
        TEST(a_dropped_one_is_nobodys_before_dnsmasq_has_forgotten),
        TEST(what_an_operator_binds_is_the_nodes_alone),
        TEST(a_binding_that_ends_leaves_the_address_to_who_leases_it),
        TEST(the_same_with_a_static_address_and_a_node_that_goes),
        TEST(a_binding_is_not_moved_by_a_late_lease),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
