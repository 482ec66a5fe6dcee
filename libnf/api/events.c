#include "store/events.h"

#include "api/reply.h"
#include "store/generation.h"

enum {
    LIMIT_MAX = 1000,
    LIMIT = 100,
    EVENT_LINE_MAX = NF_EVENT_JSON_MAX + 64,
};

/* Whose events are asked for. */
static const struct source {
    const char *by;
    bool (*read)(struct nf_read *r, uint64_t *after, struct nf_event *event);
    const char *query; /* for the page behind */
} everybody = {"", nf_events_read, ""},
  people = {"people", nf_audit_read, "&by=people"};

/*
 * A place in the log: "0123456789abcdef-42", with the log's generation; the
 * number alone in a first generation, and from clients that know no more.
 */
struct position {
    uint64_t generation, seq;
    bool has_generation;
    bool is_elsewhere; /* in another log than this */
};

static void
put_position(struct nf_out *out, uint64_t generation, uint64_t seq)
{
    if (generation != 0) {
        nf_out_printf(out, "%016llx-", (unsigned long long) generation);
    }
    nf_out_number(out, (int64_t) seq);
}

static bool
parse_position(struct nf_text text, struct position *position)
{
    struct nf_text rest = text;
    struct nf_text first = nf_text_cut(&rest, '-');

    *position = (struct position){.has_generation = rest.data != NULL};
    return position->has_generation
               ? first.len == 16 && nf_text_hex(first, &position->generation)
                     && nf_text_number(rest, INT64_MAX, &position->seq)
               : nf_text_number(text, INT64_MAX, &position->seq);
}

/* A restored store gives numbers again, and may have fewer. */
static bool
is_elsewhere(struct nf_read *r, const struct position *position)
{
    return position->seq > nf_events_last(r)
           || (position->has_generation
               && position->generation != nf_generation(r));
}

/* EventSource gives up for good on any status but 200. */
static void
put_reset(struct nf_out *out, uint64_t generation, uint64_t seq)
{
    nf_out_puts(out, "id: ");
    put_position(out, generation, seq);
    nf_out_puts(out, "\nevent: reset\ndata: {\"type\":\"reset\",\"newest\":\"");
    put_position(out, generation, seq);
    nf_out_puts(out, "\",\"seq\":");
    nf_out_number(out, (int64_t) seq);
    nf_out_puts(out, "}\n\n");
}

/* One buffer of server-sent events: the id lets a client resume. */
static nf_error_t
fill_live(struct nf_stream *s, const struct nf_site *site, struct nf_out *out)
{
    struct nf_event event;
    NF_READ(r, site->store);
    uint64_t generation = nf_generation(&r);

    if (s->is_reset) {
        put_reset(out, generation, s->seq);
        s->is_reset = false;
    }
    while (out->cap - out->len > EVENT_LINE_MAX
           && nf_events_read(&r, &s->seq, &event))
    {
        nf_out_puts(out, "id: ");
        put_position(out, generation, event.seq);
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
read_position(struct nf_call *call, struct nf_scope *scope,
              const struct source *source, bool *has_since,
              struct position *since)
{
    bool is_last = call->last_event_id.len > 0;
    struct nf_text text = call->last_event_id;

    *since = (struct position){0};
    *has_since = is_last || nf_query(call, "since", &text);
    if (!*has_since) {
        return NF_OK;
    }
    if (!parse_position(text, since)) {
        return nf_refuse(&call->fault, is_last ? "Last-Event-ID" : "since",
                         "must be a sequence number, or an event's id");
    }
    since->is_elsewhere = is_elsewhere(scope->r, since);
    return since->is_elsewhere || source == &people
               ? NF_OK
               : check_window(call, scope, since->seq);
}

static nf_error_t
open_live(struct nf_call *call, struct nf_scope *scope, bool has_since,
          const struct position *since)
{
    struct nf_stream *s = nf_arena_take(call->arena, sizeof(*s));

    if (s == NULL) {
        return NF_NO_MEMORY;
    }
    s->fill = fill_live;
    s->is_live = true;
    s->is_reset = since->is_elsewhere;
    s->seq = has_since && !s->is_reset ? since->seq : nf_events_last(scope->r);
    call->stream = s;
    call->status = 200;
    call->type = "text/event-stream";
    return NF_OK;
}

static nf_error_t
reply_page(struct nf_call *call, struct nf_scope *scope,
           const struct source *source, uint64_t since, uint64_t limit)
{
    struct nf_out out = nf_reply_buffer(call, 1 << 20);
    struct nf_out link = nf_reply_buffer(call, 128);
    struct nf_event event;
    uint64_t count = 0, seq = since, more;

    nf_out_putc(&out, '[');
    while (count < limit && out.cap - out.len > EVENT_LINE_MAX
           && source->read(scope->r, &seq, &event))
    {
        nf_out_puts(&out, count++ == 0 ? "" : ",");
        nf_out_put(&out, event.json);
    }
    nf_out_putc(&out, ']');
    more = seq;
    if (count > 0 && source->read(scope->r, &more, &event)) {
        nf_out_puts(&link, "</api/v1/events?since=");
        put_position(&link, nf_generation(scope->r), seq);
        nf_out_printf(&link, "&limit=%llu%s>; rel=\"next\"",
                      (unsigned long long) limit, source->query);
        call->link = nf_out_text(&link);
    }
    return nf_reply_json(call, 200, &out);
}

static nf_error_t
refuse_position(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_out newest = nf_reply_buffer(call, 48);

    put_position(&newest, nf_generation(scope->r), nf_events_last(scope->r));
    (void) nf_refuse(&call->fault, "since",
                     "is not a position in this log, which was restored from a "
                     "backup; the newest is %.*s",
                     (int) newest.len, newest.data);
    return NF_GONE;
}

static bool
wants_stream(const struct nf_call *call)
{
    return nf_text_starts(call->accept, NF_TEXT("text/event-stream"))
           || call->last_event_id.len > 0;
}

static nf_error_t
read_source(struct nf_call *call, const struct source **source)
{
    struct nf_text by;

    *source = &everybody;
    if (!nf_query(call, "by", &by)) {
        return NF_OK;
    }
    *source = &people;
    if (!nf_text_equal(by, nf_text(people.by))) {
        return nf_refuse(&call->fault, "by", "must be people");
    }
    return wants_stream(call) ? nf_refuse(
               &call->fault, "by", "cannot be combined with an event stream")
                              : NF_OK;
}

nf_error_t
nf_api_events(struct nf_call *call, struct nf_scope *scope)
{
    const struct source *source;
    struct position since;
    uint64_t limit;
    bool has_since;
    nf_error_t err;

    if ((err = read_source(call, &source)) != NF_OK
        || (err = read_position(call, scope, source, &has_since, &since))
               != NF_OK
        || (err = nf_query_number(call, "limit", LIMIT_MAX, LIMIT, &limit))
               != NF_OK)
    {
        return err;
    }
    if (wants_stream(call)) {
        return open_live(call, scope, has_since, &since);
    }
    return since.is_elsewhere
               ? refuse_position(call, scope)
               : reply_page(call, scope, source, since.seq, limit);
}
