/*
 * Running calls: reads alone, writes together.
 */
#include "api/query.h"
#include "api/reply.h"
#include "api/served.h"
#include "store/events.h"
#include "json/tree.h"

enum {
    PLENTY = 64 << 20 /* more than a call takes */
};

/* Of a run before this one. */
static void
forget_outcome(struct nf_call *call)
{
    call->status = 0;
    call->fault.field[0] = call->fault.reason[0] = '\0';
    call->error = NULL;
    call->warnings = (struct nf_text){0};
    call->err = NF_OK;
}

void
nf_api_read(const struct nf_site *site, struct nf_call *call)
{
    forget_outcome(call);
    if (site->store == NULL) {
        nf_api_fail(call, NF_BUSY);
        return;
    }
    NF_READ(r, site->store);
    struct nf_scope scope = {.site = site, .r = &r};
    nf_error_t err = r.err;
    if (err == NF_OK) {
        err = call->route->run(call, &scope);
    }
    if (err == NF_OK) {
        err = r.err;
    }
    if (err != NF_OK) {
        nf_api_fail(call, err);
    }
}

static nf_error_t
run_one(struct nf_call *call, struct nf_scope *scope)
{
    forget_outcome(call);
    if (call->route != NULL) {
        return call->route->run(call, scope);
    }
    if (call->served != NULL) {
        return nf_api_served_note(call, scope);
    }
    return call->is_after_report ? nf_api_report_after(call, scope)
                                 : nf_api_boot_after(call, scope);
}

/* Whether the body says so; one that is malformed says nothing. */
static bool
is_cancel(struct nf_call *call)
{
    struct nf_fault fault;
    struct nf_value body;

    if (nf_json_tree(call->body, call->arena, &body, &fault) != NF_OK
        || body.kind != NF_VALUE_MAP)
    {
        return false;
    }
    const struct nf_value *action = nf_value_member(&body, "action");
    return action != NULL && action->kind == NF_VALUE_TEXT
           && nf_text_equal(action->text, NF_TEXT("cancel"));
}

/* Where there is plenty nobody needs to know. */
static bool
makes_room(struct nf_call *call, const struct nf_write *w)
{
    if (call->route == NULL || w->allowance >= PLENTY) {
        return false;
    }
    return call->route->cleaning == NF_CLEANS
           || (call->route->cleaning == NF_CANCELS && is_cancel(call));
}

/*
 * All calls in one scope.  A call that refuses has written nothing, or nothing
 * but a note that it did, so its neighbours go on; a failure of the store is
 * everybody's.
 */
static nf_error_t
run_batch(const struct nf_site *site, struct nf_call *const calls[], size_t n)
{
    NF_CLEAN(w, site->store);
    struct nf_scope scope = {.site = site, .r = &w.read, .w = &w};

    for (size_t i = 0; i < n && w.read.err == NF_OK; i++) {
        w.is_cleaning = makes_room(calls[i], &w);
        if (w.is_low && !w.is_cleaning) {
            nf_api_fail(calls[i], NF_FULL);
            continue;
        }
        nf_error_t err = run_one(calls[i], &scope);
        if (err != NF_OK && nf_error_http(err) >= 500) {
            nf_read_fail(&w.read, err); /* it may have written already */
        } else if (w.read.err == NF_OK && err != NF_OK) {
            nf_api_fail(calls[i], err);
        }
    }
    return nf_write_commit(&w);
}

static void
write_together(const struct nf_site *site, struct nf_call *const calls[],
               size_t n)
{
    nf_error_t err = site->store == NULL ? NF_BUSY : run_batch(site, calls, n);

    if (err == NF_OK) {
        return;
    }
    /* One call's record may be what the store cannot take. */
    for (size_t i = 0; i < n; i++) {
        nf_error_t own =
            site->store == NULL || n == 1 ? err : run_batch(site, &calls[i], 1);
        if (own != NF_OK) {
            calls[i]->fault = (struct nf_fault){0};
            calls[i]->error = NULL;
            nf_api_fail(calls[i], own);
        }
    }
}

/* In a scope of its own, which is not committed. */
static void
try_alone(const struct nf_site *site, struct nf_call *call)
{
    if (site->store == NULL) {
        nf_api_fail(call, NF_BUSY);
        return;
    }
    NF_WRITE(w, site->store);
    struct nf_scope scope = {.site = site, .r = &w.read, .w = &w};
    nf_error_t err = w.read.err == NF_OK ? run_one(call, &scope) : w.read.err;

    err = err == NF_OK ? w.read.err : err;
    if (err != NF_OK) {
        nf_api_fail(call, err);
    }
    call->has_after_work = call->is_after_report = false;
}

void
nf_api_write(const struct nf_site *site, struct nf_call *const calls[],
             size_t n)
{
    size_t first = 0;

    for (size_t i = 0; i < n; i++) {
        if (nf_query_is_dry(calls[i])) {
            if (i > first) {
                write_together(site, calls + first, i - first);
            }
            try_alone(site, calls[i]);
            first = i + 1;
        }
    }
    if (n > first) {
        write_together(site, calls + first, n - first);
    }
}

bool
nf_api_is_to_go_on(const struct nf_call *written)
{
    return written->status == 202 && written->wait_until != 0
           && written->location.len > 0;
}

void
nf_api_go_on(struct nf_call *call, struct nf_text path)
{
    call->method = NF_GET;
    call->path = call->raw = path;
    call->query = NF_TEXT("wait=1"); /* until wait_until */
    call->is_going_on = true;
}

void
nf_api_after(const struct nf_call *answered, struct nf_call *work)
{
    work->method = NF_OTHER_METHOD;
    work->route = NULL;
    work->actor = answered->actor;
    work->peer = answered->peer;
    work->now = answered->now;
    work->after_mac = answered->after_mac;
    work->about = answered->after_mac;
    work->after_attempt = answered->after_attempt;
    work->is_after_report = answered->is_after_report;
    memcpy(work->after_words, answered->after_words, sizeof(work->after_words));
}

size_t
nf_api_changes(const struct nf_site *site, uint64_t *seq, nf_mac_t macs[],
               size_t n)
{
    struct nf_event event;
    size_t found = 0;

    NF_READ(r, site->store);
    while (found < n && nf_events_read(&r, seq, &event)) {
        macs[found++] = event.mac;
    }
    return found;
}
