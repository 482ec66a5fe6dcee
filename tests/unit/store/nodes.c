/* Nodes as they are stored: found by every name, listed, counted. */
#include "room.h"

#include "store/hardware.h"
#include "store/nodes.h"
#include "store/progress.h"

static const struct nf_text none = {0};

static struct nf_node
node_of(unsigned n)
{
    struct nf_node node = {.mac = mac_of(n), .created_at = 1000 + n};

    snprintf(node.hostname, sizeof(node.hostname), "n%u", n);
    snprintf(node.serial, sizeof(node.serial), "S%u", n);
    node.ip = ip_of(n);
    return node;
}

static void
put_node(const struct nf_node *node)
{
    NF_WRITE(w, s.store);
    assert_true(nf_nodes_put(&w, node, none));
    assert_int_equal(nf_write_commit(&w), NF_OK);
}

static void
delete_node(unsigned n)
{
    NF_WRITE(w, s.store);
    assert_true(nf_nodes_delete(&w, mac_of(n)));
    assert_int_equal(nf_write_commit(&w), NF_OK);
}

static bool
finds(const char *name, unsigned n)
{
    nf_mac_t mac;
    NF_READ(r, s.store);

    return nf_nodes_find(&r, nf_text(name), &mac)
           && nf_mac_equal(mac, mac_of(n));
}

static void
a_node_is_found_by_every_name_it_has(void **state)
{
    struct nf_node node = node_of(1);

    (void) state;
    node.macs_n = 2;
    node.macs[0] = mac_of(101);
    node.macs[1] = mac_of(102);
    put_node(&node);
    assert_true(finds("525400000001", 1));
    assert_true(finds("52:54:00:00:00:01", 1));
    assert_true(finds("52-54-00-00-00-01", 1));
    assert_true(finds("5254.0000.0001", 1));
    assert_true(finds("525400000065", 1));
    assert_true(finds("52:54:00:00:00:66", 1));
    assert_true(finds("S1", 1));
    assert_false(finds("S2", 1));
    assert_false(finds("", 1));
    assert_false(finds("n1", 1));
}

static unsigned
named(const char *name, nf_mac_t macs[2])
{
    NF_READ(r, s.store);

    return nf_nodes_find_named(&r, nf_text(name), macs);
}

static void
a_person_may_use_a_host_name_that_is_one_nodes_own(void **state)
{
    struct nf_node one = node_of(1), two = node_of(2);
    nf_mac_t macs[2];

    (void) state;
    snprintf(one.hostname, sizeof(one.hostname), "web");
    snprintf(two.hostname, sizeof(two.hostname), "web");
    two.name_kind = NF_NAME_SHARED;
    put_node(&one);
    assert_int_equal(named("WEB", macs), 1);
    assert_true(nf_mac_equal(macs[0], mac_of(1)));
    assert_false(finds("web", 1)); /* machines may not */
    put_node(&two);
    assert_int_equal(named("web", macs), 2);
    assert_true(nf_mac_equal(macs[0], mac_of(1)));
    assert_true(nf_mac_equal(macs[1], mac_of(2)));
    assert_int_equal(named("we", macs), 0);
    assert_int_equal(named("", macs), 0);
    assert_int_equal(named("525400000002", macs), 1);
}

static void
indexes_follow_a_change_of_name(void **state)
{
    struct nf_node node = node_of(1);
    nf_mac_t owner;

    (void) state;
    node.macs_n = 1;
    node.macs[0] = mac_of(101);
    put_node(&node);
    snprintf(node.serial, sizeof(node.serial), "T1");
    node.macs[0] = mac_of(102);
    node.ip = ip_of(200);
    put_node(&node);
    assert_false(finds("S1", 1));
    assert_true(finds("T1", 1));
    assert_false(finds("525400000065", 1));
    assert_true(finds("525400000066", 1));
    NF_READ(r, s.store);
    assert_false(nf_nodes_ip_owner(&r, ip_of(1), &owner));
    assert_true(nf_nodes_ip_owner(&r, ip_of(200), &owner));
}

static void
an_address_that_another_node_took_stays_with_it(void **state)
{
    struct nf_node one = node_of(1), two = node_of(2);
    nf_mac_t owner;

    (void) state;
    put_node(&one);
    two.ip = one.ip;
    put_node(&two);
    one.ip = ip_of(77);
    put_node(&one);
    {
        NF_READ(r, s.store);
        assert_true(nf_nodes_ip_owner(&r, two.ip, &owner));
        assert_true(nf_mac_equal(owner, two.mac));
    }
    delete_node(1);
    NF_READ(r, s.store);
    assert_true(nf_nodes_ip_owner(&r, two.ip, &owner));
}

static void
put_what_goes_with_it(struct nf_write *w, nf_mac_t mac)
{
    struct nf_hardware hardware = {.reported_at = 5, .json = NF_TEXT("{}")};
    struct nf_unmatched unmatched = {.mac = mac};
    struct nf_progress progress = {.seq = 5};

    assert_true(nf_hardware_put(w, mac, &hardware));
    assert_true(nf_unmatched_put(w, &unmatched));
    assert_true(nf_progress_add(w, mac, &progress));
}

static void
a_deleted_node_leaves_nothing(void **state)
{
    struct dump before = dump_store(s.store);
    struct nf_node node = node_of(1);

    (void) state;
    node.macs_n = 8;
    for (unsigned i = 0; i < 8; i++) {
        node.macs[i] = mac_of(100 + i);
    }
    put_node(&node);
    {
        NF_WRITE(w, s.store);
        assert_true(nf_nodes_heard(&w, node.mac, 5));
        put_what_goes_with_it(&w, node.mac);
        assert_int_equal(nf_write_commit(&w), NF_OK);
    }
    delete_node(1);
    {
        NF_WRITE(w, s.store);
        assert_false(nf_nodes_delete(&w, mac_of(1)));
        /* the counts remain, all zero */
        assert_true(
            nf_write_delete(&w, NF_META, (struct nf_bytes){"node-counts", 11}));
        assert_int_equal(nf_write_commit(&w), NF_OK);
    }
    struct dump after = dump_store(s.store);
    assert_true(dump_equal(before, after));
    free(before.data);
    free(after.data);
}

static bool
reads_node(const struct nf_node *node)
{
    struct nf_node_view view;
    nf_mac_t mac = mac_of(1);
    NF_WRITE(w, s.store);

    nf_write_put(&w, NF_NODES, (struct nf_bytes){mac.b, sizeof(mac.b)},
                 (struct nf_bytes){node, sizeof(*node)});
    bool is_read = nf_nodes_get(&w.read, mac, &view);
    assert_int_equal(w.read.err, is_read ? NF_OK : NF_CORRUPT);
    return is_read;
}

static void
a_node_that_makes_no_sense_is_corrupt(void **state)
{
    struct nf_node fine = node_of(1), status = fine, boot = fine, bound = fine,
                   online = fine, bootfile = fine, extra = fine, mode = fine;

    (void) state;
    fine.boot = NF_BOOT_STUCK;
    fine.is_bound = 1;
    status.status = NF_NODE_INSTALLED + 1;
    boot.boot = NF_BOOT_STUCK + 1;
    bound.unused = 1;
    mode.boot_mode = NF_BOOT_MODES;
    online.online = 2;
    extra.extra_len = 1;
    memset(bootfile.bootfile, 'x', sizeof(bootfile.bootfile));
    assert_true(reads_node(&fine));
    assert_false(reads_node(&status) || reads_node(&boot));
    assert_false(reads_node(&bound) || reads_node(&online));
    assert_false(reads_node(&bootfile) || reads_node(&extra));
    assert_false(reads_node(&mode));
}

static void
created_at_never_changes_once_stored(void **state)
{
    struct nf_node node = node_of(1);
    struct nf_node_view view;

    (void) state;
    put_node(&node);
    node.created_at = 99999;
    put_node(&node);
    {
        NF_READ(r, s.store);
        assert_true(nf_nodes_get(&r, node.mac, &view));
        assert_int_equal(view.node.created_at, 1001);
    }
    delete_node(1);
    NF_READ(r, s.store);
    assert_int_equal(nf_read_count(&r, NF_NODES_BY_AGE), 0);
}

static void
a_put_leaves_the_heartbeat_as_it_is(void **state)
{
    struct nf_node node = node_of(1); /* who has it has no heartbeat */
    struct nf_node_view view;

    (void) state;
    {
        NF_WRITE(w, s.store);
        assert_false(nf_nodes_heard(&w, node.mac, 5)); /* there is no node */
        assert_int_equal(w.read.err, NF_OK);
    }
    put_node(&node);
    {
        NF_WRITE(w, s.store);
        assert_true(nf_nodes_heard(&w, node.mac, 5));
        assert_int_equal(nf_write_commit(&w), NF_OK);
    }
    put_node(&node);
    NF_READ(r, s.store);
    assert_true(nf_nodes_get(&r, node.mac, &view));
    assert_int_equal(view.node.heard, 5);
}

static void
the_list_is_newest_first_and_equal_ages_have_one_order(void **state)
{
    struct nf_node_view view;
    unsigned n = 0;
    nf_time_t last = INT64_MAX;

    (void) state;
    for (unsigned i = 1; i <= 50; i++) {
        struct nf_node node = node_of(i * 7 % 51);
        node.created_at = 1000 + i / 3;
        put_node(&node);
    }
    NF_READ(r, s.store);
    NF_SCAN(scan, &r, NF_NODES_BY_AGE);
    for (bool ok = nf_nodes_list(&scan, NULL, &view); ok;
         ok = nf_nodes_list_next(&scan, &view))
    {
        assert_true(view.node.created_at <= last);
        last = view.node.created_at;
        n++;
    }
    assert_int_equal(n, 50);
}

/* Walk in steps of three from behind the last, deleting as we go. */
static void
a_list_goes_on_behind_a_node_that_is_gone(void **state)
{
    bool seen[61] = {false};
    struct nf_node_position at;
    struct nf_node_view view;
    bool has_at = false, more = true;

    (void) state;
    for (unsigned i = 1; i <= 60; i++) {
        struct nf_node node = node_of(i);
        put_node(&node);
    }
    while (more) {
        {
            NF_READ(r, s.store);
            NF_SCAN(scan, &r, NF_NODES_BY_AGE);
            more = nf_nodes_list(&scan, has_at ? &at : NULL, &view);
            for (int i = 0; more && i < 3; i++) {
                unsigned n = view.node.mac.b[5];
                assert_false(seen[n]);
                seen[n] = true;
                at = (struct nf_node_position){view.node.created_at,
                                               view.node.mac};
                has_at = true;
                more = nf_nodes_list_next(&scan, &view);
            }
        }
        delete_node(at.mac.b[5]);
    }
    for (unsigned i = 1; i <= 60; i++) {
        assert_true(seen[i]);
    }
}

static void
counts_are_what_counting_would_say(void **state)
{
    uint64_t by_status[3] = {0}, online = 0;
    struct nf_node_view view;

    (void) state;
    srand(7);
    for (unsigned i = 0; i < 500; i++) {
        unsigned n = (unsigned) rand() % 20;
        struct nf_node node = node_of(n);
        NF_WRITE(w, s.store);
        if (rand() % 4 == 0) {
            (void) nf_nodes_delete(&w, mac_of(n));
        } else {
            node.status = (uint8_t) (rand() % 3);
            node.online = (uint8_t) (rand() % 2);
            assert_true(nf_nodes_put(&w, &node, none));
        }
        assert_int_equal(nf_write_commit(&w), NF_OK);
    }
    NF_READ(r, s.store);
    NF_SCAN(scan, &r, NF_NODES_BY_AGE);
    for (bool ok = nf_nodes_list(&scan, NULL, &view); ok;
         ok = nf_nodes_list_next(&scan, &view))
    {
        by_status[view.node.status]++;
        online += view.node.online;
    }
    struct nf_node_counts counts = nf_nodes_count(&r);
    assert_memory_equal(counts.by_status, by_status, sizeof(by_status));
    assert_int_equal(counts.online, online);
}

static void
extra_that_is_too_large_is_refused_and_the_largest_fits(void **state)
{
    static char big[NF_NODE_EXTRA_MAX + 1];
    struct nf_node node = node_of(1);
    struct nf_node_view view;

    (void) state;
    memset(big, ' ', sizeof(big));
    memcpy(big, "{", 1);
    big[NF_NODE_EXTRA_MAX - 1] = '}';
    {
        NF_WRITE(w, s.store);
        assert_false(nf_nodes_put(
            &w, &node, (struct nf_text){big, NF_NODE_EXTRA_MAX + 1}));
        assert_int_equal(nf_write_commit(&w), NF_BUG);
    }
    NF_WRITE(w, s.store);
    assert_true(
        nf_nodes_put(&w, &node, (struct nf_text){big, NF_NODE_EXTRA_MAX}));
    assert_true(nf_nodes_get(&w.read, node.mac, &view));
    assert_int_equal(view.extra.len, NF_NODE_EXTRA_MAX);
    assert_int_equal(nf_write_commit(&w), NF_OK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, drop)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_node_is_found_by_every_name_it_has),
        TEST(a_person_may_use_a_host_name_that_is_one_nodes_own),
        TEST(indexes_follow_a_change_of_name),
        TEST(an_address_that_another_node_took_stays_with_it),
        TEST(a_deleted_node_leaves_nothing),
        TEST(a_node_that_makes_no_sense_is_corrupt),
        TEST(created_at_never_changes_once_stored),
        TEST(a_put_leaves_the_heartbeat_as_it_is),
        TEST(the_list_is_newest_first_and_equal_ages_have_one_order),
        TEST(a_list_goes_on_behind_a_node_that_is_gone),
        TEST(counts_are_what_counting_would_say),
        TEST(extra_that_is_too_large_is_refused_and_the_largest_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
