/* Nodes by the API: made, read, changed, deleted. */
#include "site.h"

#define NODE "/api/v1/nodes/525400000001"

static void
a_node_is_made_and_read(void **state)
{
    (void) state;
    ask(NF_POST, "/api/v1/nodes",
        "{\"mac\":\"52:54:00:00:00:01\",\"ip\":\"192.168.1.100\"}");
    EXPECT(201, "\"mac\":\"525400000001\",\"ip\":\"192.168.1.100\"");
    assert_true(text_is(answer.call.location, NODE));
    ask(NF_GET, NODE, NULL);
    assert_string_equal(
        answer.text,
        "{\"mac\":\"525400000001\",\"ip\":\"192.168.1.100\","
        "\"status\":\"discovered\",\"boot\":\"wait\",\"online\":false,"
        "\"created_at\":\"2026-01-22T10:00:00Z\","
        "\"updated_at\":\"2026-01-22T10:00:00Z\","
        "\"state\":\"discovered\"}");
    assert_string_equal(answer.call.type, "application/json");
    ask(NF_GET, "/api/v1/nodes/52-54-00-00-00-01", NULL);
    EXPECT(200, "525400000001");
    ask(NF_GET, "/api/v1/nodes/5254.0000.0001", NULL);
    EXPECT(200, "525400000001");
}

/* The texts that the first server's clients know, to the letter. */
static void
known_refusals_read_as_they_always_did(void **state)
{
    static const struct {
        enum nf_method_kind method;
        const char *path, *body;
        unsigned status;
        const char *error;
    } rows[] = {
        {NF_POST, "/api/v1/nodes", "", 400, "invalid request body"},
        {NF_POST, "/api/v1/nodes", "{", 400, "invalid request body"},
        {NF_POST, "/api/v1/nodes", "[]", 400, "invalid request body"},
        {NF_POST, "/api/v1/nodes", "{}", 400, "invalid request body"},
        {NF_POST, "/api/v1/nodes", "{\"mac\":\"zz\"}", 400,
         "invalid MAC address format"},
        {NF_POST, "/api/v1/nodes", "{\"mac\":\"ffffffffffff\"}", 400,
         "invalid MAC address format"},
        {NF_POST, "/api/v1/nodes", "{\"mac\":7}", 400,
         "invalid MAC address format"},
        {NF_POST, "/api/v1/nodes", "{\"mac\":\"525400000001\"}", 409,
         "node already exists"},
        {NF_GET, "/api/v1/nodes/525400000002", NULL, 404, "node not found"},
        {NF_GET, "/api/v1/nodes/no:mac", NULL, 400,
         "invalid MAC address format"},
        {NF_PUT, "/api/v1/nodes/525400000002", "{\"action\":\"install\"}", 404,
         "node not found"},
        {NF_PUT, NODE, "{}", 400, "invalid request body"},
        {NF_PUT, NODE, "", 400, "invalid request body"},
        {NF_PUT, NODE, "{\"action\":\"explode\"}", 400, "unknown action"},
        {NF_PUT, NODE, "{\"action\":7}", 400, "invalid request body"},
    };
    char wanted[128];

    (void) state;
    create(1);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct dump before = dump_store(world.s.store);
        ask(rows[i].method, rows[i].path, rows[i].body);
        snprintf(wanted, sizeof(wanted),
                 "{\"error\":\"%s\",\"code\":", rows[i].error);
        EXPECT(rows[i].status, wanted);
        struct dump after = dump_store(world.s.store);
        assert_true(dump_equal(before, after));
        free(before.data);
        free(after.data);
    }
    assert_int_equal(ask(NF_PUT, NODE, "{\"action\":\"install\"}"), 200);
    ask(NF_PUT, NODE, "{\"action\":\"install\"}");
    EXPECT(400, "{\"error\":\"cannot install node with status 'installing', "
                "only 'discovered' nodes can be installed\"");
}

static void
a_refusal_names_the_member(void **state)
{
    static const char *const rows[][2] = {
        {"{\"ip\":\"1.2.3\"}", "\"field\":\"ip\""},
        {"{\"netmask\":\"255.0.255.0\"}", "\"field\":\"netmask\""},
        {"{\"gateway\":3}", "\"field\":\"gateway\""},
        {"{\"dns\":\"1.1.1.1,x\"}", "\"field\":\"dns\""},
        {"{\"dns\":[\"1.1.1.1\",\"1.1.1.2\",\"1.1.1.3\",\"1.1.1.4\"]}",
         "\"field\":\"dns\""},
        {"{\"hostname\":\"a b\"}", "\"field\":\"hostname\""},
        {"{\"hostname\":\"-a\"}", "\"field\":\"hostname\""},
        {"{\"serial\":\"a\\u0007\"}", "\"field\":\"serial\""},
        {"{\"macs\":\"525400000009\"}", "\"field\":\"macs\""},
        {"{\"extra\":[]}", "\"field\":\"extra\""},
        {"{\"colour\":\"red\"}", "\"field\":\"colour\""},
        {"{\"co\\u0001lour\":\"red\"}", "\"field\":\"co?lour\""},
    };

    (void) state;
    create(1);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ask(NF_PATCH, NODE, rows[i][0]);
        EXPECT(400, rows[i][1]);
        ask(NF_PUT, NODE, rows[i][0]);
        EXPECT(400, rows[i][1]);
    }
}

static void
an_error_is_always_whole_json(void **state)
{
    char body[512], name[200];

    (void) state;
    create(1);
    memset(name, '"', sizeof(name));
    for (size_t n = 1; n < 100; n++) {
        size_t len = 0;
        len += (size_t) snprintf(body, sizeof(body), "{\"");
        for (size_t i = 0; i < n; i++) {
            len += (size_t) snprintf(body + len, sizeof(body) - len, "\\\"");
        }
        snprintf(body + len, sizeof(body) - len, "\":1}");
        ask(NF_PATCH, NODE, body);
        EXPECT(400, "\"code\":1001");
        json_t *json = json_loads(answer.text, 0, NULL);
        assert_non_null(json);
        json_decref(json);
    }
}

static void
members_are_set_and_cleared(void **state)
{
    (void) state;
    create(1);
    ask(NF_PUT, NODE,
        "{\"ip\":\"10.0.0.5\",\"netmask\":\"255.255.255.0\",\"gateway\":"
        "\"10.0.0.1\",\"dns\":\"1.1.1.1,8.8.8.8\",\"hostname\":\"web\","
        "\"serial\":\"S 1\",\"macs\":[\"525400000011\"],\"extra\":{\"rack\":"
        "[1,2]}}");
    EXPECT(200, "\"ip\":\"10.0.0.5\",\"netmask\":\"255.255.255.0\",\"gateway\":"
                "\"10.0.0.1\",\"dns\":\"1.1.1.1,8.8.8.8\",\"hostname\":\"web\","
                "\"serial\":\"S 1\",\"macs\":[\"525400000011\"]");
    EXPECT(200, "\"extra\":{\"rack\":[1,2]}");
    ask(NF_GET, "/api/v1/nodes/S 1", NULL);
    EXPECT(200, "\"mac\":\"525400000001\"");
    ask(NF_GET, "/api/v1/nodes/52:54:00:00:00:11", NULL);
    EXPECT(200, "\"mac\":\"525400000001\"");
    ask(NF_PATCH, NODE,
        "{\"ip\":\"\",\"netmask\":null,\"gateway\":\"\",\"dns\":\"\","
        "\"hostname\":null,\"serial\":\"\",\"macs\":[],\"extra\":null}");
    EXPECT(200, "{\"mac\":\"525400000001\",\"status\":\"discovered\"");
    assert_false(says("extra"));
    ask(NF_GET, "/api/v1/nodes/S 1", NULL);
    EXPECT(404, "node not found");
}

static void
an_action_stands_alone(void **state)
{
    (void) state;
    create(1);
    ask(NF_PUT, NODE, "{\"action\":\"install\",\"ip\":\"10.0.0.1\"}");
    EXPECT(400, "\"field\":\"action\"");
    ask(NF_PUT, NODE, "{\"profile\":\"debian-12\"}");
    EXPECT(400, "\"field\":\"profile\"");
    ask(NF_PUT, NODE, "{\"action\":\"install\",\"profile\":\"beos\"}");
    EXPECT(400, "\"field\":\"profile\"");
    ask(NF_PUT, NODE, "{\"action\":\"install\",\"profile\":\"debian-image\"}");
    EXPECT(200, "\"profile\":\"debian-image\"");
}

static void
if_match_guards_every_change(void **state)
{
    char tag[64];

    (void) state;
    create(1);
    ask(NF_GET, NODE, NULL);
    assert_true(answer.call.etag.len < sizeof(tag));
    snprintf(tag, sizeof(tag), "%.*s", (int) answer.call.etag.len,
             answer.call.etag.data);
    struct ask is = {.if_match = tag}, any = {.if_match = "*"};
    ask_with(NF_PATCH, NODE, "{\"hostname\":\"a\"}", is);
    EXPECT(200, "\"hostname\":\"a\"");
    ask_with(NF_PATCH, NODE, "{\"hostname\":\"b\"}", is);
    EXPECT(412, "If-Match");
    ask_with(NF_PUT, NODE, "{\"action\":\"install\"}", is);
    EXPECT(412, "If-Match");
    ask_with(NF_DELETE, NODE, NULL, is);
    EXPECT(412, "If-Match");
    ask_with(NF_PATCH, NODE, "{\"hostname\":\"b\"}", any);
    EXPECT(200, "\"hostname\":\"b\"");
    static const char *const junk[] = {"\"", "x", "\"\"", "\"x-0\"", "1-0"};
    for (size_t i = 0; i < 5; i++) {
        struct ask bad = {.if_match = junk[i]};
        ask_with(NF_PATCH, NODE, "{\"hostname\":\"c\"}", bad);
        EXPECT(412, "If-Match");
    }
}

static void
if_none_match_spares_the_body_until_something_changes(void **state)
{
    char tag[64];

    (void) state;
    create(1);
    ask(NF_GET, NODE, NULL);
    snprintf(tag, sizeof(tag), "%.*s", (int) answer.call.etag.len,
             answer.call.etag.data);
    struct ask is = {.if_none_match = tag};
    ask_with(NF_GET, NODE, NULL, is);
    assert_int_equal(answer.call.status, 304);
    assert_int_equal(answer.len, 0);
    assert_true(text_is(answer.call.etag, tag));
    ask_with(NF_HEAD, NODE, NULL, is);
    assert_int_equal(answer.call.status, 304);
    ask_with(NF_PATCH, NODE, "{\"hostname\":\"a\"}", is);
    EXPECT(200, "\"hostname\":\"a\"");
    ask_with(NF_GET, NODE, NULL, is);
    EXPECT(200, "\"hostname\":\"a\"");
    /* a heartbeat stands in the body, so it counts too */
    snprintf(tag, sizeof(tag), "%.*s", (int) answer.call.etag.len,
             answer.call.etag.data);
    world.now += 5000;
    struct nf_status_report report = {0};
    assert_int_equal(CHANGE(nf_change_status(&c, mac_of(1), &report)), NF_OK);
    ask_with(NF_GET, NODE, NULL, is);
    EXPECT(200, "\"last_heartbeat\":\"2026-01-22T10:00:05Z\"");
}

static void
a_repeated_post_with_a_key_is_answered_as_before(void **state)
{
    static const char body[] = "{\"mac\":\"525400000001\"}";
    struct ask with = {.key = "abc"}, other = {.key = "abd"};
    static char first[2048];

    (void) state;
    ask_with(NF_POST, "/api/v1/nodes", body, with);
    assert_int_equal(answer.call.status, 201);
    snprintf(first, sizeof(first), "%s", answer.text);
    uint64_t last = world_last();
    ask_with(NF_POST, "/api/v1/nodes", body, with);
    assert_int_equal(answer.call.status, 201);
    assert_string_equal(answer.text, first);
    assert_true(text_is(answer.call.location, NODE));
    assert_int_equal(world_last(), last);
    ask_with(NF_POST, "/api/v1/nodes", "{\"mac\":\"525400000002\"}", with);
    EXPECT(409, "Idempotency-Key");
    ask_with(NF_POST, "/api/v1/nodes", body, other);
    EXPECT(409, "node already exists");
    struct ask bad = {.key = "0123456789012345678901234567890123456789012345678"
                             "9012345678901234"};
    ask_with(NF_POST, "/api/v1/nodes", body, bad);
    EXPECT(400, "Idempotency-Key");
    struct ask control = {.key = "a\nb"};
    ask_with(NF_POST, "/api/v1/nodes", body, control);
    EXPECT(400, "Idempotency-Key");
}

static void
a_refused_post_is_not_remembered(void **state)
{
    struct ask with = {.key = "abc"};

    (void) state;
    create(1);
    ask_with(NF_POST, "/api/v1/nodes", "{\"mac\":\"525400000001\"}", with);
    EXPECT(409, "node already exists");
    ask_with(NF_POST, "/api/v1/nodes", "{\"mac\":\"525400000002\"}", with);
    assert_int_equal(answer.call.status, 201);
}

static void
the_body_is_json_whatever_curl_calls_it(void **state)
{
    static const char *const fine[] = {NULL,
                                       "",
                                       "application/json",
                                       "application/json; charset=utf-8",
                                       "application/x-www-form-urlencoded",
                                       "application/json ;x"};
    static const char *const bad[] = {"text/plain", "application/xml",
                                      "application/jsonx"};

    (void) state;
    create(1);
    for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++) {
        struct ask with = {.type = fine[i]};
        ask_with(NF_PATCH, NODE, "{\"hostname\":\"a\"}", with);
        EXPECT(200, "\"hostname\"");
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct ask with = {.type = bad[i]};
        ask_with(NF_PATCH, NODE, "{\"hostname\":\"a\"}", with);
        EXPECT(415, "Content-Type");
    }
}

static void
a_deleted_node_is_gone(void **state)
{
    (void) state;
    create(1);
    assert_int_equal(ask(NF_PUT, NODE, "{\"action\":\"install\"}"), 200);
    ask(NF_DELETE, NODE, NULL);
    EXPECT(409, "\"mac: task-00000002 is not over: cancel it first\"");
    assert_int_equal(ask(NF_PUT, NODE, "{\"action\":\"cancel\"}"), 200);
    assert_int_equal(ask(NF_DELETE, NODE, NULL), 204);
    assert_int_equal(answer.len, 0);
    ask(NF_DELETE, NODE, NULL);
    EXPECT(404, "node not found");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, site_make, site_drop)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_node_is_made_and_read),
        TEST(known_refusals_read_as_they_always_did),
        TEST(a_refusal_names_the_member),
        TEST(an_error_is_always_whole_json),
        TEST(members_are_set_and_cleared),
        TEST(an_action_stands_alone),
        TEST(if_match_guards_every_change),
        TEST(if_none_match_spares_the_body_until_something_changes),
        TEST(a_repeated_post_with_a_key_is_answered_as_before),
        TEST(a_refused_post_is_not_remembered),
        TEST(the_body_is_json_whatever_curl_calls_it),
        TEST(a_deleted_node_is_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
