#include "change/worker.h"

#include <sodium/utils.h>
#include <stdio.h>

#include "change/record.h"
#include "store/events.h"
#include "store/workers.h"

static bool
record(struct nf_change *c, enum nf_event_kind kind,
       const struct nf_worker *worker)
{
    char text[NF_WORKER_JSON_MAX + 16];
    struct nf_out out = nf_out(text, sizeof(text));

    nf_out_puts(&out, "\"worker\":");
    nf_worker_json(worker, &out);
    return nf_events_add(
        c->w, &(struct nf_event_draft){.kind = kind,
                                       .time = c->now,
                                       .actor = c->actor,
                                       .is_by_person = c->is_person,
                                       .members = nf_out_text(&out)});
}

static bool
put(struct nf_change *c, enum nf_event_kind kind,
    const struct nf_worker *worker)
{
    return nf_workers_put(c->w, worker) && record(c, kind, worker);
}

static nf_error_t
missing(struct nf_change *c)
{
    if (c->w->read.err == NF_OK) {
        (void) nf_refuse(&c->fault, "name", "there is no such worker");
        return NF_NOT_FOUND;
    }
    return c->w->read.err;
}

/* The one that went first is forgotten where there are too many. */
static nf_error_t
make_room(struct nf_change *c)
{
    struct nf_worker worker = {.name = ""}, oldest = {.name = ""};
    unsigned n = 0;

    for (; nf_workers_next(&c->w->read, worker.name, &worker); n++) {
        if (!worker.is_here && !nf_worker_is_accepted(&worker)
            && (oldest.name[0] == '\0' || worker.since < oldest.since))
        {
            oldest = worker;
        }
    }
    if (n < NF_WORKERS_MAX) {
        return c->w->read.err;
    }
    if (oldest.name[0] == '\0') {
        return nf_conflict(c, "worker", "there are too many workers");
    }
    (void) nf_workers_delete(c->w, oldest.name);
    return c->w->read.err;
}

/* What it says of itself proves nothing: a key is shown, not accepted. */
static bool
show_key(struct nf_worker *worker, const uint8_t *key)
{
    if (key == NULL || memcmp(worker->key, key, sizeof(worker->key)) == 0) {
        return false;
    }
    memcpy(worker->key, key, sizeof(worker->key));
    return true;
}

nf_error_t
nf_change_worker(struct nf_change *c, const char *name, bool is_here,
                 const uint8_t *key)
{
    struct nf_worker worker;
    nf_error_t err = NF_OK;

    if (!nf_worker_is_name(nf_text(name))) {
        return nf_refuse(&c->fault, "worker", "is not a valid worker name");
    }
    bool is_known = nf_workers_get(&c->w->read, name, &worker);
    if (!is_known) {
        if (!is_here) {
            return c->w->read.err;
        }
        if ((err = make_room(c)) != NF_OK) {
            return err;
        }
        worker = (struct nf_worker){.is_here = false};
        snprintf(worker.name, sizeof(worker.name), "%s", name);
    }
    bool is_moved = (bool) worker.is_here != is_here;
    bool is_rekeyed = show_key(&worker, key);
    if (is_moved) {
        worker.since = c->now;
        worker.is_here = is_here;
        (void) put(c,
                   is_here ? NF_EVENT_WORKER_ONLINE : NF_EVENT_WORKER_OFFLINE,
                   &worker);
    } else if (is_rekeyed) {
        (void) put(c, NF_EVENT_WORKER_KEY, &worker);
    }
    return c->w->read.err;
}

nf_error_t
nf_change_worker_accept(struct nf_change *c, const char *name,
                        struct nf_text fingerprint, struct nf_worker *worker)
{
    char shown[NF_WORKER_FINGERPRINT];

    if (!nf_workers_get(&c->w->read, name, worker)) {
        return missing(c);
    }
    if (sodium_is_zero(worker->key, sizeof(worker->key))) {
        return nf_conflict(c, "name", "the worker has not presented a key yet");
    }
    nf_worker_key_fingerprint(worker->key, shown);
    if (!nf_text_equal(fingerprint, nf_text(shown))) {
        (void) nf_refuse(&c->fault, "fingerprint",
                         "does not match the key that the worker presents: %s",
                         shown);
        return NF_CONFLICT;
    }
    if (!nf_worker_is_accepted(worker)) {
        memcpy(worker->accepted, worker->key, sizeof(worker->accepted));
        (void) put(c, NF_EVENT_WORKER_ACCEPTED, worker);
    }
    return c->w->read.err;
}

nf_error_t
nf_change_worker_own(struct nf_change *c, const char *name,
                     const uint8_t key[static NF_WORKER_KEY])
{
    struct nf_worker worker;
    nf_error_t err;

    if (!nf_worker_is_name(nf_text(name))) {
        return nf_refuse(&c->fault, "worker", "is not a valid worker name");
    }
    if (!nf_workers_get(&c->w->read, name, &worker)) {
        if ((err = make_room(c)) != NF_OK) {
            return err;
        }
        worker = (struct nf_worker){.since = c->now};
        snprintf(worker.name, sizeof(worker.name), "%s", name);
    }
    memcpy(worker.key, key, sizeof(worker.key));
    if (!nf_worker_is_accepted(&worker)) {
        memcpy(worker.accepted, key, sizeof(worker.accepted));
        (void) put(c, NF_EVENT_WORKER_ACCEPTED, &worker);
    }
    return c->w->read.err;
}

nf_error_t
nf_change_worker_forget(struct nf_change *c, const char *name)
{
    struct nf_worker worker;

    if (!nf_workers_get(&c->w->read, name, &worker)) {
        return missing(c);
    }
    if (worker.is_here) {
        return nf_conflict(c, "name", "the worker is connected: stop it first");
    }
    if (nf_workers_delete(c->w, name)) {
        (void) record(c, NF_EVENT_WORKER_FORGOTTEN, &worker);
    }
    return c->w->read.err;
}
