#include "store/events.h"

#include <assert.h>

#include "base/time.h"
#include "store/key.h"

const char *const nf_event_kinds[] = {
#define X(kind, number, word) [kind] = (word),
    NF_EVENT_KINDS(X)
#undef X
};

/* What stands before the JSON in a stored event. */
struct header {
    nf_time_t time;
    uint64_t previous;
    uint16_t kind;
    nf_mac_t mac;
};

static_assert(sizeof(struct header) == 24, "stored: see docs/store.md");

static const struct nf_bytes nothing = {"", 0};

uint64_t
nf_events_last(struct nf_read *r)
{
    NF_SCAN(scan, r, NF_EVENTS);
    return nf_scan_last(&scan) ? nf_key_number_at(scan.key, 0) : 0;
}

uint64_t
nf_events_first(struct nf_read *r)
{
    NF_SCAN(scan, r, NF_EVENTS);
    return nf_scan_seek(&scan, nothing) ? nf_key_number_at(scan.key, 0) : 0;
}

uint64_t
nf_events_next(struct nf_write *w)
{
    if (w->seq == 0) {
        w->seq = nf_events_last(&w->read);
    }
    return w->seq + 1;
}

static void
put_json(struct nf_out *out, uint64_t seq, const struct header *head,
         const char *actor, struct nf_text members)
{
    char time[NF_TIME_TEXT], mac[NF_MAC_TEXT];

    nf_time_format_ms(head->time, time);
    nf_mac_format(head->mac, mac);
    nf_out_puts(out, "{\"seq\":");
    nf_out_number(out, (int64_t) seq);
    nf_out_puts(out, ",\"time\":\"");
    nf_out_puts(out, time);
    nf_out_puts(out, "\",\"kind\":\"");
    nf_out_puts(out, nf_event_kinds[head->kind]);
    nf_out_puts(out, "\",\"mac\":\"");
    nf_out_puts(out, mac);
    nf_out_puts(out, "\",\"actor\":");
    nf_out_json(out, nf_text(actor));
    if (members.len > 0) {
        nf_out_putc(out, ',');
        nf_out_put(out, members);
    }
    nf_out_putc(out, '}');
}

bool
nf_events_add(struct nf_write *w, const struct nf_event_draft *draft)
{
    char value[NF_EVENT_JSON_MAX];
    struct header head = {.time = draft->time,
                          .previous = draft->previous,
                          .kind = draft->kind,
                          .mac = draft->mac};
    struct nf_out out = nf_out(value, sizeof(value));
    uint64_t seq = nf_events_next(w);
    struct nf_key key = nf_key_number(seq);

    nf_out_put(&out, (struct nf_text){(const char *) &head, sizeof(head)});
    put_json(&out, seq, &head, draft->actor, draft->members);
    if (out.full) {
        nf_read_fail(&w->read, NF_BUG);
        return false;
    }
    if (!nf_write_append(w, NF_EVENTS, nf_key_bytes(&key),
                         (struct nf_bytes){value, out.len})
        || (draft->is_by_person
            && !nf_write_append(w, NF_AUDIT, nf_key_bytes(&key), nothing)))
    {
        return false;
    }
    w->seq = seq;
    return true;
}

static bool
decode(struct nf_read *r, uint64_t seq, struct nf_bytes value,
       struct nf_event *event)
{
    struct header head;

    if (value.len < sizeof(head)) {
        nf_read_fail(r, NF_CORRUPT);
        return false;
    }
    memcpy(&head, value.data, sizeof(head));
    if (head.kind >= NF_EVENT_KIND_COUNT) {
        nf_read_fail(r, NF_CORRUPT);
        return false;
    }
    *event = (struct nf_event){
        .seq = seq,
        .time = head.time,
        .kind = head.kind,
        .mac = head.mac,
        .previous = head.previous,
        .json = {(const char *) value.data + sizeof(head),
                 value.len - sizeof(head)},
    };
    return true;
}

bool
nf_events_read(struct nf_read *r, uint64_t *after, struct nf_event *event)
{
    struct nf_key key = nf_key_number(*after + 1);
    NF_SCAN(scan, r, NF_EVENTS);

    if (!nf_scan_seek(&scan, nf_key_bytes(&key))) {
        return false;
    }
    *after = nf_key_number_at(scan.key, 0);
    return decode(r, *after, scan.value, event);
}

bool
nf_events_read_back(struct nf_read *r, uint64_t *seq, struct nf_event *event)
{
    struct nf_key key = nf_key_number(*seq);
    struct nf_bytes value;

    if (*seq == 0 || !nf_read_get(r, NF_EVENTS, nf_key_bytes(&key), &value)
        || !decode(r, *seq, value, event))
    {
        return false;
    }
    if (event->previous >= *seq) { /* else a walk would never end */
        nf_read_fail(r, NF_CORRUPT);
        return false;
    }
    *seq = event->previous;
    return true;
}

/* What a person did goes where it is kept longer. */
static bool
keep_for_audit(struct nf_write *w, struct nf_bytes key)
{
    struct nf_bytes there, event;
    char copy[NF_EVENT_JSON_MAX];

    if (!nf_read_get(&w->read, NF_AUDIT, key, &there) || there.len > 0
        || !nf_read_get(&w->read, NF_EVENTS, key, &event))
    {
        return w->read.err == NF_OK;
    }
    if (event.len > sizeof(copy)) {
        nf_read_fail(&w->read, NF_CORRUPT);
        return false;
    }
    memcpy(copy, event.data, event.len); /* a put moves what is stored */
    return nf_write_put(w, NF_AUDIT, key, (struct nf_bytes){copy, event.len});
}

bool
nf_events_drop(struct nf_write *w, uint64_t seq)
{
    struct nf_key key = nf_key_number(seq);
    struct nf_bytes there;

    (void) nf_events_next(w); /* it may be the newest, which says the next */
    return !nf_read_get(&w->read, NF_AUDIT, nf_key_bytes(&key), &there)
           && nf_read_get(&w->read, NF_EVENTS, nf_key_bytes(&key), &there)
           && nf_write_delete(w, NF_EVENTS, nf_key_bytes(&key));
}

static bool
drop_oldest(struct nf_write *w)
{
    struct nf_key key = nf_key_number(nf_events_first(&w->read));

    return keep_for_audit(w, nf_key_bytes(&key))
           && nf_write_delete(w, NF_EVENTS, nf_key_bytes(&key));
}

unsigned
nf_events_trim(struct nf_write *w, uint64_t keep, unsigned max)
{
    uint64_t count = nf_read_count(&w->read, NF_EVENTS);
    unsigned gone = 0;

    if (keep == 0) {
        keep = 1; /* the newest says what the next number is */
    }
    while (count > keep && gone < max && drop_oldest(w)) {
        count--;
        gone++;
    }
    return gone;
}

bool
nf_audit_read(struct nf_read *r, uint64_t *after, struct nf_event *event)
{
    struct nf_key key = nf_key_number(*after + 1);
    NF_SCAN(scan, r, NF_AUDIT);

    if (!nf_scan_seek(&scan, nf_key_bytes(&key))) {
        return false;
    }
    uint64_t seq = nf_key_number_at(scan.key, 0);
    struct nf_bytes value = scan.value;
    if (value.len == 0 && !nf_read_get(r, NF_EVENTS, scan.key, &value)) {
        nf_read_fail(r, NF_CORRUPT);
        return false;
    }
    *after = seq;
    return decode(r, seq, value, event);
}

unsigned
nf_audit_trim(struct nf_write *w, uint64_t keep, unsigned max)
{
    uint64_t count = nf_read_count(&w->read, NF_AUDIT);
    unsigned gone = 0;

    for (; count > keep && gone < max; count--, gone++) {
        NF_SCAN(scan, &w->read, NF_AUDIT);
        if (!nf_scan_seek(&scan, nothing)) {
            break;
        }
        struct nf_key key = nf_key_number(nf_key_number_at(scan.key, 0));
        if (!nf_write_delete(w, NF_AUDIT, nf_key_bytes(&key))) {
            break;
        }
    }
    return gone;
}

uint64_t
nf_cursor_get(struct nf_read *r, const char *reader)
{
    struct nf_bytes key = {reader, strlen(reader)}, value;

    return nf_read_get(r, NF_CURSORS, key, &value) ? nf_key_number_at(value, 0)
                                                   : 0;
}

bool
nf_cursor_put(struct nf_write *w, const char *reader, uint64_t seq)
{
    struct nf_key value = nf_key_number(seq);

    return nf_write_put(w, NF_CURSORS,
                        (struct nf_bytes){reader, strlen(reader)},
                        nf_key_bytes(&value));
}
