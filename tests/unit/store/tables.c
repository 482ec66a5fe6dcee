/* The collections: nodes and their indexes, answers, leases, events. */
#include "room.h"

#include "store/events.h"
#include "store/hardware.h"
#include "store/leases.h"
#include "store/nodes.h"
#include "store/progress.h"
#include "store/requests.h"
#include "store/tasks.h"

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
                   online = fine, bootfile = fine, extra = fine;

    (void) state;
    fine.boot = NF_BOOT_STUCK;
    fine.is_bound = 1;
    status.status = NF_NODE_INSTALLED + 1;
    boot.boot = NF_BOOT_STUCK + 1;
    bound.is_bound = 2;
    online.online = 2;
    extra.extra_len = 1;
    memset(bootfile.bootfile, 'x', sizeof(bootfile.bootfile));
    assert_true(reads_node(&fine));
    assert_false(reads_node(&status) || reads_node(&boot));
    assert_false(reads_node(&bound) || reads_node(&online));
    assert_false(reads_node(&bootfile) || reads_node(&extra));
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

/* --- answers remembered ------------------------------------------------------
 */

static bool
remembers(const char *name)
{
    struct nf_request request;
    NF_READ(r, s.store);

    return nf_requests_get(&r, nf_text(name), &request)
           && nf_text_equal(request.reply, nf_text(name));
}

static void
remember(const char *name, nf_time_t time)
{
    struct nf_request request = {time, 7, nf_text(name)};
    NF_WRITE(w, s.store);

    assert_true(nf_requests_put(&w, nf_text(name), &request));
    assert_int_equal(nf_write_commit(&w), NF_OK);
}

static unsigned
trim_requests(nf_time_t before, unsigned max)
{
    NF_WRITE(w, s.store);
    unsigned gone = nf_requests_trim(&w, before, max);

    assert_int_equal(nf_write_commit(&w), NF_OK);
    return gone;
}

static void
the_oldest_answers_are_forgotten_first(void **state)
{
    static const char longest[] =
        "0123456789012345678901234567890123456789012345678901234567890123";

    (void) state;
    assert_int_equal(trim_requests(1000, 10), 0);
    remember("k", 30);
    remember("t", 10);
    remember("a", 20);
    remember(longest, 5);
    assert_true(remembers(longest) && remembers("k") && remembers("t"));
    assert_int_equal(trim_requests(11, 1), 1);
    assert_false(remembers(longest));
    assert_int_equal(trim_requests(11, 10), 1);
    assert_false(remembers("t"));
    assert_int_equal(trim_requests(1000, 10), 2);
    NF_READ(r, s.store);
    assert_int_equal(nf_read_count(&r, NF_REQUESTS), 0);
}

static void
a_key_that_is_too_long_is_never_known(void **state)
{
    struct nf_request request = {1, 2, NF_TEXT("x")};
    static const char key[65] = "";
    struct nf_text text = {key, sizeof(key)};

    (void) state;
    NF_WRITE(w, s.store);
    assert_false(nf_requests_get(&w.read, text, &request));
    assert_false(nf_requests_put(&w, text, &request));
    assert_int_equal(nf_write_commit(&w), NF_BUG);
}

/* --- leases ------------------------------------------------------------------
 */

static void
put_lease(unsigned ip, unsigned n)
{
    struct nf_lease lease = {.ip = ip_of(ip), .mac = mac_of(n)};
    NF_WRITE(w, s.store);

    assert_true(nf_leases_put(&w, &lease));
    assert_int_equal(nf_write_commit(&w), NF_OK);
}

static unsigned
count_leases_of(unsigned n)
{
    struct nf_lease lease;
    nf_ip4_t at;
    unsigned count = 0;
    NF_READ(r, s.store);

    for (bool more = nf_leases_next_of(&r, mac_of(n), NULL, &lease); more;
         more = nf_leases_next_of(&r, mac_of(n), &at, &lease))
    {
        assert_true(nf_mac_equal(lease.mac, mac_of(n)));
        at = lease.ip;
        count++;
    }
    return count;
}

static void
an_address_belongs_to_one_card_and_a_card_may_have_several(void **state)
{
    (void) state;
    put_lease(1, 1);
    put_lease(2, 1);
    put_lease(3, 2);
    assert_int_equal(count_leases_of(1), 2);
    put_lease(2, 2);
    assert_int_equal(count_leases_of(1), 1);
    assert_int_equal(count_leases_of(2), 2);
    assert_int_equal(count_leases_of(3), 0);
    {
        NF_WRITE(w, s.store);
        assert_true(nf_leases_delete(&w, ip_of(2)));
        assert_false(nf_leases_delete(&w, ip_of(2)));
        assert_int_equal(nf_write_commit(&w), NF_OK);
    }
    assert_int_equal(count_leases_of(2), 1);
    NF_READ(r, s.store);
    assert_int_equal(nf_read_count(&r, NF_LEASES_BY_MAC), 2);
}

/* --- events ------------------------------------------------------------------
 */

static void
add_events(unsigned n, unsigned mac)
{
    NF_WRITE(w, s.store);

    for (unsigned i = 0; i < n; i++) {
        assert_true(nf_events_add(
            &w, &(struct nf_event_draft){.kind = NF_EVENT_NODE_UPDATED,
                                         .mac = mac_of(mac),
                                         .time = 1,
                                         .actor = "test",
                                         .members = NF_TEXT("\"x\":1")}));
    }
    assert_int_equal(nf_write_commit(&w), NF_OK);
}

static void
events_are_numbered_without_gaps(void **state)
{
    struct nf_event event;
    uint64_t seq = 0, wanted = 0;

    (void) state;
    add_events(3, 1);
    add_events(2, 2);
    NF_READ(r, s.store);
    while (nf_events_read(&r, &seq, &event)) {
        assert_int_equal(event.seq, ++wanted);
        assert_int_equal(event.kind, NF_EVENT_NODE_UPDATED);
    }
    assert_int_equal(wanted, 5);
    assert_int_equal(nf_events_last(&r), 5);
    seq = 5;
    assert_false(nf_events_read(&r, &seq, &event));
    assert_int_equal(seq, 5);
}

static void
an_event_reads_like_this(void **state)
{
    static const char wanted[] =
        "{\"seq\":1,\"time\":\"2026-01-22T10:00:00.123Z\",\"kind\":"
        "\"node.updated\",\"mac\":\"525400000001\",\"actor\":\"a\\\"b\","
        "\"x\":1}";
    struct nf_event event;
    uint64_t seq = 0;

    (void) state;
    {
        NF_WRITE(w, s.store);
        assert_true(nf_events_add(
            &w, &(struct nf_event_draft){.kind = NF_EVENT_NODE_UPDATED,
                                         .mac = mac_of(1),
                                         .time = 1769076000123,
                                         .actor = "a\"b",
                                         .members = NF_TEXT("\"x\":1")}));
        assert_int_equal(nf_write_commit(&w), NF_OK);
    }
    NF_READ(r, s.store);
    assert_true(nf_events_read(&r, &seq, &event));
    assert_int_equal(event.json.len, sizeof(wanted) - 1);
    assert_memory_equal(event.json.data, wanted, sizeof(wanted) - 1);
    assert_int_equal(event.time, 1769076000123);
}

static void
events_of_a_node_are_a_chain(void **state)
{
    static const uint64_t previous[] = {0, 0, 1, 2, 3};
    struct nf_event event;
    uint64_t seq = 5;

    (void) state;
    {
        NF_WRITE(w, s.store);
        for (size_t i = 0; i < 5; i++) {
            struct nf_event_draft draft = {.kind = NF_EVENT_NODE_UPDATED,
                                           .mac = mac_of(i % 2),
                                           .time = 1,
                                           .previous = previous[i],
                                           .actor = "t"};
            assert_true(nf_events_add(&w, &draft));
        }
        assert_int_equal(nf_write_commit(&w), NF_OK);
    }
    NF_READ(r, s.store);
    for (uint64_t wanted = 5; wanted > 0 && wanted < 6; wanted -= 2) {
        assert_true(nf_events_read_back(&r, &seq, &event));
        assert_int_equal(event.seq, wanted);
    }
    assert_false(nf_events_read_back(&r, &seq, &event));
}

static void
a_chain_that_points_forward_is_corrupt(void **state)
{
    struct nf_event_draft draft = {.kind = NF_EVENT_NODE_UPDATED,
                                   .mac = mac_of(1),
                                   .previous = 7,
                                   .actor = "t"};
    struct nf_event event;
    uint64_t seq = 1;

    (void) state;
    {
        NF_WRITE(w, s.store);
        assert_true(nf_events_add(&w, &draft));
        assert_int_equal(nf_write_commit(&w), NF_OK);
    }
    NF_READ(r, s.store);
    assert_false(nf_events_read_back(&r, &seq, &event));
    assert_int_equal(r.err, NF_CORRUPT);
}

static unsigned
trim(uint64_t keep, unsigned max)
{
    NF_WRITE(w, s.store);
    unsigned gone = nf_events_trim(&w, keep, max);

    assert_int_equal(nf_write_commit(&w), NF_OK);
    return gone;
}

static void
the_oldest_events_go_and_numbers_go_on(void **state)
{
    (void) state;
    assert_int_equal(trim(5, 100), 0);
    add_events(10, 1);
    assert_int_equal(trim(8, 1), 1);
    assert_int_equal(trim(8, 100), 1);
    assert_int_equal(trim(8, 100), 0);
    {
        NF_READ(r, s.store);
        assert_int_equal(nf_events_first(&r), 3);
        assert_int_equal(nf_read_count(&r, NF_EVENTS), 8);
    }
    assert_int_equal(trim(0, 100), 7);
    add_events(1, 1);
    NF_READ(r, s.store);
    assert_int_equal(nf_events_last(&r), 11);
}

static void
an_aborted_scope_leaves_no_gap(void **state)
{
    (void) state;
    {
        NF_WRITE(w, s.store);
        assert_true(nf_events_add(
            &w, &(struct nf_event_draft){.kind = NF_EVENT_NODE_UPDATED,
                                         .mac = mac_of(1),
                                         .time = 1,
                                         .actor = "t",
                                         .members = none}));
    }
    add_events(1, 1);
    NF_READ(r, s.store);
    assert_int_equal(nf_events_last(&r), 1);
}

static void
a_reader_finds_its_place_again(void **state)
{
    (void) state;
    {
        NF_WRITE(w, s.store);
        assert_int_equal(nf_cursor_get(&w.read, "relay"), 0);
        assert_true(nf_cursor_put(&w, "relay", 12345678901));
        assert_true(nf_cursor_put(&w, "other", 1));
        assert_int_equal(nf_write_commit(&w), NF_OK);
    }
    NF_READ(r, s.store);
    assert_int_equal(nf_cursor_get(&r, "relay"), 12345678901);
}

static void
stored_data_of_another_shape_is_corrupt_not_a_crash(void **state)
{
    struct nf_key {
        uint8_t b[8];
    } id = {{0, 0, 0, 0, 0, 0, 0, 1}};
    struct nf_node_view view;
    struct nf_task task;
    struct nf_lease lease;
    struct nf_bytes junk = {"junk", 4};

    (void) state;
    {
        NF_WRITE(w, s.store);
        nf_mac_t mac = mac_of(1);
        nf_ip4_t ip = ip_of(1);
        nf_write_put(&w, NF_NODES, (struct nf_bytes){mac.b, 6}, junk);
        nf_write_put(&w, NF_LEASES, (struct nf_bytes){ip.b, 4}, junk);
        nf_write_put(&w, NF_TASKS, (struct nf_bytes){id.b, 8}, junk);
        assert_int_equal(nf_write_commit(&w), NF_OK);
    }
    {
        NF_READ(r, s.store);
        assert_false(nf_nodes_get(&r, mac_of(1), &view));
        assert_int_equal(r.err, NF_CORRUPT);
    }
    {
        NF_READ(r, s.store);
        assert_false(nf_leases_get(&r, ip_of(1), &lease));
        assert_int_equal(r.err, NF_CORRUPT);
    }
    NF_READ(r, s.store);
    assert_false(nf_tasks_get(&r, 1, &task));
    assert_int_equal(r.err, NF_CORRUPT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, drop)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_node_is_found_by_every_name_it_has),
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
        TEST(the_oldest_answers_are_forgotten_first),
        TEST(a_key_that_is_too_long_is_never_known),
        TEST(an_address_belongs_to_one_card_and_a_card_may_have_several),
        TEST(events_are_numbered_without_gaps),
        TEST(an_event_reads_like_this),
        TEST(events_of_a_node_are_a_chain),
        TEST(a_chain_that_points_forward_is_corrupt),
        TEST(the_oldest_events_go_and_numbers_go_on),
        TEST(an_aborted_scope_leaves_no_gap),
        TEST(a_reader_finds_its_place_again),
        TEST(stored_data_of_another_shape_is_corrupt_not_a_crash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
