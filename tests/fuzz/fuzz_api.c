/*
 * Requests as bytes, through the whole library.  One input is a conversation:
 *
 *   PUT 1 /api/v1/nodes/525400000001?x=y
 *   If-Match: "1-0"
 *
 *   {"action":"install"}
 *   ====
 *   GET 2 /boot/...
 *
 * The number is the listener's bits; a body ends at a line of `====`.
 */
#include <jansson.h>
#include <stdint.h>

#include "carry_out.h"
#include "fuzz_store.h"
#include "replay_log.h"

static const char *const methods[] = {"GET",   "HEAD",   "POST", "PUT",
                                      "PATCH", "DELETE", NULL};

static void
demand(bool is_true)
{
    if (!is_true) {
        abort();
    }
}

static void
read_header(struct nf_call *call, struct nf_text line)
{
    const struct {
        const char *name;
        struct nf_text *value;
    } headers[] = {
        {"Content-Type", &call->content_type},
        {"Accept", &call->accept},
        {"If-Match", &call->if_match},
        {"If-None-Match", &call->if_none_match},
        {"Idempotency-Key", &call->idempotency_key},
        {"Last-Event-ID", &call->last_event_id},
        {"Repr-Digest", &call->repr_digest},
        {"Host", &call->client.host},
        {"Origin", &call->client.origin},
        {"Referer", &call->client.referer},
        {"Sec-Fetch-Site", &call->client.fetch_site},
        {"User-Agent", &call->client.user_agent},
    };
    struct nf_text name = nf_text_cut(&line, ':');

    if (line.len > 0 && line.data[0] == ' ') {
        line.data++;
        line.len--;
    }
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
        if (nf_text_equal(name, nf_text(headers[i].name))) {
            *headers[i].value = line;
        }
    }
    if (nf_text_equal(name, NF_TEXT("Peer"))) {
        (void) nf_ip4_parse(line, &call->peer);
    }
    call->may_wait |= nf_text_equal(name, NF_TEXT("Wait"));
}

static struct nf_text
cut_body(struct nf_text *rest)
{
    static const char mark[] = "\n====\n";
    const char *at =
        rest->len == 0 ? NULL
                       : memmem(rest->data, rest->len, mark, sizeof(mark) - 1);
    struct nf_text body = *rest;

    if (at == NULL) {
        *rest = (struct nf_text){0};
        return body;
    }
    body.len = (size_t) (at - rest->data);
    *rest = (struct nf_text){at + sizeof(mark) - 1,
                             rest->len - body.len - (sizeof(mark) - 1)};
    return body;
}

static struct nf_call
read_call(struct nf_text *rest)
{
    struct nf_text first = nf_text_cut(rest, '\n'), line;
    struct nf_text method = nf_text_cut(&first, ' ');
    struct nf_text listener = nf_text_cut(&first, ' ');
    struct nf_call call = {.method = NF_GET, .now = 1769076000000};
    uint64_t bits = 1;

    while (methods[call.method] != NULL
           && !nf_text_equal(method, nf_text(methods[call.method])))
    {
        call.method++;
    }
    (void) nf_text_number(listener, 63, &bits);
    call.listener = (enum nf_listener) bits;
    call.path = nf_text_cut(&first, '?');
    call.raw = call.path;
    call.query = first;
    while (line = nf_text_cut(rest, '\n'), line.len > 0) {
        read_header(&call, line);
    }
    call.body = cut_body(rest);
    call.arena = nf_arena_new();
    return call;
}

static void
check(const struct nf_call *call)
{
    bool is_json =
        call->type != NULL && strcmp(call->type, "application/json") == 0;

    demand(call->status == 0 || (call->status >= 200 && call->status < 600));
    demand(call->status != 500);
    demand(call->status != 405 || call->allow != NULL);
    if (is_json && call->reply.len > 0) {
        json_t *json = json_loadb(call->reply.data, call->reply.len,
                                  JSON_REJECT_DUPLICATES, NULL);
        demand(json != NULL);
        json_decref(json);
    }
}

static void
pull(struct nf_call *call)
{
    static char buffer[NF_STREAM_BUFFER];

    for (int i = 0; call->stream != NULL && !call->stream->is_done && i < 9;
         i++) {
        struct nf_out out = nf_out(buffer, sizeof(buffer));
        demand(call->stream->fill(call->stream, &site, &out) == NF_OK);
        demand(!out.full);
    }
}

static void
run(struct nf_call *call)
{
    struct nf_call work = {.arena = nf_arena_new()}, *calls[] = {&work};

    carry_out(&site, call);
    check(call);
    pull(call);
    if (call->has_after_work) {
        nf_api_after(call, &work);
        nf_api_write(&site, calls, 1);
    }
    nf_arena_free(work.arena);
    nf_arena_free(call->arena);
}

/* Whatever was asked, the state is the replay of the log. */
static void
check_log(void)
{
    const char *why = replay_log(site.store);

    if (why != NULL) {
        fprintf(stderr, "%s\n", why);
        abort();
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct nf_text rest = {(const char *) data, size};

    fresh_store(check_log);
    for (int i = 0; i < 8 && rest.len > 0; i++) {
        struct nf_call call = read_call(&rest);
        run(&call);
    }
    return 0;
}
