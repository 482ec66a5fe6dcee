/* The event log as it is stored, and stored data of another shape. */
#include "room.h"

#include "store/events.h"
#include "store/leases.h"
#include "store/nodes.h"
#include "store/tasks.h"

static const struct nf_text none = {0};

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
