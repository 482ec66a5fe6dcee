/*
 * POST once per Idempotency-Key: the same request again gets the same answer.
 */
#include "api/reply.h"
#include "store/requests.h"

/* A short body, such as that of a command, is the same for many nodes: the
 * path tells them apart. */
static uint64_t
hash_request(const struct nf_call *call)
{
    bool is_about_one = call->id.len > 0;
    uint64_t hash = NF_HASH;

    if (is_about_one) {
        hash = nf_text_hash(hash, call->path);
    }
    return nf_text_hash(hash, call->body);
}

nf_error_t
nf_reply_check_key(struct nf_call *call)
{
    struct nf_text key = call->idempotency_key;

    if (key.len > 64 || !nf_text_is_printable(key)) {
        return nf_refuse(&call->fault, "Idempotency-Key",
                         "must be at most 64 printable bytes");
    }
    return NF_OK;
}

bool
nf_reply_replay(struct nf_call *call, struct nf_scope *scope, nf_error_t *err)
{
    struct nf_request request;

    if (call->idempotency_key.len == 0
        || !nf_requests_get(scope->r, call->idempotency_key, &request))
    {
        return false;
    }
    if (request.body_hash != hash_request(call)) {
        *err = nf_reply_refuse(call, NF_CONFLICT, "Idempotency-Key",
                               "was used before with another body");
        return true;
    }
    struct nf_text copy = nf_arena_copy(call->arena, request.reply);
    call->location = nf_text_cut(&copy, '\n');
    call->status = 201;
    call->type = nf_type_json;
    call->reply = copy;
    *err = NF_OK;
    return true;
}

void
nf_reply_remember(struct nf_call *call, struct nf_scope *scope)
{
    if (call->idempotency_key.len == 0) {
        return;
    }
    struct nf_out out = nf_reply_buffer(call, NF_REQUEST_REPLY_MAX);
    nf_out_put(&out, call->location);
    nf_out_putc(&out, '\n');
    nf_out_put(&out, call->reply);
    if (!out.full) {
        struct nf_request request = {.time = call->now,
                                     .body_hash = hash_request(call),
                                     .reply = nf_out_text(&out)};
        nf_requests_put(scope->w, call->idempotency_key, &request);
    }
}
