/*
 * Uploads: the body goes to libnf in pieces, each on a pool thread, since
 * writing and hashing take their time.  While one piece is on its way nothing
 * more is read, so memory stays what it is however fast the client sends.
 */

#include "ngx_http_nf_upload.h"

#include "ngx_http_nf_answer.h"
#include "ngx_http_nf_site.h"
#include "ngx_http_nf_work.h"

enum {
    PIECE = 256 * 1024,
    UPLOADS_MAX = 16, /* at once, so that threads are left for writes */
    TIMEOUT_MS = 60000,
};

typedef struct {
    ngx_http_nf_op_t *op;
    ngx_thread_task_t task;
    u_char *data; /* what is to be written next */
    size_t len, cap;
    bool is_open; /* there is a file to write to */
    bool is_last; /* all has come: make a content of it */
    bool is_over; /* the client left: close it */
    nf_error_t err;
} ngx_http_nf_upload_t;

static ngx_uint_t uploads;

static void ngx_http_nf_upload_read(ngx_http_request_t *r);

/* On a pool thread: touches the call, which nobody else does meanwhile. */
static void
ngx_http_nf_upload_run(void *data, ngx_log_t *log)
{
    ngx_http_nf_upload_t *up = data;
    struct nf_call *call = &up->op->call;

    (void) log;
    if (!up->is_open && !up->is_over) {
        up->err = nf_api_upload_open(call);
    }
    if (up->err == NF_OK && up->len > 0) {
        up->err =
            nf_api_upload_take(call, (struct nf_bytes){up->data, up->len});
    }
    up->len = 0;
    if (up->err == NF_OK && up->is_last) {
        up->err = nf_api_upload_end(call);
    }
    if (up->is_over) {
        nf_api_upload_close(call);
    }
}

static void
ngx_http_nf_upload_free(ngx_http_nf_upload_t *up)
{
    nf_api_upload_close(&up->op->call);
    up->op->leave = NULL;
    ngx_free(up->data);
    uploads--;
}

/* False: no thread takes it. */
static bool
ngx_http_nf_upload_post(ngx_http_nf_upload_t *up)
{
    up->op->is_writing = true;
    if (ngx_thread_task_post(ngx_http_nf_work_pool(), &up->task) != NGX_OK) {
        up->op->is_writing = false;
        return false;
    }
    /* A worker that is told to stop stays while a timer is set. */
    ngx_add_timer(&up->task.event, TIMEOUT_MS);
    return true;
}

/* The file is open, or is not to be had: only now the body is asked for. */
static ngx_int_t
ngx_http_nf_upload_opened(ngx_http_nf_upload_t *up)
{
    ngx_http_nf_op_t *op = up->op;
    ngx_http_request_t *r = op->r;

    if (up->err != NF_OK) {
        return ngx_http_nf_answer_instead(op, up->err);
    }
    up->is_open = true;
    r->request_body_no_buffering = 1;
    ngx_int_t rc =
        ngx_http_read_client_request_body(r, ngx_http_nf_upload_read);
    return rc >= NGX_HTTP_SPECIAL_RESPONSE ? ngx_http_nf_answer_broken(op, rc)
                                           : NGX_DONE;
}

/* A thread is done, and the client still there. */
static void
ngx_http_nf_upload_go_on(ngx_http_nf_upload_t *up)
{
    ngx_http_nf_op_t *op = up->op;
    ngx_http_request_t *r = op->r;
    ngx_connection_t *c = r->connection;

    ngx_http_set_log_request(c->log, r);
    if (!up->is_open) {
        ngx_http_finalize_request(r, ngx_http_nf_upload_opened(up));
    } else if (up->err != NF_OK) {
        ngx_http_finalize_request(r, ngx_http_nf_answer_early(op, up->err));
    } else if (up->is_last) {
        ngx_http_nf_work_put(op, ngx_http_nf_answer_written);
    } else {
        ngx_http_nf_upload_read(r);
    }
    ngx_http_run_posted_requests(c);
}

static void
ngx_http_nf_upload_done(ngx_event_t *ev)
{
    ngx_http_nf_upload_t *up = ev->data;
    ngx_http_nf_op_t *op = up->op;

    if (ev->timedout) {
        ev->timedout = 0;
        ngx_log_error(NGX_LOG_WARN, ev->log, 0,
                      "nf: writing a piece of an upload takes more than %d "
                      "seconds",
                      TIMEOUT_MS / 1000);
        ngx_add_timer(ev, TIMEOUT_MS);
        return; /* the thread still owns the call */
    }
    if (ev->timer_set) {
        ngx_del_timer(ev);
    }
    op->is_writing = false;
    if (up->is_over) {
        ngx_http_nf_upload_free(up);
    }
    if (op->r == NULL) {
        ngx_http_nf_op_release(op);
    } else {
        ngx_http_nf_upload_go_on(up);
    }
}

/* Nobody waits for it: what has come of a named upload is written, and all is
 * closed on a thread, since removing a large file takes its time too. */
static bool
ngx_http_nf_upload_leave(ngx_http_nf_op_t *op)
{
    ngx_http_nf_upload_t *up = op->held;

    up->is_last = false;
    up->is_over = true;
    if (ngx_http_nf_upload_post(up)) {
        return true;
    }
    ngx_http_nf_upload_free(up);
    return false;
}

static bool
ngx_http_nf_upload_room(ngx_http_nf_upload_t *up, size_t more)
{
    size_t cap = up->len + more;

    if (cap <= up->cap) {
        return true;
    }
    cap = cap < PIECE ? PIECE : cap;
    u_char *data = realloc(up->data, cap);
    if (data == NULL) {
        return false;
    }
    up->data = data;
    up->cap = cap;
    return true;
}

/* Take over what has come; the buffers are then free to be read into again. */
static nf_error_t
ngx_http_nf_upload_take(ngx_http_nf_upload_t *up, ngx_http_request_body_t *rb)
{
    for (ngx_chain_t *cl = rb->bufs; cl != NULL; cl = cl->next) {
        ngx_buf_t *b = cl->buf;
        size_t len = (size_t) (b->last - b->pos);
        if (!ngx_http_nf_upload_room(up, len)) {
            return NF_NO_MEMORY;
        }
        if (len > 0) {
            ngx_memcpy(up->data + up->len, b->pos, len);
        }
        up->len += len;
        b->pos = b->last;
    }
    rb->bufs = NULL;
    return NF_OK;
}

/* Give a piece to a thread; nothing is read until it comes back. */
static void
ngx_http_nf_upload_hand_on(ngx_http_nf_upload_t *up, bool is_last)
{
    ngx_http_request_t *r = up->op->r;

    up->is_last = is_last;
    r->read_event_handler = ngx_http_block_reading;
    if (r->connection->read->timer_set) {
        ngx_del_timer(r->connection->read);
    }
    if (!ngx_http_nf_upload_post(up)) {
        ngx_http_finalize_request(r, ngx_http_nf_answer_early(up->op, NF_BUSY));
    }
}

static void
ngx_http_nf_upload_read(ngx_http_request_t *r)
{
    ngx_http_nf_op_t *op = ngx_http_get_module_ctx(r, ngx_http_nf_module);
    ngx_http_nf_upload_t *up = op->held;

    for (;;) {
        nf_error_t err = r->request_body != NULL
                             ? ngx_http_nf_upload_take(up, r->request_body)
                             : NF_OK;
        if (err != NF_OK) {
            ngx_http_finalize_request(r, ngx_http_nf_answer_early(op, err));
            return;
        }
        if (!r->reading_body || up->len >= PIECE) {
            ngx_http_nf_upload_hand_on(up, !r->reading_body);
            return;
        }
        ngx_int_t rc = ngx_http_read_unbuffered_request_body(r);
        if (rc >= NGX_HTTP_SPECIAL_RESPONSE) {
            ngx_http_finalize_request(r, ngx_http_nf_answer_broken(op, rc));
            return;
        }
        if (rc == NGX_AGAIN && r->request_body->bufs == NULL) {
            r->read_event_handler = ngx_http_nf_upload_read;
            return;
        }
    }
}

static ngx_http_nf_upload_t *
ngx_http_nf_upload_new(ngx_http_nf_op_t *op)
{
    ngx_http_nf_upload_t *up = nf_arena_take(op->call.arena, sizeof(*up));

    if (up == NULL) {
        return NULL;
    }
    up->op = op;
    up->task.ctx = up;
    up->task.handler = ngx_http_nf_upload_run;
    up->task.event.handler = ngx_http_nf_upload_done;
    up->task.event.data = up;
    up->task.event.log = ngx_cycle->log;
    return up;
}

ngx_int_t
ngx_http_nf_upload_start(ngx_http_nf_op_t *op)
{
    if (uploads >= UPLOADS_MAX) {
        nf_api_fail(&op->call, NF_BUSY);
        return NGX_DECLINED;
    }
    ngx_http_nf_upload_t *up = ngx_http_nf_upload_new(op);
    if (up == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    if (!nf_api_upload_begin(ngx_http_nf_site(), &op->call)) {
        return NGX_DECLINED;
    }
    if (!ngx_http_nf_upload_post(up)) {
        nf_api_fail(&op->call, NF_BUSY);
        return NGX_DECLINED;
    }
    op->held = up;
    op->leave = ngx_http_nf_upload_leave;
    uploads++;
    op->r->main->count++; /* goes on behind this handler */
    return NGX_DONE;
}
