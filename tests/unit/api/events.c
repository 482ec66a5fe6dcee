/* The event log, by pages and as a stream. */
#include "node_site.h"

static const char *
position(uint64_t seq)
{
    static char text[48];
    NF_READ(r, world.s.store);

    snprintf(text, sizeof(text), "%016llx-%llu",
             (unsigned long long) nf_generation(&r), (unsigned long long) seq);
    return text;
}

static bool
has_id(uint64_t seq)
{
    char line[64];

    snprintf(line, sizeof(line), "id: %s\n", position(seq));
    return says(line);
}

static void
events_come_as_pages_of_json(void **state)
{
    char link[128];

    (void) state;
    for (unsigned i = 1; i <= 5; i++) {
        create(i);
    }
    ask(NF_GET, "/api/v1/events?since=1&limit=2", NULL);
    EXPECT(200, "[{\"seq\":2,");
    snprintf(link, sizeof(link),
             "</api/v1/events?since=%s&limit=2>; rel=\"next\"", position(3));
    assert_true(text_is(answer.call.link, link));
    json_t *json = json_loads(answer.text, 0, NULL);
    assert_int_equal(json_array_size(json), 2);
    json_decref(json);
    ask(NF_GET, "/api/v1/events?since=5", NULL);
    assert_string_equal(answer.text, "[]");
    assert_int_equal(answer.call.link.len, 0);
    ask(NF_GET, "/api/v1/events", NULL);
    EXPECT(200, "[{\"seq\":1,");
}

static void
events_come_as_a_stream_that_goes_on(void **state)
{
    struct ask sse = {.accept = "text/event-stream"};

    (void) state;
    create(1);
    create(2);
    ask_with(NF_GET, "/api/v1/events?since=1", NULL, sse);
    EXPECT(200, "\nevent: node.created\ndata: {\"seq\":2,");
    assert_true(has_id(2));
    assert_string_equal(answer.call.type, "text/event-stream");
    assert_false(has_id(1));
    assert_false(answer.call.stream->is_done);
    struct nf_node_edit edit = {.node = {.mac = mac_of(3)}, .has = NF_HAS_MAC};
    assert_int_equal(CHANGE(nf_change_node_create(&c, &edit)), NF_OK);
    answer_pull();
    assert_true(has_id(3));
    ask_with(NF_GET, "/api/v1/events", NULL, sse);
    assert_int_equal(answer.len, 0); /* from now on */
    struct ask resume = {.last_event_id = "1"};
    ask_with(NF_GET, "/api/v1/events", NULL, resume);
    assert_true(has_id(2));
    struct ask bad = {.last_event_id = "x"};
    ask_with(NF_GET, "/api/v1/events", NULL, bad);
    EXPECT(400, "Last-Event-ID");
}

static void
a_long_log_streams_in_many_buffers(void **state)
{
    struct ask sse = {.last_event_id = "0"};

    (void) state;
    for (unsigned i = 1; i <= 400; i++) {
        create(i);
    }
    ask_with(NF_GET, "/api/v1/events", NULL, sse);
    for (unsigned i = 1; i <= 400; i++) {
        assert_true(has_id(i));
    }
}

static void
expect_reset(const char *last_event_id)
{
    struct ask resume = {.last_event_id = last_event_id};

    ask_with(NF_GET, "/api/v1/events", NULL, resume);
    EXPECT(200, "\nevent: reset\ndata: {\"type\":\"reset\",\"newest\":\"");
    assert_true(has_id(2) && says(position(2)) && says("\"seq\":2}"));
}

/* A restored store gives numbers again. */
static void
a_position_of_another_log_is_no_position(void **state)
{
    char path[96], before[48];

    (void) state;
    create(1);
    create(2);
    snprintf(before, sizeof(before), "%s", position(1));
    snprintf(path, sizeof(path), "/api/v1/events?since=%s", before);
    ask(NF_GET, path, NULL);
    EXPECT(200, "[{\"seq\":2,");
    {
        NF_WRITE(w, world.s.store);
        assert_true(nf_generation_begin(&w));
        assert_int_equal(nf_write_commit(&w), NF_OK);
    }
    ask(NF_GET, path, NULL);
    EXPECT(410, "restored from a backup; the newest is ");
    assert_true(says(position(2)));
    expect_reset(before);
    ask(NF_GET, "/api/v1/events?since=3", NULL);
    EXPECT(410, "\"field\":\"since\"");
    expect_reset("3");
    ask(NF_GET, "/api/v1/events?since=1", NULL); /* of who knows no more */
    EXPECT(200, "[{\"seq\":2,");
    for (const char *const *bad =
             (const char *const[]){"x-1", "-1", "0123456789abcdef-",
                                   "0123456789ABCDEF-1", "123-1", NULL};
         *bad != NULL; bad++)
    {
        snprintf(path, sizeof(path), "/api/v1/events?since=%s", *bad);
        ask(NF_GET, path, NULL);
        EXPECT(400, "since");
    }
}

static void
events_that_are_gone_are_not_passed_over_in_silence(void **state)
{
    struct ask resume = {.last_event_id = "1"};

    (void) state;
    for (unsigned i = 1; i <= 5; i++) {
        create(i);
    }
    {
        NF_WRITE(w, world.s.store);
        assert_int_equal(nf_events_trim(&w, 2, 10), 3);
        assert_int_equal(nf_write_commit(&w), NF_OK);
    }
    ask(NF_GET, "/api/v1/events?since=2", NULL);
    EXPECT(404, "events up to 3 are no longer kept");
    ask(NF_GET, "/api/v1/events?since=3", NULL);
    EXPECT(200, "[{\"seq\":4,");
    ask_with(NF_GET, "/api/v1/events", NULL, resume);
    EXPECT(404, "events up to 3 are no longer kept");
}

/* A log that was trimmed cannot be replayed. */
static int
drop_trimmed(void **state)
{
    (void) state;
    answer_drop();
    relay_drop();
    scratch_drop(&world.s);
    return 0;
}

static void
an_empty_page_of_events_does_not_link_to_itself(void **state)
{
    (void) state;
    create(1);
    ask(NF_GET, "/api/v1/events?limit=0", NULL);
    assert_int_equal(answer.call.link.len, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, site_make, site_drop)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(events_come_as_pages_of_json),
        TEST(events_come_as_a_stream_that_goes_on),
        TEST(a_long_log_streams_in_many_buffers),
        TEST(a_position_of_another_log_is_no_position),
        cmocka_unit_test_setup_teardown(
            events_that_are_gone_are_not_passed_over_in_silence, site_make,
            drop_trimmed),
        TEST(an_empty_page_of_events_does_not_link_to_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
