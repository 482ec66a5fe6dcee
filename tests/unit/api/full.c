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
        TEST(each_call_of_a_batch_hears_that_the_store_is_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
