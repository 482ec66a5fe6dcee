#include "ngx_http_nf_served.h"

#include "api/served.h"
#include "base/quota.h"
#include "ngx_http_nf_call.h"
#include "ngx_http_nf_op.h"
#include "ngx_http_nf_site.h"
#include "ngx_http_nf_work.h"

enum {
    SLOTS = 512,
    EVERY_MS = 3000,        /* of one kind of one client */
    NOTES_PER_MINUTE = 600, /* of all; of so many machines one is known well */
    LARGE = 8 << 20,
    LOOK_MS = 5000, /* at a large file that goes out */
};

/* --- not too often -----------------------------------------------------------
 */

/* What one client was told of one kind.  While the timer is set nothing more of
 * it is written; the latest waits for its end. */
struct slot {
    uint64_t key; /* 0: nobody's */
    ngx_event_t timer;
    struct nf_served waiting;
    bool is_waiting;
};

static struct slot slots[SLOTS];

/* Files are told apart by their paths; of a mirror's there are too many. */
static uint64_t
ngx_http_nf_served_key(const struct nf_served *served)
{
    const struct nf_sign_report *report = &served->report;
    const char id[2] = {(char) report->kind, report->code >= 400};
    uint64_t key = nf_text_hash(
        nf_text_hash(0, (struct nf_text){id, sizeof(id)}),
        (struct nf_text){(const char *) served->peer.b, sizeof(served->peer)});

    if (report->kind != NF_SIGN_MIRROR) {
        key = nf_text_hash(key, nf_text(report->what));
    }
    return key | 1;
}

static void
ngx_http_nf_served_write(const struct nf_served *served)
{
    static struct nf_quota quota;
    struct nf_served found = *served;
    nf_time_t now = ngx_http_nf_now();
    uint64_t withheld;

    if (nf_api_served_find(ngx_http_nf_site(), now, &found)
        && nf_quota_take(&quota, NOTES_PER_MINUTE, now, &withheld))
    {
        ngx_http_nf_work_served(&found);
    }
}

static void ngx_http_nf_served_rested(ngx_event_t *ev);

static void
ngx_http_nf_served_rest(struct slot *slot)
{
    slot->timer.handler = ngx_http_nf_served_rested;
    slot->timer.data = slot;
    slot->timer.log = ngx_cycle->log;
    slot->timer.cancelable = 1; /* a worker that leaves waits for no note */
    ngx_add_timer(&slot->timer, EVERY_MS);
}

static void
ngx_http_nf_served_rested(ngx_event_t *ev)
{
    struct slot *slot = ev->data;

    ev->timedout = 0;
    if (slot->is_waiting) {
        slot->is_waiting = false;
        ngx_http_nf_served_write(&slot->waiting);
        ngx_http_nf_served_rest(slot);
    }
}

static void
ngx_http_nf_served_note(const struct nf_served *served)
{
    uint64_t key = ngx_http_nf_served_key(served);
    struct slot *slot = &slots[key / 2 % SLOTS];

    if (slot->timer.timer_set && slot->key == key) {
        slot->waiting = *served;
        slot->is_waiting = true;
        return;
    }
    if (slot->is_waiting) { /* another's, who has it no more */
        slot->is_waiting = false;
        ngx_http_nf_served_write(&slot->waiting);
    }
    slot->key = key;
    ngx_http_nf_served_write(served);
    if (!slot->timer.timer_set) {
        ngx_http_nf_served_rest(slot);
    }
}

/* --- what was sent -----------------------------------------------------------
 */

/* Of the body, as far as the kernel has taken it. */
static uint64_t
ngx_http_nf_served_sent(const ngx_http_request_t *r)
{
    off_t sent = r->connection->sent - (off_t) r->header_size;

    return sent > 0 ? (uint64_t) sent : 0;
}

/* A file of ours or of the mirror.  False: neither, or it is none's business:
 * a mirror is asked for much that it lacks. */
static bool
ngx_http_nf_served_file(ngx_http_request_t *r, ngx_uint_t status,
                        struct nf_served *served)
{
    const ngx_http_nf_loc_conf_t *lcf =
        ngx_http_get_module_loc_conf(r, ngx_http_nf_module);
    bool is_file = lcf->files.data != NULL || lcf->agent.data != NULL;
    bool is_mirror = !is_file && lcf->listener == 0 && r->upstream != NULL;
    off_t size = r->headers_out.content_length_n;

    if (r->method != NGX_HTTP_GET || status == NGX_HTTP_NOT_MODIFIED
        || !(is_file || is_mirror)
        || (is_mirror && status >= NGX_HTTP_BAD_REQUEST
            && status < NGX_HTTP_BAD_GATEWAY))
    {
        return false;
    }
    *served = (struct nf_served){
        .peer = ngx_http_nf_peer(r),
        .report = {.kind = is_file ? NF_SIGN_FILE : NF_SIGN_MIRROR,
                   .code = (unsigned) status}};
    served->report.client = served->peer;
    if (status < NGX_HTTP_BAD_REQUEST && size > 0) {
        /* of the whole file, also where only its rest is asked for */
        uint64_t before = (uint64_t) r->headers_out.content_offset;
        served->report.size = before + (uint64_t) size;
        served->report.sent = before + ngx_http_nf_served_sent(r);
        served->report.sent = ngx_min(served->report.sent, served->report.size);
    }
    nf_api_served_path(served,
                       (struct nf_text){(char *) r->uri.data, r->uri.len});
    return true;
}

static void
ngx_http_nf_served_why(struct nf_sign_report *report)
{
    static const struct {
        unsigned code;
        struct nf_text why;
    } rows[] = {
        {NGX_HTTP_FORBIDDEN, NF_TEXT("nginx may not read it")},
        {NGX_HTTP_NOT_FOUND, NF_TEXT("no such file")},
        {NGX_HTTP_BAD_GATEWAY, NF_TEXT("no valid answer from the mirror")},
        {NGX_HTTP_SERVICE_UNAVAILABLE, NF_TEXT("the store cannot be read")},
        {NGX_HTTP_GATEWAY_TIME_OUT, NF_TEXT("the mirror does not answer")},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].code == report->code) {
            (void) nf_text_copy(report->why, sizeof(report->why), rows[i].why);
        }
    }
}

ngx_int_t
ngx_http_nf_served(ngx_http_request_t *r)
{
    ngx_uint_t status =
        r->err_status != 0 ? r->err_status : r->headers_out.status;
    const ngx_http_nf_op_t *op = ngx_http_get_module_ctx(r, ngx_http_nf_module);
    struct nf_served served;

    if (op != NULL) {
        if (!op->is_writing
            && nf_api_served_call(&op->call, (unsigned) status, &served))
        {
            ngx_http_nf_served_note(&served);
        }
    } else if (ngx_http_nf_served_file(r, status, &served)) {
        ngx_http_nf_served_why(&served.report);
        ngx_http_nf_served_note(&served);
    }
    return NGX_OK;
}

/* --- while it goes out -------------------------------------------------------
 */

struct watch {
    ngx_http_request_t *r;
    ngx_event_t timer;
    uint64_t sent;
};

static void
ngx_http_nf_served_look(ngx_event_t *ev)
{
    struct watch *watch = ev->data;
    struct nf_served served;

    ev->timedout = 0;
    if (ngx_http_nf_served_file(watch->r, NGX_HTTP_OK, &served)
        && served.report.sent > watch->sent)
    {
        watch->sent = served.report.sent;
        ngx_http_nf_served_note(&served);
    }
    ngx_add_timer(ev, LOOK_MS);
}

static void
ngx_http_nf_served_end(void *data)
{
    struct watch *watch = data;

    if (watch->timer.timer_set) {
        ngx_del_timer(&watch->timer);
    }
}

void
ngx_http_nf_served_watch(ngx_http_request_t *r, off_t size)
{
    if (size < LARGE || r != r->main || r->method != NGX_HTTP_GET) {
        return;
    }
    ngx_pool_cleanup_t *cln =
        ngx_pool_cleanup_add(r->pool, sizeof(struct watch));
    if (cln == NULL) {
        return;
    }
    struct watch *watch = cln->data;
    ngx_memzero(watch, sizeof(*watch));
    cln->handler = ngx_http_nf_served_end;
    watch->r = r;
    watch->timer.handler = ngx_http_nf_served_look;
    watch->timer.data = watch;
    watch->timer.log = r->connection->log;
    watch->timer.cancelable = 1;
    ngx_add_timer(&watch->timer, LOOK_MS);
}
