#ifndef NF_STORE_EVENTS_H
#define NF_STORE_EVENTS_H

/*
 * The log: every change of state appends one event with the next sequence
 * number, in the same transaction.  Readers keep a cursor each.
 */

#include "model/event.h"
#include "store/txn.h"

struct nf_event {
    uint64_t seq;
    nf_time_t time;
    enum nf_event_kind kind;
    nf_mac_t mac;        /* the node it is about, zero: none */
    uint64_t previous;   /* the event before it about the same node */
    struct nf_text json; /* the whole event, as a JSON object */
};

/* The sequence number that the next event of this scope will get. */
uint64_t nf_events_next(struct nf_write *w);

/* An event that is to be. */
struct nf_event_draft {
    enum nf_event_kind kind;
    nf_mac_t mac;
    nf_time_t time;
    uint64_t previous; /* the last event about the same node, 0: none */
    const char *actor;
    bool is_by_person; /* kept longer than what machines brought about */
    /* JSON members that stand behind seq, time, kind, mac and actor, such as
     * "\"node\":{...}"; may be empty. */
    struct nf_text members;
};

bool nf_events_add(struct nf_write *w, const struct nf_event_draft *draft);

/* Take one out, because a later one of the same kind says all that it said;
 * false: there is none, or a person brought it about. */
bool nf_events_drop(struct nf_write *w, uint64_t seq);

/* The first event with seq > *after; false at the end.  Moves *after. */
bool nf_events_read(struct nf_read *r, uint64_t *after, struct nf_event *event);

/*
 * The event *seq, and the one before it about the same node into *seq; begin
 * with a node's last_event.  False: there is none, or it is no longer kept.
 */
bool nf_events_read_back(struct nf_read *r, uint64_t *seq,
                         struct nf_event *event);

/* The same of what people did: also what the log has no more. */
bool nf_audit_read(struct nf_read *r, uint64_t *after, struct nf_event *event);

/* Forget the oldest of what people did beyond `keep`, at most max. */
unsigned nf_audit_trim(struct nf_write *w, uint64_t keep, unsigned max);

uint64_t nf_events_last(struct nf_read *r);
uint64_t nf_events_first(struct nf_read *r);

/* Drop the oldest while there are more than keep, at most max of them; the
 * newest always stays.  Returns how many went. */
unsigned nf_events_trim(struct nf_write *w, uint64_t keep, unsigned max);

/* A reader's saved position; 0 when it never saved one. */
uint64_t nf_cursor_get(struct nf_read *r, const char *reader);
bool nf_cursor_put(struct nf_write *w, const char *reader, uint64_t seq);

#endif
