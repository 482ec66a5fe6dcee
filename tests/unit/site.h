#ifndef NF_TEST_SITE_H
#define NF_TEST_SITE_H

/*
 * The HTTP interface without HTTP: a world with templates, and one call at a
 * time, its answer whole in one text.
 */

#include <sys/stat.h>

#include "api/why.h"
#include "carry_out.h"
#include "status/find.h"
#include "status/mirror.h"
#include "world.h"

static struct nf_site site;

/* The nf-relay of this world: it says how it is whenever anybody asks, until it
 * is stopped. */
static struct {
    bool is_stopped;
    struct nf_beat beat;
    struct nf_mirror_state mirror; /* without suites it did not look */
} relay;

static inline void
relay_look(void)
{
    NF_READ(r, world.s.store);

    nf_status_watch(&world.settings, &r, world.now, &relay.beat);
}

static inline void
relay_beat(void)
{
    if (!relay.is_stopped) {
        relay.beat.said = world.now;
        relay_look();
        assert_true(nf_beat_put(&world.settings, &relay.beat));
        relay.mirror.said = world.now;
        assert_true(relay.mirror.n == 0
                    || nf_mirror_put(&world.settings, &relay.mirror));
    }
}

static inline void
relay_make(void)
{
    char dir[128];

    memset(&relay, 0, sizeof(relay));
    relay.beat.process = (uint64_t) getpid();
    world_set("NF_RUN_DIR", world.s.dir);
    snprintf(dir, sizeof(dir), "%s/relay", world.s.dir);
    assert_int_equal(mkdir(dir, 0755), 0);
}

static inline void
relay_drop(void)
{
    static const char *const names[] = {"state", "mirror"};
    char path[128];

    for (size_t i = 0; i < 2; i++) {
        snprintf(path, sizeof(path), "%s/relay/%s", world.s.dir, names[i]);
        (void) unlink(path);
    }
    snprintf(path, sizeof(path), "%s/relay", world.s.dir);
    assert_int_equal(rmdir(path), 0);
}

/* What goes in besides method, path and body; zero is usual. */
struct ask {
    enum nf_listener listener; /* 0: the API's */
    const char *type, *accept, *if_match, *if_none_match, *key, *last_event_id;
    struct nf_client client;
    nf_ip4_t peer;  /* unset: on listeners of nodes one that nobody leases */
    bool has_no_ip; /* it is not IPv4 */
    bool may_wait;
};

struct answer {
    struct nf_call call;
    char *text; /* reply and stream together, NUL-terminated */
    size_t len;
};

static struct answer answer; /* the latest */

static struct nf_text
text_or_none(const char *c_string)
{
    return c_string == NULL ? (struct nf_text){0} : nf_text(c_string);
}

UNUSED static int
site_make(void **state)
{
    struct nf_fault fault = {0};

    (void) world_make(state);
    relay_make();
    assert_int_equal(nf_settings_set(&world.settings, "NF_SERVER_ADDR",
                                     NF_TEXT("10.66.0.1:80"), &fault),
                     NF_OK);
    if (nf_settings_settle(&world.settings, &fault) != NF_OK) {
        fail_msg("%s: %s", fault.field, fault.reason);
    }
    world_set("NF_FILES_DIR", "tests/data/files");
    world.diagnose = nf_known_diagnose;
    site.store = world.s.store;
    site.settings = &world.settings;
    memset(site.key, 7, sizeof(site.key));
    if (site.templates == NULL) {
        nf_templates_t *templates;
        if (nf_templates_load(&templates, "conf/templates", NULL, &fault)
            != NF_OK) {
            fail_msg("%s: %s", fault.field, fault.reason);
        }
        site.templates = templates;
    }
    return 0;
}

UNUSED static void
answer_drop(void)
{
    free(answer.text);
    nf_arena_free(answer.call.arena);
    answer = (struct answer){0};
}

UNUSED static int
site_drop(void **state)
{
    answer_drop();
    relay_drop();
    return world_drop(state);
}

static void
answer_add(struct nf_text more)
{
    answer.text = realloc(answer.text, answer.len + more.len + 1);
    assert_non_null(answer.text);
    if (more.len > 0) {
        memcpy(answer.text + answer.len, more.data, more.len);
    }
    answer.len += more.len;
    answer.text[answer.len] = '\0';
}

/* As the adapter does: until it is done, or has nothing for now. */
static void
answer_pull(void)
{
    static char buffer[NF_STREAM_BUFFER];
    struct nf_stream *stream = answer.call.stream;
    size_t len = 1;

    while (stream != NULL && !stream->is_done && len > 0) {
        struct nf_out out = nf_out(buffer, sizeof(buffer));
        assert_int_equal(stream->fill(stream, &site, &out), NF_OK);
        assert_false(out.full);
        len = out.len;
        answer_add(nf_out_text(&out));
    }
}

static nf_ip4_t
peer_of(const struct ask *ask)
{
    bool is_node = ask->listener != 0 && ask->listener != NF_LISTENER_API;

    return nf_ip4_is_set(ask->peer) || ask->has_no_ip || !is_node
               ? ask->peer
               : (nf_ip4_t){{10, 66, 0, 240}};
}

/* Fill in a call; path may have a query. */
UNUSED static struct nf_call
call_make(enum nf_method_kind method, const char *path, const char *body,
          const struct ask *ask)
{
    struct nf_text query = nf_text(path);
    struct nf_text plain = nf_text_cut(&query, '?');

    return (struct nf_call){
        .method = method,
        .listener = ask->listener != 0 ? ask->listener : NF_LISTENER_API,
        .path = plain,
        .query = query,
        .body = text_or_none(body),
        .content_type = text_or_none(ask->type),
        .accept = text_or_none(ask->accept),
        .if_match = text_or_none(ask->if_match),
        .if_none_match = text_or_none(ask->if_none_match),
        .idempotency_key = text_or_none(ask->key),
        .last_event_id = text_or_none(ask->last_event_id),
        .client = ask->client,
        .peer = peer_of(ask),
        .now = world.now,
        .started = NOW - NF_SECONDS(330),
        .may_wait = ask->may_wait,
        .arena = nf_arena_new(),
    };
}

/* The status; the rest is in answer. */
static unsigned
ask_with(enum nf_method_kind method, const char *path, const char *body,
         struct ask ask)
{
    answer_drop();
    relay_beat();
    answer.call = call_make(method, path, body, &ask);
    struct nf_call *call = &answer.call;
    carry_out(&site, call);
    answer_add(call->reply);
    answer_pull();
    return call->status;
}

UNUSED static unsigned
ask(enum nf_method_kind method, const char *path, const char *body)
{
    return ask_with(method, path, body, (struct ask){0});
}

/* Run what the latest answer left to do. */
UNUSED static void
ask_after(void)
{
    struct nf_call work = {.arena = nf_arena_new()}, *calls[] = {&work};

    if (answer.call.has_after_work) {
        nf_api_after(&answer.call, &work);
        nf_api_write(&site, calls, 1);
    }
    nf_arena_free(work.arena);
}

UNUSED static bool
says(const char *part)
{
    return answer.text != NULL && strstr(answer.text, part) != NULL;
}

#define EXPECT(code, part)                                                     \
    do {                                                                       \
        assert_int_equal(answer.call.status, code);                            \
        if (!says(part)) {                                                     \
            fail_msg("wanted %s, got %s", part, answer.text);                  \
        }                                                                      \
    } while (0)

UNUSED static bool
text_is(struct nf_text text, const char *wanted)
{
    return nf_text_equal(text, nf_text(wanted));
}

static inline void
create(unsigned n)
{
    char body[64];

    snprintf(body, sizeof(body), "{\"mac\":\"5254%08x\"}", n);
    assert_int_equal(ask(NF_POST, "/api/v1/nodes", body), 201);
}

#endif
