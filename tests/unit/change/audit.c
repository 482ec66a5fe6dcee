/* What people did is kept, however much machines say. */

#include "change/record.h"
#include "store/events.h"
#include "world.h"

static nf_error_t
register_node(unsigned n, bool is_person)
{
    struct nf_node_edit edit = {.node = {.mac = mac_of(n)}, .has = NF_HAS_MAC};
    NF_WRITE(w, world.s.store);
    struct nf_change c = {.w = &w,
                          .settings = &world.settings,
                          .now = world.now,
                          .actor = is_person ? "ann" : "hook",
                          .is_person = is_person};
    nf_error_t err = nf_change_node_create(&c, &edit);

    return err != NF_OK ? err : nf_write_commit(&w);
}

static nf_error_t
says(unsigned n, unsigned name)
{
    struct nf_status_report report = {.status = "running"};

    snprintf(report.hostname, sizeof(report.hostname), "h%u", name);
    return CHANGE(nf_change_status(&c, mac_of(n), &report));
}

static void
trim(uint64_t keep, uint64_t audit)
{
    NF_WRITE(w, world.s.store);

    (void) nf_events_trim(&w, keep, 1000000);
    (void) nf_audit_trim(&w, audit, 1000000);
    assert_int_equal(nf_write_commit(&w), NF_OK);
}

/* How many there are, and the last one's number. */
static unsigned
people_did(uint64_t *last)
{
    struct nf_event event;
    unsigned n = 0;
    uint64_t seq = 0;
    NF_READ(r, world.s.store);

    while (nf_audit_read(&r, &seq, &event)) {
        assert_int_equal(event.seq, seq);
        assert_non_null(
            memmem(event.json.data, event.json.len, "\"actor\":\"ann\"", 13));
        *last = seq;
        n++;
    }
    assert_int_equal(r.err, NF_OK);
    return n;
}

static void
it_outlives_the_log(void **state)
{
    uint64_t last = 0;

    (void) state;
    assert_int_equal(register_node(1, true), NF_OK);
    uint64_t first = world_last();
    for (unsigned n = 2; n < 200; n++) {
        assert_int_equal(register_node(n, n % 50 == 0), NF_OK);
    }
    assert_int_equal(people_did(&last), 4);
    trim(10, 100);
    assert_int_equal(people_did(&last), 4);
    {
        struct nf_event event;
        uint64_t before = first - 1;
        NF_READ(r, world.s.store);
        assert_true(nf_events_first(&r) > first);
        assert_true(nf_audit_read(&r, &before, &event));
        assert_int_equal(event.kind, NF_EVENT_NODE_CREATED);
        assert_true(nf_mac_equal(event.mac, mac_of(1)));
    }
    trim(10, 2);
    assert_int_equal(people_did(&last), 2);
    trim(1, 1);
    assert_int_equal(people_did(&last), 1);
    assert_int_equal(register_node(300, true), NF_OK);
    assert_int_equal(people_did(&last), 2);
    assert_int_equal(last, world_last());
}

/* The log of a world that is trimmed is no longer what made its state. */
static int
drop_trimmed(void **state)
{
    (void) state;
    scratch_drop(&world.s);
    return 0;
}

static void
a_node_that_talks_fills_no_log(void **state)
{
    (void) state;
    replay_may_have_gaps = true;
    assert_int_equal(register_node(1, true), NF_OK);
    assert_int_equal(register_node(2, true), NF_OK);
    world.now += NF_SECONDS(1);
    assert_int_equal(says(1, 0), NF_OK);
    uint64_t began = world_events(NF_EVENT_NODE_UPDATED);
    for (unsigned i = 1; i <= 300; i++) {
        world.now += 100;
        assert_int_equal(says(1, i), NF_OK);
    }
    assert_in_range(world_events(NF_EVENT_NODE_UPDATED) - began, 10,
                    NF_NOISE_MAX);
    assert_string_equal(world_node(mac_of(1)).hostname, "h300");
    began = world_events(NF_EVENT_NODE_ONLINE);
    assert_int_equal(says(2, 7), NF_OK); /* another one is heard as ever */
    assert_string_equal(world_node(mac_of(2)).hostname, "h7");
    assert_int_equal(world_events(NF_EVENT_NODE_ONLINE), began + 1);
    began = world_events(NF_EVENT_NODE_UPDATED);
    world.now += NF_SECONDS(60);
    assert_int_equal(says(1, 301), NF_OK); /* and so is it, a little later */
    assert_int_equal(world_events(NF_EVENT_NODE_UPDATED), began + 1);
}

/* What a person did stays, although a machine talks over it. */
static void
a_person_is_not_talked_over(void **state)
{
    uint64_t last = 0;

    (void) state;
    assert_int_equal(register_node(1, true), NF_OK);
    for (unsigned i = 0; i < 50; i++) {
        assert_int_equal(says(1, i), NF_OK);
        struct nf_node_edit edit = {.has = NF_HAS_HOSTNAME};
        snprintf(edit.node.hostname, sizeof(edit.node.hostname), "ann%u", i);
        NF_WRITE(w, world.s.store);
        struct nf_change c = {.w = &w,
                              .settings = &world.settings,
                              .now = world.now,
                              .actor = "ann",
                              .is_person = true};
        assert_int_equal(nf_change_node_edit(&c, mac_of(1), &edit), NF_OK);
        assert_int_equal(nf_write_commit(&w), NF_OK);
    }
    assert_int_equal(people_did(&last), 51);
}

/* Different hardware each time, and a serial number that fits nothing. */
static void
nor_does_one_that_reports(void **state)
{
    char json[64];

    (void) state;
    assert_int_equal(register_node(1, true), NF_OK);
    uint64_t began = world_last();
    for (unsigned i = 0; i < 200; i++) {
        struct nf_hardware_report report = {.mac = mac_of(1)};
        bool matched;
        snprintf(json, sizeof(json), "{\"n\":%u}", i);
        snprintf(report.sn, sizeof(report.sn), "S%u", i);
        report.json = nf_text(json);
        assert_int_equal(CHANGE(nf_change_report(&c, &report, &matched)),
                         NF_OK);
    }
    assert_in_range(world_last() - began, 1, NF_NOISE_MAX + 5);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_outlives_the_log, world_make,
                                        drop_trimmed),
        cmocka_unit_test_setup_teardown(a_node_that_talks_fills_no_log,
                                        world_make, world_drop),
        cmocka_unit_test_setup_teardown(a_person_is_not_talked_over, world_make,
                                        world_drop),
        cmocka_unit_test_setup_teardown(nor_does_one_that_reports, world_make,
                                        world_drop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
