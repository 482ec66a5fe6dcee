/*
 * Every allocation of a call fails once: no crash, no half answer, and a call
 * that failed has changed nothing.
 */
#include "site.h"

#include "render/token.h"

#ifdef __SANITIZE_ADDRESS__
#define CAN_FAIL 0 /* the sanitizer's allocator cannot be replaced */
#else
#define CAN_FAIL 1
#endif

static bool is_armed;
static unsigned allocations, failing;

#if CAN_FAIL
/* libc's own, under the names that it keeps for this. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);

static bool
must_fail(void)
{
    return is_armed && ++allocations == failing;
}

void *
malloc(size_t size)
{
    return must_fail() ? NULL : __libc_malloc(size);
}

void *
calloc(size_t n, size_t size)
{
    return must_fail() ? NULL : __libc_calloc(n, size);
}

void *
realloc(void *old, size_t size)
{
    return must_fail() ? NULL : __libc_realloc(old, size);
}
#endif

#define BODY_MAX 512

/* %1$u in path and body is a number of its own for every try. */
struct row {
    enum nf_method_kind method;
    const char *path, *body;
    unsigned wanted;
    bool needs_node, needs_task;
    const char *key;
};

static const struct row rows[] = {
    {NF_GET, "/health", NULL, 200, false, false, NULL},
    {NF_GET, "/metrics", NULL, 200, false, false, NULL},
    {NF_GET, "/api/v1/nodes", NULL, 200, true, false, NULL},
    {NF_GET, "/api/v1/nodes?limit=1", NULL, 200, true, false, NULL},
    {NF_GET, "/api/v1/nodes/5254%1$08x", NULL, 200, true, false, NULL},
    {NF_GET, "/api/v1/nodes/5254%1$08x/timeline", NULL, 200, true, true, NULL},
    {NF_GET, "/api/v1/events", NULL, 200, true, false, NULL},
    {NF_GET, "/api/v1/admin/dhcp/leases", NULL, 200, false, false, NULL},
    {NF_GET, "/boot/5254%1$08x/boot.ipxe", NULL, 200, false, false, NULL},
    {NF_GET, "/boot/5254%1$08x/boot.ipxe", NULL, 200, true, true, NULL},
    {NF_GET, "/api/v1/nodes/525411%1$06x", NULL, 404, false, false, NULL},
    {NF_DELETE, "/health", NULL, 405, false, false, NULL},
    {NF_POST, "/api/v1/nodes", "{\"mac\":\"5254%1$08x\",\"extra\":{\"a\":[1]}}",
     201, false, false, NULL},
    {NF_POST, "/api/v1/nodes", "{\"mac\":\"5254%1$08x\"}", 201, false, false,
     "key %1$u"},
    {NF_POST, "/api/v1/nodes", "{\"mac\":\"5254%1$08x\"}", 409, true, false,
     NULL},
    {NF_PATCH, "/api/v1/nodes/5254%1$08x", "{\"extra\":{\"b\":{\"c\":%1$u}}}",
     200, true, false, NULL},
    {NF_PUT, "/api/v1/nodes/5254%1$08x", "{\"action\":\"install\"}", 200, true,
     false, NULL},
    {NF_PUT, "/api/v1/nodes/5254%1$08x", "{\"action\":\"cancel\"}", 200, true,
     true, NULL},
    {NF_DELETE, "/api/v1/nodes/5254%1$08x", NULL, 204, true, false, NULL},
    {NF_POST, "/api/v1/tasks",
     "{\"sn\":\"SRV-%1$u\",\"hostname\":\"h\",\"network\":{\"ip\":"
     "\"10.66.0.7\",\"netmask\":\"255.255.0.0\"},\"bmc\":{\"ip\":\"1.1.1.1\","
     "\"password\":\"p\"}}",
     201, false, false, "task %1$u"},
    {NF_POST, "/api/v1/tasks", "[{\"mac\":\"5254%1$08x\"},{\"mac\":\"x\"}]",
     207, true, false, NULL},
    {NF_POST, "/api/v1/report",
     "{\"mac\":\"5254%1$08x\",\"hardware\":{\"serial_number\":\"SRV-%1$u\","
     "\"disks\":[{\"device\":\"/dev/sda\"}],\"x\":1.5}}",
     200, true, false, NULL},
    {NF_POST, "/api/v1/report", "{\"mac\":\"5254%1$08x\",\"hardware\":7}", 400,
     true, false, NULL},
    {NF_POST, "/api/v1/progress",
     "{\"mac\":\"5254%1$08x\",\"step\":\"x\",\"percent\":7}", 200, true, true,
     NULL},
    {NF_POST, "/api/v1/device/getNextOperation", "{\"mac\":\"5254%1$08x\"}",
     200, true, true, NULL},
    {NF_POST, "/api/v1/device/getOSInstallConfig", "{\"mac\":\"5254%1$08x\"}",
     200, true, true, NULL},
    {NF_GET, "/api/v1/task/5254%1$08x", NULL, 200, true, true, NULL},
    {NF_GET, "/api/v1/tasks?limit=3", NULL, 200, true, true, NULL},
    {NF_GET, "/api/v1/tasks/5254%1$08x", NULL, 200, true, true, NULL},
    {NF_POST, "/api/v1/tasks/5254%1$08x/cancel", NULL, 200, true, true, NULL},
    {NF_GET, "/api/v1/tasks/dc1/5254%1$08x", NULL, 200, true, true, NULL},
    {NF_GET, "/api/v1/servers/dc1", NULL, 200, true, false, NULL},
    {NF_GET, "/api/v1/stats", NULL, 200, true, false, NULL},
    {NF_GET, "/api/v1/unmatched-reports", NULL, 200, true, false, NULL},
    {NF_POST, "/api/v1/admin/dhcp/binding",
     "{\"mac\":\"5254%1$08x\",\"ip\":\"10.66.0.8\"}", 201, true, false, NULL},
    {NF_GET, "/api/v1/admin/dhcp/bindings", NULL, 200, true, false, NULL},
};

#pragma GCC diagnostic ignored "-Wformat-nonliteral"

static void
prepare(const struct row *row, unsigned number)
{
    char body[BODY_MAX], path[64];

    snprintf(body, sizeof(body), "{\"mac\":\"5254%08x\"}", number);
    snprintf(path, sizeof(path), "/api/v1/nodes/5254%08x", number);
    if (row->needs_node) {
        assert_int_equal(ask(NF_POST, "/api/v1/nodes", body), 201);
    }
    if (row->needs_task) {
        assert_int_equal(ask(NF_PUT, path, "{\"action\":\"install\"}"), 200);
    }
}

/* All that the adapter would do, with the n-th allocation failing. */
static void
run(struct nf_call *call, unsigned n)
{
    static char buffer[NF_STREAM_BUFFER];
    struct nf_call *calls[] = {call};

    allocations = 0;
    failing = n;
    is_armed = true;
    if (nf_api_route(call)) {
        if (call->route->kind == NF_WRITES) {
            nf_api_write(&site, calls, 1);
        } else {
            nf_api_read(&site, call);
        }
    }
    struct nf_stream *stream = call->stream;
    nf_error_t err = NF_OK;
    while (stream != NULL && !stream->is_done && err == NF_OK) {
        struct nf_out out = nf_out(buffer, sizeof(buffer));
        err = stream->fill(stream, &site, &out);
    }
    is_armed = false;
    assert_true(err == NF_OK || err == NF_NO_MEMORY);
}

/* True: no allocation was left to fail. */
static bool
try(const struct row *row, unsigned number, unsigned n)
{
    char path[BODY_MAX], body[BODY_MAX], key[64];
    struct ask with = {.key = row->key != NULL ? key : NULL};

    prepare(row, number);
    snprintf(path, sizeof(path), row->path, number);
    snprintf(body, sizeof(body), row->body != NULL ? row->body : "", number);
    snprintf(key, sizeof(key), row->key != NULL ? row->key : "", number);
    struct nf_call call =
        call_make(row->method, path, row->body != NULL ? body : NULL, &with);
    struct dump before = dump_store(world.s.store);
    run(&call, n);
    struct dump after = dump_store(world.s.store);
    if (call.status < 300 && strstr(body, "extra") != NULL) {
        assert_non_null(
            memmem(call.reply.data, call.reply.len, "\"extra\":{", 9));
    }
    bool is_over = allocations < n;
    bool is_fine = call.status == row->wanted
                   || (!is_over && call.status >= 500 && call.reply.len > 0);
    if (!is_fine) {
        fail_msg("%s %s: allocation %u: status %u: %.*s", row->path,
                 row->body != NULL ? row->body : "", n, call.status,
                 (int) call.reply.len, call.reply.data);
    }
    /* That a report was refused is noted with its node. */
    bool is_noted =
        call.status == 400 && strcmp(row->path, "/api/v1/report") == 0;
    if (call.status >= 300 && !is_noted && !dump_equal(before, after)) {
        fail_msg("%s %s: allocation %u: status %u, but the store changed",
                 row->path, row->body != NULL ? row->body : "", n, call.status);
    }
    free(before.data);
    free(after.data);
    nf_arena_free(call.arena);
    return is_over;
}

static void
any_allocation_may_fail(void **state)
{
    unsigned number = 1;

    (void) state;
    if (!CAN_FAIL) {
        skip();
    }
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        unsigned n = 1;
        while (!try(&rows[i], number++, n)) {
            assert_true(++n < 2000);
            world.now += 1000;
        }
    }
    assert_true(number > 100);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(any_allocation_may_fail, site_make,
                                        site_drop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
