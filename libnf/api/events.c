#include "store/events.h"

#include "api/reply.h"

enum {
    LIMIT_MAX = 1000,
    LIMIT = 100,
    EVENT_LINE_MAX = NF_EVENT_JSON_MAX + 64,
};

/* One buffer of server-sent events: the id lets a client resume. */
static nf_error_t
fill_live(struct nf_stream *s, const struct nf_site *site, struct nf_out *out)
{
    struct nf_event event;
    NF_READ(r, site->store);

    while (out->cap - out->len > EVENT_LINE_MAX
           && nf_events_read(&r, &s->seq, &event))
    {
        nf_out_puts(out, "id: ");
        nf_out_number(out, (int64_t) event.seq);
        nf_out_puts(out, "\nevent: ");
        nf_out_puts(out, nf_event_kinds[event.kind]);
        nf_out_puts(out, "\ndata: ");
        nf_out_put(out, event.json);
        nf_out_puts(out, "\n\n");
    }
    return r.err;
}

/* Events that are gone from the log cannot be given: say so. */
static nf_error_t
check_window(struct nf_call *call, struct nf_scope *scope, uint64_t since)
{
    uint64_t first = nf_events_first(scope->r);

    if (first > 1 && since + 1 < first) {
        (void) nf_refuse(&call->fault, "since",
                         "events up to %llu are no longer kept",
                         (unsigned long long) first - 1);
        return NF_NOT_FOUND;
    }
    return NF_OK;
}

/* Where a client goes on: what its connection had last counts before what
 * its address asked for once.  */
static nf_error_t
read_position(struct nf_call *call, struct nf_scope *scope, bool *has_since,
              uint64_t *since)
{
    struct nf_text text;
    nf_error_t err = nf_query_number(call, "since", INT64_MAX, 0, since);

    *has_since = nf_query(call, "since", &text);
    if (err == NF_OK && call->last_event_id.len > 0) {
        *has_since = true;
        if (!nf_text_number(call->last_event_id, INT64_MAX, since)) {
            err = nf_refuse(&call->fault, "Last-Event-ID",
                            "must be a sequence number");
        }
    }
    return err == NF_OK && *has_since ? check_window(call, scope, *since) : err;
}

static nf_error_t
open_live(struct nf_call *call, struct nf_scope *scope, bool has_since,
          uint64_t since)
{
    struct nf_stream *s = nf_arena_take(call->arena, sizeof(*s));

    if (s == NULL) {
        return NF_NO_MEMORY;
    }
    s->fill = fill_live;
    s->is_live = true;
    s->seq = has_since ? since : nf_events_last(scope->r);
    call->stream = s;
    call->status = 200;
    call->type = "text/event-stream";
    return NF_OK;
}

static nf_error_t
reply_page(struct nf_call *call, struct nf_scope *scope, uint64_t since,
           uint64_t limit)
{
    struct nf_out out = nf_reply_buffer(call, 1 << 20);
    struct nf_out link = nf_reply_buffer(call, 96);
    struct nf_event event;
    uint64_t count = 0, seq = since;

    nf_out_putc(&out, '[');
    while (count < limit && out.cap - out.len > EVENT_LINE_MAX
           && nf_events_read(scope->r, &seq, &event))
    {
        nf_out_puts(&out, count++ == 0 ? "" : ",");
        nf_out_put(&out, event.json);
    }
    nf_out_putc(&out, ']');
    if (count > 0 && seq < nf_events_last(scope->r)) {
        nf_out_printf(&link,
                      "</api/v1/events?since=%llu&limit=%llu>; rel=\"next\"",
                      (unsigned long long) seq, (unsigned long long) limit);
        call->link = nf_out_text(&link);
    }
    return nf_reply_json(call, 200, &out);
}

static bool
wants_stream(const struct nf_call *call)
{
    return nf_text_starts(call->accept, NF_TEXT("text/event-stream"))
           || call->last_event_id.len > 0;
}

nf_error_t
nf_api_events(struct nf_call *call, struct nf_scope *scope)
{
    uint64_t since, limit;
    bool has_since;
    nf_error_t err;

    if ((err = read_position(call, scope, &has_since, &since)) != NF_OK
        || (err = nf_query_number(call, "limit", LIMIT_MAX, LIMIT, &limit))
               != NF_OK)
    {
        return err;
    }
    return wants_stream(call) ? open_live(call, scope, has_since, since)
                              : reply_page(call, scope, since, limit);
}
