/* DHCP's reports: late, repeated, out of order. */
#include "world.h"

enum {
    ADDRESSES = 3,
    CLIENTS = 4,
    REPORTS = 14
};

static struct nf_lease_report
report_of(enum nf_lease_action action, unsigned ip, unsigned n, nf_time_t time)
{
    return (struct nf_lease_report){
        .action = action,
        .lease = {.ip = ip_of(ip),
                  .mac = mac_of(n),
                  .changed_at = action == NF_LEASE_DEL ? 0 : time,
                  .expires = time + NF_SECONDS(3600),
                  .is_pxe = true},
    };
}

static void
tell(const struct nf_lease_report *report)
{
    world.now += 100;
    assert_int_equal(CHANGE(nf_change_lease(&c, report)), NF_OK);
}

static void
tell_of(enum nf_lease_action action, unsigned ip, unsigned n, nf_time_t time)
{
    struct nf_lease_report report = report_of(action, ip, n, time);

    tell(&report);
}

/* Who holds the address, 0: nobody. */
static unsigned
holder(unsigned ip)
{
    struct nf_lease lease;
    NF_READ(r, world.s.store);

    return nf_leases_get(&r, ip_of(ip), &lease) && !lease.is_gone
               ? lease.mac.b[5]
               : 0;
}

static void
a_lease_makes_a_node_by_the_rule(void **state)
{
    struct nf_lease_report plain = report_of(NF_LEASE_ADD, 2, 2, NOW);

    (void) state;
    plain.lease.is_pxe = false;
    tell_of(NF_LEASE_ADD, 1, 1, NOW);
    tell(&plain);
    assert_true(world_has_node(mac_of(1)));
    assert_false(world_has_node(mac_of(2)));
    assert_int_equal(holder(2), 2);
    world_set("NF_NODE_RULE", "all");
    plain.lease.changed_at += 1000;
    plain.lease.expires += 1000;
    tell(&plain);
    assert_true(world_has_node(mac_of(2)));
    world_set("NF_NODE_RULE", "none");
    tell_of(NF_LEASE_ADD, 3, 3, NOW);
    assert_false(world_has_node(mac_of(3)));
}

static void
a_repeated_report_commits_nothing(void **state)
{
    (void) state;
    tell_of(NF_LEASE_ADD, 1, 1, NOW);
    struct dump first = dump_store(world.s.store);
    tell_of(NF_LEASE_ADD, 1, 1, NOW);
    tell_of(NF_LEASE_OLD, 1, 1, NOW);
    struct dump second = dump_store(world.s.store);
    assert_true(dump_equal(first, second));
    free(first.data);
    free(second.data);
}

static void
a_late_del_does_not_take_a_newer_lease(void **state)
{
    (void) state;
    tell_of(NF_LEASE_ADD, 1, 1, NOW);
    tell_of(NF_LEASE_ADD, 1, 2, NOW + 5000);
    tell_of(NF_LEASE_DEL, 1, 1, NOW);
    assert_int_equal(holder(1), 2);
    tell_of(NF_LEASE_DEL, 1, 2, NOW + 5000);
    assert_int_equal(holder(1), 0);
}

static void
a_del_of_before_a_renewal_does_not_take_the_renewed_lease(void **state)
{
    (void) state;
    tell_of(NF_LEASE_ADD, 1, 1, NOW);
    tell_of(NF_LEASE_OLD, 1, 1, NOW + 60000);
    tell_of(NF_LEASE_DEL, 1, 1, NOW);
    assert_int_equal(holder(1), 1);
}

static void
a_late_old_does_not_bring_a_lease_back(void **state)
{
    (void) state;
    tell_of(NF_LEASE_ADD, 1, 1, NOW);
    tell_of(NF_LEASE_OLD, 1, 1, NOW + 5000);
    tell_of(NF_LEASE_DEL, 1, 1, NOW + 5000);
    tell_of(NF_LEASE_OLD, 1, 1, NOW + 2000);
    assert_int_equal(holder(1), 0);
    tell_of(NF_LEASE_ADD, 1, 1, NOW + 9000);
    assert_int_equal(holder(1), 1);
}

static void
a_del_that_overtakes_its_add_still_ends_the_lease(void **state)
{
    (void) state;
    tell_of(NF_LEASE_DEL, 1, 1, NOW);
    tell_of(NF_LEASE_ADD, 1, 1, NOW);
    assert_int_equal(holder(1), 0);
    assert_true(world_has_node(mac_of(1)));
    tell_of(NF_LEASE_ADD, 1, 1, NOW + 5000);
    assert_int_equal(holder(1), 1);
    tell_of(NF_LEASE_DEL, 2, 2, NOW);
    tell_of(NF_LEASE_ADD, 2, 3, NOW - 5000);
    assert_int_equal(holder(2), 3);
}

static void
an_overtaken_lease_of_a_new_machine_makes_its_node_all_the_same(void **state)
{
    (void) state;
    tell_of(NF_LEASE_ADD, 1, 2, NOW + 5000);
    tell_of(NF_LEASE_ADD, 1, 1, NOW);
    assert_int_equal(holder(1), 2);
    assert_true(world_has_node(mac_of(1)));
}

static uint64_t
leases_after(nf_time_t time)
{
    nf_time_t next;

    world.now = time;
    assert_int_equal(CHANGE(nf_change_clock(&c, 10, &next)), NF_OK);
    NF_READ(r, world.s.store);
    return nf_read_count(&r, NF_LEASES);
}

static void
leases_that_are_over_are_forgotten_an_hour_behind_their_expiry(void **state)
{
    nf_time_t over = NOW + NF_MINUTES(60 + 60);

    (void) state;
    tell_of(NF_LEASE_ADD, 1, 1, NOW);
    tell_of(NF_LEASE_ADD, 2, 2, NOW);
    tell_of(NF_LEASE_DEL, 1, 1, NOW);
    assert_int_equal(leases_after(over), 2);
    assert_int_equal(holder(2), 2);
    assert_int_equal(leases_after(over + 1), 1);
    assert_int_equal(holder(2), 0); /* its end was never reported */
    assert_int_equal(leases_after(over + 2), 0);
    assert_int_equal(world_events(NF_EVENT_LEASE_DELETED), 2);
}

static void
a_boot_request_counts_where_no_agent_speaks(void **state)
{
    struct nf_lease_report report = report_of(NF_LEASE_ADD, 1, 1, NOW);

    (void) state;
    report.has_boot_request = true;
    tell(&report);
    uint64_t last = world_last();
    tell(&report);
    assert_int_equal(world_last(), last); /* no task: nothing to count for */
}

/* --- any order
 * --------------------------------------------------------------------- */

/* What a DHCP server would say over time: each report as it was queued. */
static void
make_story(struct nf_lease_report story[REPORTS])
{
    unsigned held_by[ADDRESSES + 1] = {0};
    nf_time_t expires[ADDRESSES + 1] = {0};

    for (unsigned i = 0; i < REPORTS; i++) {
        unsigned ip = 1 + (unsigned) rand() % ADDRESSES;
        nf_time_t time = NOW + i * 10000;
        enum nf_lease_action action = held_by[ip] == 0 ? NF_LEASE_ADD
                                      : rand() % 3     ? NF_LEASE_OLD
                                                       : NF_LEASE_DEL;
        if (action == NF_LEASE_ADD) {
            /* a client has one address in this story */
            unsigned n = 1 + (unsigned) rand() % CLIENTS;
            for (unsigned j = 1; j <= ADDRESSES; j++) {
                if (held_by[j] == n) {
                    ip = j;
                    action = NF_LEASE_OLD;
                }
            }
            held_by[ip] = n;
        }
        story[i] = report_of(action, ip, held_by[ip], time);
        if (action == NF_LEASE_DEL) {
            story[i].lease.expires = expires[ip];
            held_by[ip] = 0;
        } else {
            expires[ip] = story[i].lease.expires;
        }
    }
}

/* Put the story into another order; an end stays behind its beginning, since
 * it carries no time of its own. */
static void
shuffle(struct nf_lease_report story[REPORTS])
{
    for (unsigned round = 0; round < 60; round++) {
        unsigned i = (unsigned) rand() % (REPORTS - 1);
        struct nf_lease_report *a = &story[i], *b = &story[i + 1], kept = *a;
        bool is_tied = (a->action == NF_LEASE_DEL || b->action == NF_LEASE_DEL)
                       && nf_ip4_equal(a->lease.ip, b->lease.ip);
        if (!is_tied) {
            *a = *b;
            *b = kept;
        }
    }
}

static void
play(const struct nf_lease_report story[REPORTS], struct dump *seen)
{
    char text[NF_LEASE_JSON_MAX];
    struct nf_lease lease;
    nf_ip4_t at;

    assert_int_equal(world_make(NULL), 0);
    for (unsigned i = 0; i < REPORTS; i++) {
        tell(&story[i]);
    }
    *seen = (struct dump){0};
    {
        NF_READ(r, world.s.store);
        for (bool more = nf_leases_next(&r, NULL, &lease); more;
             more = nf_leases_next(&r, &at, &lease))
        {
            struct nf_out out = nf_out(text, sizeof(text));
            at = lease.ip;
            if (!lease.is_gone) {
                nf_lease_json(&lease, &out);
                dump_add(seen, out.data, out.len);
            }
        }
    }
    for (unsigned n = 1; n <= CLIENTS; n++) {
        bool is_node = world_has_node(mac_of(n));
        dump_add(seen, &is_node, sizeof(is_node));
    }
    assert_int_equal(world_drop(NULL), 0);
}

static void
the_order_of_reports_does_not_matter(void **state)
{
    struct nf_lease_report story[REPORTS];
    struct dump wanted, seen;

    (void) state;
    srand(5);
    for (unsigned run = 0; run < 60; run++) {
        make_story(story);
        play(story, &wanted);
        for (unsigned i = 0; i < 5; i++) {
            shuffle(story);
            play(story, &seen);
            if (!dump_equal(wanted, seen)) {
                fail_msg("run %u: in order %.*s, shuffled %.*s", run,
                         (int) wanted.len, wanted.data, (int) seen.len,
                         seen.data);
            }
            free(seen.data);
        }
        free(wanted.data);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_make, world_drop)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_lease_makes_a_node_by_the_rule),
        TEST(a_repeated_report_commits_nothing),
        TEST(a_late_del_does_not_take_a_newer_lease),
        TEST(a_del_of_before_a_renewal_does_not_take_the_renewed_lease),
        TEST(a_late_old_does_not_bring_a_lease_back),
        TEST(a_del_that_overtakes_its_add_still_ends_the_lease),
        TEST(an_overtaken_lease_of_a_new_machine_makes_its_node_all_the_same),
        TEST(leases_that_are_over_are_forgotten_an_hour_behind_their_expiry),
        TEST(a_boot_request_counts_where_no_agent_speaks),
        cmocka_unit_test(the_order_of_reports_does_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
