/* What nodes ask for and report, and what watchers see of it. */
#include "site.h"

#include "render/token.h"

#define NODE   "/api/v1/nodes/525400000001"
#define SCRIPT "/boot/525400000001/boot.ipxe"

static void
act(const char *word)
{
    char body[64];

    snprintf(body, sizeof(body), "{\"action\":\"%s\"}", word);
    assert_int_equal(ask(NF_PUT, NODE, body), 200);
}

static const char *
token(void)
{
    static char text[NF_TOKEN_TEXT];
    struct nf_node node = world_node(mac_of(1));

    nf_token_make(site.key, world_attempt(&node), text);
    return text;
}

static void
lease(unsigned ip, unsigned n)
{
    struct nf_lease_report report = {
        .action = NF_LEASE_ADD,
        .lease = {.ip = ip_of(ip),
                  .mac = mac_of(n),
                  .expires = NOW * 2,
                  .changed_at = world.now},
    };

    assert_int_equal(CHANGE(nf_change_lease(&c, &report)), NF_OK);
}

static unsigned
report(const char *with_token, bool success, struct ask with)
{
    char body[256];

    snprintf(body, sizeof(body),
             "{\"mac\":\"525400000001\",\"token\":\"%s\",\"operation\":"
             "\"os_install\",\"success\":%s,\"message\":\"no disk\"}",
             with_token, success ? "true" : "false");
    with.listener = NF_LISTENER_AGENT;
    return ask_with(NF_POST, "/api/v1/device/operationComplete", body, with);
}

static unsigned
answers(const char *kind, const char *with_token, struct ask with)
{
    char path[160];

    snprintf(path, sizeof(path), "/%s?token=%s", kind, with_token);
    with.listener = NF_LISTENER_ANSWERS;
    return ask_with(NF_GET, path, NULL, with);
}

#define PRESEED "preseed/525400000001/preseed.cfg"
#define IMAGE   "image/525400000001/image.json"

/* --- boot scripts
 * ---------------------------------------------------------------- */

/* The node asks. */
static void
boot(void)
{
    ask_with(NF_GET, SCRIPT, NULL, (struct ask){.listener = NF_LISTENER_BOOT});
}

static void
each_state_has_its_script(void **state)
{
    (void) state;
    create(1);
    boot();
    EXPECT(200, "#!ipxe\n");
    assert_false(answer.call.has_after_work);
    assert_string_equal(answer.call.type, "text/plain");
    act("install");
    boot();
    EXPECT(200, "debian-installer");
    assert_true(says(token()));
    assert_true(answer.call.has_after_work);
    ask_after();
    assert_int_equal(world_task(mac_of(1)).scripts, 1);
    world.now += 1000;
    boot();
    ask_after();
    assert_int_equal(world_task(mac_of(1)).scripts, 2);
    assert_int_equal(report(token(), true, (struct ask){0}), 200);
    boot();
    EXPECT(200, "sanboot");
    assert_false(says("token"));
    ask_after();
    assert_int_equal(world_task(mac_of(1)).scripts, 2);
}

static void
a_cancelled_node_says_that_it_is_stuck_and_why(void **state)
{
    (void) state;
    create(1);
    act("install");
    boot();
    ask_after();
    act("cancel");
    boot();
    EXPECT(200, "cancelled by an operator");
    assert_false(answer.call.has_after_work);
}

static void
an_unknown_node_waits_and_is_registered_behind_the_answer(void **state)
{
    (void) state;
    ask(NF_GET, SCRIPT, NULL); /* an operator */
    EXPECT(200, "#!ipxe\n");
    assert_false(answer.call.has_after_work);
    struct ask from = {.peer = ip_of(9), .listener = NF_LISTENER_BOOT};
    ask_with(NF_GET, SCRIPT, NULL, from);
    ask_after();
    assert_true(world_has_node(mac_of(1)));
    assert_true(nf_ip4_equal(world_node(mac_of(1)).agent_ip, ip_of(9)));
    ask(NF_GET, "/boot/nonsense/boot.ipxe", NULL);
    EXPECT(400, "invalid MAC address format");
}

static void
only_so_many_unknown_nodes_are_registered_in_a_second(void **state)
{
    char path[64];
    struct ask node = {.listener = NF_LISTENER_BOOT};
    unsigned n = 0;

    (void) state;
    world.now += 3600000;
    for (unsigned i = 1; i <= 200; i++) {
        snprintf(path, sizeof(path), "/boot/5254%08x/boot.ipxe", i);
        ask_with(NF_GET, path, NULL, node);
        n += answer.call.has_after_work;
    }
    assert_int_equal(n, 50);
    world.now += 1000;
    boot();
    assert_true(answer.call.has_after_work);
}

static void
head_of_a_script_changes_nothing(void **state)
{
    struct ask node = {.listener = NF_LISTENER_BOOT};

    (void) state;
    world.now += 7200000;
    assert_int_equal(ask_with(NF_HEAD, SCRIPT, NULL, node), 200);
    assert_false(answer.call.has_after_work);
    create(1);
    act("install");
    assert_int_equal(ask_with(NF_HEAD, SCRIPT, NULL, node), 200);
    assert_false(answer.call.has_after_work);
}

static void
a_waiting_node_is_held_until_something_happens(void **state)
{
    struct ask with = {.may_wait = true}, without = {0};

    (void) state;
    create(1);
    ask_with(NF_GET, SCRIPT "?wait=1", NULL, with);
    assert_int_equal(answer.call.status, 0);
    assert_true(nf_mac_equal(answer.call.wait_mac, mac_of(1)));
    assert_int_equal(answer.call.wait_until, NOW + NF_SECONDS(30));
    ask_with(NF_GET, SCRIPT "?wait=1", NULL, without);
    EXPECT(200, "#!ipxe");
    ask_with(NF_GET, SCRIPT, NULL, with);
    EXPECT(200, "#!ipxe");
    act("install");
    ask_with(NF_GET, SCRIPT "?wait=1", NULL, with);
    EXPECT(200, "debian-installer");
}

static void
changes_name_the_nodes_to_wake(void **state)
{
    nf_mac_t macs[2];
    uint64_t seq = 0;

    (void) state;
    create(1);
    create(2);
    create(3);
    assert_int_equal(nf_api_changes(&site, &seq, macs, 2), 2);
    assert_true(nf_mac_equal(macs[1], mac_of(2)));
    assert_int_equal(nf_api_changes(&site, &seq, macs, 2), 1);
    assert_int_equal(nf_api_changes(&site, &seq, macs, 2), 0);
    assert_int_equal(seq, 3);
}

/* --- answers, for the attempt and its node alone
 * ------------------------------------- */

static void
answers_need_the_token_of_the_attempt(void **state)
{
    static char old[NF_TOKEN_TEXT];
    struct ask none = {0};

    (void) state;
    create(1);
    assert_int_equal(answers(PRESEED, "x", none), 403);
    act("install");
    assert_int_equal(answers(PRESEED, token(), none), 200);
    assert_true(says("d-i "));
    assert_int_equal(answers(PRESEED, "x", none), 403);
    assert_int_equal(answer.len, 0);
    assert_int_equal(answers(PRESEED, "", none), 403);
    assert_int_equal(ask(NF_GET, "/" PRESEED, NULL), 403);
    assert_int_equal(answers(IMAGE, "x", none), 403);
    assert_int_equal(answers(IMAGE, token(), none), 200);
    assert_true(says("\"disk\": \"auto\""));
    snprintf(old, sizeof(old), "%s", token());
    act("cancel");
    assert_int_equal(answers(PRESEED, old, none), 403);
    act("install");
    assert_int_equal(answers(PRESEED, old, none), 403);
    assert_int_equal(answers(PRESEED, token(), none), 200);
    assert_int_equal(report(token(), true, none), 200);
    assert_int_equal(answers(PRESEED, token(), none), 403);
}

static void
the_agent_reads_what_to_install(void **state)
{
    struct ask none = {0};

    (void) state;
    create(1);
    assert_int_equal(ask(NF_PUT, NODE,
                         "{\"action\":\"install\",\"profile\":"
                         "\"debian-image\"}"),
                     200);
    assert_int_equal(answers(IMAGE, token(), none), 200);
    json_t *json = json_loads(answer.text, 0, NULL);
    assert_non_null(json);
    assert_string_equal(json_string_value(json_object_get(json, "mac")),
                        "525400000001");
    json_decref(json);
    assert_string_equal(answer.call.type, "application/json");
    assert_int_equal(answers(PRESEED, token(), none), 404);
}

static void
an_operator_who_looks_changes_nothing(void **state)
{
    (void) state;
    world.now += 10800000;
    assert_int_equal(ask(NF_GET, SCRIPT, NULL), 200);
    assert_false(answer.call.has_after_work);
    create(1);
    act("install");
    assert_int_equal(ask(NF_GET, SCRIPT "?failed=1", NULL), 200);
    EXPECT(200, "debian-installer");
    assert_false(answer.call.has_after_work);
    boot();
    assert_true(answer.call.has_after_work);
}

static void
another_machine_gets_no_answers_and_no_install_script(void **state)
{
    struct ask own = {.peer = ip_of(1), .listener = NF_LISTENER_BOOT};
    struct ask other = {.peer = ip_of(2), .listener = NF_LISTENER_BOOT};
    struct ask nobody = {.peer = ip_of(3), .listener = NF_LISTENER_BOOT};

    (void) state;
    create(1);
    create(2);
    lease(1, 1);
    lease(2, 2);
    act("install");
    assert_int_equal(answers(PRESEED, token(), other), 403);
    assert_int_equal(answers(PRESEED, token(), own), 200);
    assert_int_equal(answers(PRESEED, token(), nobody), 403);
    ask_with(NF_GET, SCRIPT, NULL, other);
    EXPECT(200, "#!ipxe"); /* it may be the node with a new lease: ask again */
    assert_false(says(token()));
    assert_false(says("debian-installer"));
    assert_false(answer.call.has_after_work);
    ask_with(NF_GET, SCRIPT, NULL, nobody);
    assert_false(says(token()));
    nobody.listener = NF_LISTENER_API; /* an operator looks at it */
    ask_with(NF_GET, SCRIPT, NULL, nobody);
    assert_true(says(token()));
    ask_with(NF_GET, SCRIPT, NULL, own);
    EXPECT(200, "debian-installer");
    assert_int_equal(report(token(), true, other), 403);
    assert_int_equal(report(token(), true, own), 200);
}

static void
without_a_lease_any_peer_may_be_the_node(void **state)
{
    struct ask nobody = {.peer = ip_of(3), .listener = NF_LISTENER_BOOT};
    struct ask other = {.peer = ip_of(2), .listener = NF_LISTENER_BOOT};

    (void) state;
    create(1);
    create(2);
    lease(2, 2);
    act("install");
    assert_int_equal(answers(PRESEED, token(), other), 403);
    assert_int_equal(answers(PRESEED, token(), nobody), 200);
    ask_with(NF_GET, SCRIPT, NULL, nobody);
    assert_true(says(token()));
}

static void
a_lease_given_back_says_nothing_of_its_peer(void **state)
{
    struct ask from = {.peer = ip_of(2)};
    struct nf_lease_report gone = {
        .action = NF_LEASE_DEL,
        .lease = {.ip = ip_of(2),
                  .mac = mac_of(2),
                  .expires = NOW * 2,
                  .changed_at = NOW + 5000},
    };

    (void) state;
    create(1);
    create(2);
    lease(2, 2);
    act("install");
    assert_int_equal(answers(PRESEED, token(), from), 403);
    assert_int_equal(CHANGE(nf_change_lease(&c, &gone)), NF_OK);
    assert_int_equal(answers(PRESEED, token(), from), 200);
}

/* --- reports
 * -------------------------------------------------------------------------- */

static void
a_report_needs_the_token_and_may_be_repeated(void **state)
{
    struct ask none = {0};

    (void) state;
    create(1);
    assert_int_equal(report("x", true, none), 403);
    act("install");
    assert_int_equal(report("x", true, none), 403);
    assert_true(says("\"field\":\"token\""));
    assert_int_equal(report(token(), true, none), 200);
    assert_string_equal(answer.text, "{\"status\":\"ok\"}");
    uint64_t last = world_last();
    assert_int_equal(report(token(), true, none), 200);
    assert_int_equal(report(token(), false, none), 200);
    assert_int_equal(world_last(), last);
    assert_int_equal(world_node(mac_of(1)).boot, NF_BOOT_LOCAL);
}

static void
a_failed_report_fails_the_task_with_its_words(void **state)
{
    struct ask none = {0};

    (void) state;
    create(1);
    act("install");
    assert_int_equal(report(token(), false, none), 200);
    assert_string_equal(world_task(mac_of(1)).reason, "no disk");
    ask(NF_GET, NODE "/timeline", NULL);
    EXPECT(200, "The task is failed: no disk.");
}

static void
a_report_names_what_is_wrong_and_tolerates_what_is_new(void **state)
{
    static const char *const rows[][2] = {
        {"{", "not valid JSON"},
        {"{}", "is missing"},
        {"{\"mac\":\"525400000001\",\"token\":\"x\",\"operation\":\"y\"}",
         "\"field\":\"success\""},
        {"{\"token\":\"x\",\"operation\":\"y\",\"success\":true}",
         "\"field\":\"mac\""},
        {"{\"mac\":\"x\",\"token\":\"x\",\"operation\":\"y\",\"success\":true}",
         "\"field\":\"mac\""},
        {"{\"mac\":\"525400000001\",\"token\":\"x\",\"operation\":\"y\","
         "\"success\":\"yes\"}",
         "\"field\":\"success\""},
    };
    struct ask with = {.listener = NF_LISTENER_AGENT,
                       .type = "application/x-www-form-urlencoded"};
    char body[256];

    (void) state;
    create(1);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ask_with(NF_POST, "/api/v1/device/operationComplete", rows[i][0], with);
        EXPECT(400, rows[i][1]);
    }
    act("install");
    snprintf(body, sizeof(body),
             "{\"mac_address\":\"52:54:00:00:00:01\",\"token\":\"%s\","
             "\"operation\":\"os_install\",\"success\":true,\"new\":[1]}",
             token());
    ask_with(NF_POST, "/api/v1/device/operationComplete", body, with);
    EXPECT(200, "{\"status\":\"ok\"}");
}

static void
a_report_may_name_its_serial_number(void **state)
{
    char body[256];

    (void) state;
    create(1);
    assert_int_equal(ask(NF_PATCH, NODE, "{\"serial\":\"S1\"}"), 200);
    act("install");
    snprintf(body, sizeof(body),
             "{\"sn\":\"S1\",\"token\":\"%s\",\"operation\":\"os_install\","
             "\"success\":true}",
             token());
    ask(NF_POST, "/api/v1/device/operationComplete", body);
    EXPECT(200, "ok");
}

/* --- watchers
 * -------------------------------------------------------------------------- */

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
    EXPECT(410, "restored from a backup; its newest is ");
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

static void
the_timeline_says_what_a_node_waits_for(void **state)
{
    (void) state;
    create(1);
    ask(NF_GET, NODE "/timeline", NULL);
    EXPECT(200, "waits for an operator to install it");
    act("install");
    ask(NF_GET, NODE "/timeline", NULL);
    EXPECT(200, "Waits for the node to ask for its install script since "
                "2026-01-22T10:00:00Z; the task fails if that has not "
                "happened by 2026-01-22T10:30:00Z.");
    json_t *json = json_loads(answer.text, 0, NULL);
    assert_int_equal(json_array_size(json_object_get(json, "events")), 5);
    json_decref(json);
    ask(NF_GET, NODE "/timeline?limit=1", NULL);
    json = json_loads(answer.text, 0, NULL);
    json_t *events = json_object_get(json, "events");
    assert_int_equal(json_array_size(events), 1);
    assert_int_equal(
        json_integer_value(json_object_get(json_array_get(events, 0), "seq")),
        5);
    json_decref(json);
    ask(NF_GET, NODE "/timeline?limit=0", NULL);
    EXPECT(200, "\"events\":[]");
    ask(NF_GET, "/api/v1/nodes/525400000099/timeline", NULL);
    EXPECT(404, "node not found");
}

static void
leases_are_listed_by_page(void **state)
{
    (void) state;
    ask(NF_GET, "/api/v1/admin/dhcp/leases", NULL);
    assert_string_equal(answer.text, "[]");
    for (unsigned i = 1; i <= 5; i++) {
        lease(i, i);
    }
    ask(NF_GET, "/api/v1/admin/dhcp/leases?limit=2", NULL);
    json_t *json = json_loads(answer.text, 0, NULL);
    assert_int_equal(json_array_size(json), 2);
    json_decref(json);
    assert_true(text_is(answer.call.link,
                        "</api/v1/admin/dhcp/leases?limit=2&after=10.66.0.2>; "
                        "rel=\"next\""));
    ask(NF_GET, "/api/v1/admin/dhcp/leases?limit=2&after=10.66.0.4", NULL);
    EXPECT(200, "10.66.0.5");
    assert_int_equal(answer.call.link.len, 0);
    ask(NF_GET, "/api/v1/admin/dhcp/leases?limit=0", NULL);
    assert_string_equal(answer.text, "[]");
    assert_int_equal(answer.call.link.len, 0);
    ask(NF_GET, "/api/v1/admin/dhcp/leases?after=", NULL);
    EXPECT(400, "must be an IPv4 address");
}

static void
the_numbers_are_those_of_the_store(void **state)
{
    (void) state;
    create(1);
    create(2);
    act("install");
    ask(NF_GET, "/metrics", NULL);
    EXPECT(200, "nodefoundry_nodes{status=\"discovered\"} 1\n");
    EXPECT(200, "nodefoundry_nodes{status=\"installing\"} 1\n");
    EXPECT(200, "nodefoundry_tasks{status=\"approved\"} 1\n");
    EXPECT(200, "nodefoundry_tasks{status=\"pending\"} 0\n");
    EXPECT(200, "nodefoundry_tasks_awaiting 0\n");
    EXPECT(200, "nodefoundry_unmatched 0\n");
    /* every line is a comment or `name[{labels}] number` */
    for (char *line = strtok(answer.text, "\n"); line != NULL;
         line = strtok(NULL, "\n"))
    {
        char *end, *space = strrchr(line, ' ');
        assert_non_null(space);
        if (line[0] != '#') {
            (void) strtod(space + 1, &end);
            assert_true(end != space + 1 && *end == '\0');
        }
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, site_make, site_drop)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_state_has_its_script),
        TEST(a_cancelled_node_says_that_it_is_stuck_and_why),
        TEST(an_unknown_node_waits_and_is_registered_behind_the_answer),
        TEST(only_so_many_unknown_nodes_are_registered_in_a_second),
        TEST(an_operator_who_looks_changes_nothing),
        TEST(head_of_a_script_changes_nothing),
        TEST(a_waiting_node_is_held_until_something_happens),
        TEST(changes_name_the_nodes_to_wake),
        TEST(answers_need_the_token_of_the_attempt),
        TEST(the_agent_reads_what_to_install),
        TEST(another_machine_gets_no_answers_and_no_install_script),
        TEST(without_a_lease_any_peer_may_be_the_node),
        TEST(a_lease_given_back_says_nothing_of_its_peer),
        TEST(a_report_needs_the_token_and_may_be_repeated),
        TEST(a_failed_report_fails_the_task_with_its_words),
        TEST(a_report_names_what_is_wrong_and_tolerates_what_is_new),
        TEST(a_report_may_name_its_serial_number),
        TEST(events_come_as_pages_of_json),
        TEST(events_come_as_a_stream_that_goes_on),
        TEST(a_long_log_streams_in_many_buffers),
        TEST(a_position_of_another_log_is_no_position),
        cmocka_unit_test_setup_teardown(
            events_that_are_gone_are_not_passed_over_in_silence, site_make,
            drop_trimmed),
        TEST(an_empty_page_of_events_does_not_link_to_itself),
        TEST(the_timeline_says_what_a_node_waits_for),
        TEST(leases_are_listed_by_page),
        TEST(the_numbers_are_those_of_the_store),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
