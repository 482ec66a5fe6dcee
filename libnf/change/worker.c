#include "change/worker.h"

#include <stdio.h>

#include "change/record.h"
#include "store/events.h"
#include "store/workers.h"

static bool
record(struct nf_change *c, const struct nf_worker *worker)
{
    char text[NF_WORKER_JSON_MAX];
    struct nf_out out = nf_out(text, sizeof(text));

    nf_out_puts(&out, "\"worker\":");
    nf_worker_json(worker, &out);
    return nf_workers_put(c->w, worker)
           && nf_events_add(c->w, &(struct nf_event_draft){
                                      .kind = worker->is_here
                                                  ? NF_EVENT_WORKER_ONLINE
                                                  : NF_EVENT_WORKER_OFFLINE,
                                      .time = c->now,
                                      .actor = c->actor,
                                      .is_by_person = c->is_person,
                                      .members = nf_out_text(&out)});
}

/* The one that went first is forgotten where there are too many. */
static nf_error_t
make_room(struct nf_change *c)
{
    struct nf_worker worker = {.name = ""}, oldest = {.name = ""};
    unsigned n = 0;

    for (; nf_workers_next(&c->w->read, worker.name, &worker); n++) {
        if (!worker.is_here
            && (oldest.name[0] == '\0' || worker.since < oldest.since)) {
            oldest = worker;
        }
    }
    if (n < NF_WORKERS_MAX) {
        return c->w->read.err;
    }
    if (oldest.name[0] == '\0') {
        return nf_conflict(c, "worker", "too many workers are there");
    }
    (void) nf_workers_delete(c->w, oldest.name);
    return c->w->read.err;
}

nf_error_t
nf_change_worker(struct nf_change *c, const char *name, bool is_here)
{
    struct nf_worker worker;
    nf_error_t err = NF_OK;

    if (!nf_worker_is_name(nf_text(name))) {
        return nf_refuse(&c->fault, "worker", "is no name of a worker");
    }
    bool is_known = nf_workers_get(&c->w->read, name, &worker);
    if (is_known ? (bool) worker.is_here == is_here : !is_here) {
        return c->w->read.err;
    }
    if (!is_known && (err = make_room(c)) != NF_OK) {
        return err;
    }
    worker = (struct nf_worker){.since = c->now, .is_here = is_here};
    snprintf(worker.name, sizeof(worker.name), "%s", name);
    (void) record(c, &worker);
    return c->w->read.err;
}
