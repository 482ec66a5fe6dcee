/* The list of nodes, whole and by pages, and writes that come together. */
#include "site.h"

#define NODE "/api/v1/nodes/525400000001"

/* --- the list ---------------------------------------------------------------
 */

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

/* --- many writes at once ----------------------------------------------------
 */

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
