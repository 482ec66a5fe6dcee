/* A store that is full, seen by clients. */
#include "site.h"

enum {
    CALLS = 5
};

/* Fill the store with nodes as large as they come; how many fitted. */
static unsigned
fill(void)
{
    static char body[NF_NODE_EXTRA_MAX + 100], extra[NF_NODE_EXTRA_MAX];
    unsigned n = 0;

    memset(extra, 'x', sizeof(extra));
    do {
        n++;
        snprintf(body, sizeof(body),
                 "{\"mac\":\"5254%08x\",\"extra\":{\"a\":\"%.1900s\"}}", n,
                 extra);
    } while (n < 100000 && ask(NF_POST, "/api/v1/nodes", body) == 201);
    return n - 1;
}

/* To the last that fits: pages of commits before become free again. */
static void
fill_up(const char *path)
{
    char body[64];
    unsigned refused = 0;

    for (unsigned n = 0; n < 100000 && refused < 50; n++) {
        snprintf(body, sizeof(body), "{\"hostname\":\"h%u\"}", n);
        bool is_done = ask(NF_PATCH, path, body) == 200;
        refused = is_done ? 0 : refused + 1;
    }
    assert_int_equal(answer.call.status, 507);
}

static void
a_full_store_is_507_and_reads_go_on(void **state)
{
    (void) state;
    unsigned n = fill();
    assert_true(n > 1000 && n < 100000);
    EXPECT(507, "{\"error\":\"the store is full\",\"code\":5001");
    assert_int_equal(ask(NF_GET, "/api/v1/nodes/525400000001", NULL), 200);
    assert_int_equal(ask(NF_GET, "/boot/525400000001/boot.ipxe", NULL), 200);
    ask(NF_GET, "/metrics", NULL);
    EXPECT(200, "nodefoundry_store_map_bytes");
    assert_int_equal(world_last(), n);
}

static void
make_task(unsigned n)
{
    char path[64], body[64];

    snprintf(body, sizeof(body), "{\"mac\":\"5255%08x\"}", n);
    assert_int_equal(ask(NF_POST, "/api/v1/nodes", body), 201);
    snprintf(path, sizeof(path), "/api/v1/nodes/5255%08x", n);
    assert_int_equal(ask(NF_PUT, path, "{\"action\":\"install\"}"), 200);
}

/* What has to come before anything can be deleted goes on, too. */
static void
cancelling_and_deleting_go_on(void **state)
{
    static const struct {
        enum nf_method_kind method;
        const char *path, *body;
        unsigned status;
    } rows[] = {
        {NF_PATCH, "/api/v1/nodes/525500000000", "{\"extra\":{}}", 507},
        {NF_PUT, "/api/v1/nodes/525400000001", "{\"action\":\"install\"}", 507},
        {NF_PUT, "/api/v1/nodes/525500000000", "{\"hostname\":\"x\"}", 507},
        {NF_PUT, "/api/v1/nodes/525500000000", "{\"action\":\"cancel\"}", 200},
        {NF_PUT, "/api/v1/nodes/525500000000", "{\"action\":", 507},
        {NF_POST, "/api/v1/nodes/actions",
         "{\"action\":\"approve\",\"macs\":[\"525500000001\"]}", 507},
        {NF_POST, "/api/v1/nodes/actions",
         "{\"action\":\"cancel\",\"macs\":[\"525500000001\","
         "\"525500000002\"]}",
         207},
        {NF_POST, "/api/v1/tasks/525500000003/cancel", "", 200},
        {NF_POST, "/api/v1/tasks/525500000003/retry", "", 507},
        {NF_DELETE, "/api/v1/tasks/525500000003", NULL, 204},
        {NF_DELETE, "/api/v1/nodes/525500000003", NULL, 204},
    };

    (void) state;
    for (unsigned n = 0; n < 4; n++) {
        make_task(n);
    }
    (void) fill();
    fill_up(rows[0].path);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        unsigned got = ask(rows[i].method, rows[i].path, rows[i].body);
        if (got != rows[i].status) {
            fail_msg("%s %s: %u: %s", rows[i].path, rows[i].body, got,
                     answer.text);
        }
        if (got == 207) {
            assert_null(strstr(answer.text, "507"));
            assert_non_null(strstr(answer.text, "\"status\":200"));
        }
    }
}

static void
whatever_deletes_may_do_so_when_the_store_is_full(void **state)
{
    (void) state;
    for (const struct nf_route *r = nf_routes; r->path != NULL; r++) {
        assert_true(r->method != NF_DELETE || r->cleaning == NF_CLEANS);
        assert_true(r->cleaning == NF_NO_CLEANING || r->kind == NF_WRITES);
    }
}

/* Many tasks that each take some KB, in one call. */
static struct nf_call
call_many(char *body, size_t size, unsigned n)
{
    struct nf_out out = nf_out(body, size);
    struct ask with = {0};

    for (unsigned i = 0; i < n; i++) {
        nf_out_printf(&out,
                      "%s{\"sn\":\"SN-%u\",\"profile\":\"debian-12\","
                      "\"notes\":\"%0900d\"}",
                      i == 0 ? "[" : ",", i, 0);
    }
    nf_out_puts(&out, "]");
    nf_out_putc(&out, '\0');
    assert_false(out.full);
    return call_make(NF_POST, "/api/v1/tasks", body, &with);
}

/* One call that would take of what is kept is refused, its neighbour is not. */
static void
no_call_takes_of_the_reserve(void **state)
{
    static char body[1 << 20];
    struct nf_store_stat stat;
    struct ask with = {0};

    (void) state;
    unsigned n = fill();
    for (unsigned i = 1; i < 400; i++) { /* some room, but not so much */
        char path[64];
        snprintf(path, sizeof(path), "/api/v1/nodes/5254%08x", n - i);
        assert_int_equal(ask(NF_DELETE, path, NULL), 204);
    }
    struct nf_call many = call_many(body, sizeof(body), 500);
    struct nf_call one = call_make(NF_POST, "/api/v1/nodes",
                                   "{\"mac\":\"525500000001\"}", &with);
    struct nf_call *all[] = {&many, &one};
    assert_true(nf_api_route(&many) && nf_api_route(&one));
    nf_api_write(&site, all, 2);
    assert_int_equal(many.status, 507);
    assert_int_equal(one.status, 201);
    nf_arena_free(many.arena);
    nf_arena_free(one.arena);
    NF_READ(r, world.s.store);
    assert_int_equal(nf_store_stat(&r, &stat), NF_OK);
    assert_true(stat.left_bytes >= stat.reserve_bytes);
}

static void
each_call_of_a_batch_hears_that_the_store_is_full(void **state)
{
    static char body[CALLS][NF_NODE_EXTRA_MAX], extra[1901];
    struct nf_call calls[CALLS], *all[CALLS];
    struct ask with = {0};

    (void) state;
    memset(extra, 'x', sizeof(extra) - 1);
    unsigned n = fill();
    for (unsigned i = 0; i < CALLS; i++) {
        snprintf(body[i], sizeof(body[i]),
                 "{\"mac\":\"5254%08x\",\"extra\":{\"a\":\"%s\"}}",
                 0xff0000 + i, extra);
        calls[i] = call_make(NF_POST, "/api/v1/nodes", body[i], &with);
        all[i] = &calls[i];
        assert_true(nf_api_route(&calls[i]));
    }
    nf_api_write(&site, all, CALLS);
    for (unsigned i = 0; i < CALLS; i++) {
        assert_int_equal(calls[i].status, 507);
        assert_int_equal(calls[i].location.len, 0);
        assert_int_equal(calls[i].etag.len, 0);
        nf_arena_free(calls[i].arena);
    }
    assert_int_equal(world_last(), n);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, site_make, site_drop)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_full_store_is_507_and_reads_go_on),
        TEST(cancelling_and_deleting_go_on),
        cmocka_unit_test(whatever_deletes_may_do_so_when_the_store_is_full),
        TEST(no_call_takes_of_the_reserve),
        TEST(each_call_of_a_batch_hears_that_the_store_is_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
