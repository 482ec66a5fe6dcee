/*
 * As an nginx worker does it: readers on some threads while one writes.  Most
 * telling under ThreadSanitizer (make tsan).
 */
#include "site.h"

#include <pthread.h>
#include <stdatomic.h>

enum {
    READERS = 3,
    ROUNDS = 300
};

static _Atomic bool is_over;
static _Atomic unsigned reads;

static struct nf_call
call_of(enum nf_method_kind method, const char *path, const char *body)
{
    return (struct nf_call){.method = method,
                            .listener = NF_LISTENER_API,
                            .path = nf_text(path),
                            .body = text_or_none(body),
                            .now = NOW,
                            .arena = nf_arena_new()};
}

static bool
read_one(const char *path)
{
    static _Thread_local char buffer[NF_STREAM_BUFFER];
    struct nf_call call = call_of(NF_GET, path, NULL);
    bool is_fine = nf_api_route(&call);

    if (is_fine) {
        nf_api_read(&site, &call);
    }
    struct nf_stream *stream = call.stream;
    while (is_fine && stream != NULL && !stream->is_done) {
        struct nf_out out = nf_out(buffer, sizeof(buffer));
        is_fine = stream->fill(stream, &site, &out) == NF_OK;
    }
    is_fine = is_fine && (call.status == 200 || call.status == 404);
    nf_arena_free(call.arena);
    return is_fine;
}

static void *
read_on(void *unused)
{
    static const char *const paths[] = {"/api/v1/nodes/525400000001",
                                        "/api/v1/nodes",
                                        "/metrics",
                                        "/boot/525400000001/boot.ipxe",
                                        "/api/v1/events",
                                        "/api/v1/nodes/525400000001/timeline"};
    bool is_fine = true;

    (void) unused;
    for (unsigned i = 0; is_fine && !is_over; i++) {
        is_fine = read_one(paths[i % 6]);
        reads++;
    }
    return is_fine ? (void *) &reads : NULL;
}

static void
write_one(unsigned n)
{
    char body[80], path[64];

    snprintf(body, sizeof(body), "{\"mac\":\"5254%08x\"}", 1 + n / 4);
    snprintf(path, sizeof(path), "/api/v1/nodes/5254%08x", 1 + n / 4);
    if (n % 4 == 0) {
        snprintf(path, sizeof(path), "/api/v1/nodes");
    } else {
        snprintf(body, sizeof(body), "{\"hostname\":\"h%u\"}", n);
    }
    struct nf_call call = call_of(n % 4 == 0 ? NF_POST : NF_PATCH, path, body);
    struct nf_call *calls[] = {&call};
    assert_true(nf_api_route(&call));
    nf_api_write(&site, calls, 1);
    assert_int_equal(call.status / 100, 2);
    nf_arena_free(call.arena);
}

static void
readers_and_a_writer_do_not_disturb_each_other(void **state)
{
    pthread_t threads[READERS];
    void *result;

    (void) state;
    for (int i = 0; i < READERS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, read_on, NULL), 0);
    }
    for (unsigned n = 0; n < ROUNDS; n++) {
        write_one(n);
    }
    while (reads < ROUNDS) {
        usleep(1000);
    }
    is_over = true;
    for (int i = 0; i < READERS; i++) {
        pthread_join(threads[i], &result);
        assert_non_null(result);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            readers_and_a_writer_do_not_disturb_each_other, site_make,
            site_drop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
