/* Nodes over the interface: shapes, texts, and what guards a change. */
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
        "\"updated_at\":\"2026-01-22T10:00:00Z\"}");
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
    EXPECT(409, "a task is still running");
    assert_int_equal(ask(NF_PUT, NODE, "{\"action\":\"cancel\"}"), 200);
    assert_int_equal(ask(NF_DELETE, NODE, NULL), 204);
    assert_int_equal(answer.len, 0);
    ask(NF_DELETE, NODE, NULL);
    EXPECT(404, "node not found");
}

/* --- methods and paths
 * --------------------------------------------------------- */

static void
a_resource_says_which_methods_it_knows(void **state)
{
    (void) state;
    ask(NF_DELETE, "/api/v1/nodes", NULL);
    EXPECT(405, "\"error\"");
    assert_string_equal(answer.call.allow, "GET, HEAD, POST");
    ask(NF_POST, NODE, "{}");
    EXPECT(405, "\"error\"");
    assert_string_equal(answer.call.allow, "GET, HEAD, PUT, PATCH, DELETE");
    ask(NF_OTHER_METHOD, "/health", NULL);
    EXPECT(405, "\"error\"");
    ask(NF_GET, "/api/v1/device/operationComplete", NULL);
    EXPECT(405, "\"error\"");
    assert_string_equal(answer.call.allow, "POST");
}

static void
what_is_no_resource_is_404(void **state)
{
    static const char *const paths[] = {"/",
                                        "",
                                        "/api",
                                        "/api/v1/nodes/",
                                        "/api/v1/nodes//timeline",
                                        "/api/v1/nodes/525400000001/",
                                        "/api/v2/nodes",
                                        "/HEALTH",
                                        "health",
                                        "//health",
                                        "/boot/525400000001/boot.ipxe/x"};

    (void) state;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        ask(NF_GET, paths[i], NULL);
        EXPECT(404, "{\"error\":\"no such resource\"");
    }
}

static void
each_face_shows_its_own_routes(void **state)
{
    struct ask boot = {.listener = NF_LISTENER_BOOT},
               answers = {.listener = NF_LISTENER_ANSWERS},
               device = {.listener = NF_LISTENER_AGENT},
               health = {.listener = NF_LISTENER_HEALTH};

    (void) state;
    create(1);
    ask_with(NF_GET, NODE, NULL, boot);
    EXPECT(404, "no such resource");
    ask_with(NF_GET, "/boot/525400000001/boot.ipxe", NULL, boot);
    EXPECT(200, "#!ipxe");
    ask_with(NF_GET, "/boot/525400000001/boot.ipxe", NULL, answers);
    EXPECT(404, "no such resource");
    ask_with(NF_GET, "/api/v1/nodes", NULL, device);
    EXPECT(403, "\"error\"");
    ask_with(NF_GET, "/health", NULL, health);
    EXPECT(200, "{\"status\":\"ok\",\"uptime\":\"5m30s\"}");
}

static void
head_is_get(void **state)
{
    static const char *const paths[] = {"/health",
                                        "/metrics",
                                        "/api/v1/nodes",
                                        NODE,
                                        NODE "/timeline",
                                        "/api/v1/events",
                                        "/api/v1/admin/dhcp/leases",
                                        "/boot/525400000001/boot.ipxe"};

    (void) state;
    create(1);
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        assert_int_equal(ask(NF_GET, paths[i], NULL), 200);
        const char *type = answer.call.type;
        assert_int_equal(ask(NF_HEAD, paths[i], NULL), 200);
        assert_string_equal(answer.call.type, type);
    }
}

/* --- the list
 * ------------------------------------------------------------------- */

/* The MACs of the list, in order; how many. */
static size_t
listed(unsigned macs[], size_t n)
{
    json_t *json = json_loads(answer.text, 0, NULL), *node;
    size_t i;

    assert_true(json_is_array(json));
    json_array_foreach (json, i, node) {
        const char *mac = json_string_value(json_object_get(node, "mac"));
        if (i < n) {
            macs[i] = (unsigned) strtoul(mac + 4, NULL, 16);
        }
    }
    i = json_array_size(json);
    json_decref(json);
    return i;
}

/* Follow rel="next" from here; how many pages. */
static unsigned
next_page(char path[256])
{
    struct nf_text link = answer.call.link;

    if (link.len == 0) {
        return 0;
    }
    struct nf_text tail = link, head;
    head = nf_text_cut(&tail, '>');
    assert_true(text_is(tail, "; rel=\"next\""));
    assert_true(head.len < 256 && head.data[0] == '<');
    snprintf(path, 256, "%.*s", (int) head.len - 1, head.data + 1);
    return 1;
}

static void
an_empty_list_is_an_empty_array(void **state)
{
    (void) state;
    ask(NF_GET, "/api/v1/nodes", NULL);
    assert_int_equal(answer.call.status, 200);
    assert_string_equal(answer.text, "[]");
    ask(NF_GET, "/api/v1/nodes?limit=5", NULL);
    assert_string_equal(answer.text, "[]");
    assert_int_equal(answer.call.link.len, 0);
}

static void
the_list_is_newest_first(void **state)
{
    unsigned macs[3];

    (void) state;
    for (unsigned i = 1; i <= 3; i++) {
        create(i);
        world.now += 1000;
    }
    ask(NF_GET, "/api/v1/nodes", NULL);
    assert_int_equal(listed(macs, 3), 3);
    assert_int_equal(macs[0], 3);
    assert_int_equal(macs[1], 2);
    assert_int_equal(macs[2], 1);
}

static void
a_long_list_comes_in_many_buffers_and_whole(void **state)
{
    static unsigned macs[1500];
    static bool seen[1501];

    (void) state;
    for (unsigned i = 1; i <= 1500; i++) {
        create(i);
        world.now += i % 3;
    }
    ask(NF_GET, "/api/v1/nodes", NULL);
    assert_true(answer.len > 2 * NF_STREAM_BUFFER);
    assert_int_equal(listed(macs, 1500), 1500);
    for (size_t i = 0; i < 1500; i++) {
        assert_false(seen[macs[i]]);
        seen[macs[i]] = true;
    }
}

static void
pages_link_to_the_next_and_together_are_the_list(void **state)
{
    char path[256] = "/api/v1/nodes?limit=7";
    bool seen[51] = {false};
    unsigned macs[7], pages = 1;

    (void) state;
    for (unsigned i = 1; i <= 50; i++) {
        create(i);
        world.now += i % 2;
    }
    for (;; pages++) {
        ask(NF_GET, path, NULL);
        assert_int_equal(answer.call.status, 200);
        size_t n = listed(macs, 7);
        assert_true(n <= 7);
        for (size_t i = 0; i < n; i++) {
            assert_false(seen[macs[i]]);
            seen[macs[i]] = true;
        }
        if (!next_page(path)) {
            break;
        }
    }
    assert_int_equal(pages, 8);
    for (unsigned i = 1; i <= 50; i++) {
        assert_true(seen[i]);
    }
}

static void
paging_goes_on_when_the_last_node_of_a_page_is_deleted(void **state)
{
    char path[256];
    unsigned macs[2];

    (void) state;
    for (unsigned i = 1; i <= 4; i++) {
        create(i);
        world.now += 1000;
    }
    ask(NF_GET, "/api/v1/nodes?limit=2", NULL);
    assert_int_equal(next_page(path), 1);
    assert_int_equal(ask(NF_DELETE, "/api/v1/nodes/525400000003", NULL), 204);
    ask(NF_GET, path, NULL);
    assert_int_equal(answer.call.status, 200);
    assert_int_equal(listed(macs, 2), 2);
    assert_int_equal(macs[0], 2);
    assert_int_equal(macs[1], 1);
}

static void
the_list_can_be_of_one_status(void **state)
{
    unsigned macs[10];
    char path[256];

    (void) state;
    for (unsigned i = 1; i <= 6; i++) {
        create(i);
    }
    assert_int_equal(
        ask(NF_PUT, "/api/v1/nodes/525400000004", "{\"action\":\"install\"}"),
        200);
    ask(NF_GET, "/api/v1/nodes?status=installing", NULL);
    assert_int_equal(listed(macs, 10), 1);
    assert_int_equal(macs[0], 4);
    ask(NF_GET, "/api/v1/nodes?status=installed", NULL);
    assert_string_equal(answer.text, "[]");
    ask(NF_GET, "/api/v1/nodes?status=discovered&limit=3", NULL);
    assert_int_equal(listed(macs, 10), 3);
    assert_int_equal(next_page(path), 1);
    assert_non_null(strstr(path, "status=discovered"));
    ask(NF_GET, path, NULL);
    assert_int_equal(listed(macs, 10), 2);
    ask(NF_GET, "/api/v1/nodes?status=happy", NULL);
    EXPECT(400, "\"field\":\"status\"");
}

static void
bad_questions_name_the_parameter(void **state)
{
    static const char *const rows[][2] = {
        {"/api/v1/nodes?limit=x", "\"field\":\"limit\""},
        {"/api/v1/nodes?limit=-1", "\"field\":\"limit\""},
        {"/api/v1/nodes?limit=1001", "\"field\":\"limit\""},
        {"/api/v1/nodes?limit=99999999999999999999", "\"field\":\"limit\""},
        {"/api/v1/nodes?after=x", "\"field\":\"after\""},
        {"/api/v1/nodes?after=525400000099", "\"field\":\"after\""},
        {"/api/v1/events?since=x", "\"field\":\"since\""},
        {"/api/v1/events?limit=x", "\"field\":\"limit\""},
        {"/api/v1/admin/dhcp/leases?after=1.2.3", "\"field\":\"after\""},
        {NODE "/timeline?limit=999", "\"field\":\"limit\""},
    };

    (void) state;
    create(1);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ask(NF_GET, rows[i][0], NULL);
        EXPECT(400, rows[i][1]);
    }
}

/* --- many writes at once
 * ---------------------------------------------------------- */

static void
one_refusal_in_a_batch_spoils_nothing(void **state)
{
    static const char *const bodies[] = {
        "{\"mac\":\"525400000001\"}", "{\"mac\":\"525400000001\"}", "{",
        "{\"mac\":\"525400000002\"}", "{\"mac\":\"525400000003\",\"ip\":7}"};
    static const unsigned wanted[] = {201, 409, 400, 201, 400};
    struct nf_call calls[5], *all[5];
    struct ask with = {0};

    (void) state;
    for (size_t i = 0; i < 5; i++) {
        calls[i] = call_make(NF_POST, "/api/v1/nodes", bodies[i], &with);
        all[i] = &calls[i];
        assert_true(nf_api_route(&calls[i]));
    }
    nf_api_write(&site, all, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(calls[i].status, wanted[i]);
        assert_true(calls[i].reply.len > 0);
        nf_arena_free(calls[i].arena);
    }
    assert_true(world_has_node(mac_of(1)) && world_has_node(mac_of(2)));
    assert_int_equal(world_last(), 2);
}

static void
no_store_is_busy_not_a_crash(void **state)
{
    (void) state;
    site.store = NULL;
    ask(NF_GET, NODE, NULL);
    EXPECT(503, "\"code\":5001");
    ask(NF_POST, "/api/v1/nodes", "{\"mac\":\"525400000001\"}");
    EXPECT(503, "\"code\":5001");
    site.store = world.s.store;
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
        TEST(a_resource_says_which_methods_it_knows),
        TEST(what_is_no_resource_is_404),
        TEST(each_face_shows_its_own_routes),
        TEST(head_is_get),
        TEST(an_empty_list_is_an_empty_array),
        TEST(the_list_is_newest_first),
        TEST(a_long_list_comes_in_many_buffers_and_whole),
        TEST(pages_link_to_the_next_and_together_are_the_list),
        TEST(paging_goes_on_when_the_last_node_of_a_page_is_deleted),
        TEST(the_list_can_be_of_one_status),
        TEST(bad_questions_name_the_parameter),
        TEST(one_refusal_in_a_batch_spoils_nothing),
        TEST(no_store_is_busy_not_a_crash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
