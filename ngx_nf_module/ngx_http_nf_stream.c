/*
 * Answers of unknown length: lists, one 64 KB buffer at a time with a turn of
 * the event loop between a few of them, and live event streams that go on
 * until the client leaves.
 */

#include "ngx_http_nf_stream.h"

#include "ngx_http_nf_reply.h"
#include "ngx_http_nf_site.h"

enum {
    BUFFERS_A_TURN = 4,
    HEARTBEAT_MS = 15000
};

static ngx_queue_t live;
static ngx_event_t heartbeat;
static ngx_connection_t none; /* nginx logs an event's data as a connection */

static ngx_int_t ngx_http_nf_stream_push(ngx_http_nf_op_t *op);
static void ngx_http_nf_stream_write(ngx_http_request_t *r);

static bool
ngx_http_nf_stream_is_sending(const ngx_http_nf_op_t *op)
{
    const ngx_http_request_t *r = op->r;

    return r->buffered || r->connection->buffered
           || op->buf.pos != op->buf.last;
}

/* A stream has a buffer only while it has something to send. */
static bool
ngx_http_nf_stream_room(ngx_http_nf_op_t *op)
{
    if (op->buf.start == NULL) {
        op->buf.start = ngx_palloc(op->r->pool, NF_STREAM_BUFFER);
    }
    return op->buf.start != NULL;
}

static void
ngx_http_nf_stream_give_back(ngx_http_nf_op_t *op)
{
    if (op->buf.start != NULL) {
        (void) ngx_pfree(op->r->pool, op->buf.start);
        op->buf = (ngx_buf_t){0};
    }
}

/* Make what is to be sent next of len bytes: in the buffer, or a literal. */
static void
ngx_http_nf_stream_ready(ngx_http_nf_op_t *op, u_char *at, size_t len)
{
    bool is_last = op->call.stream->is_done && op->r == op->r->main;

    op->buf = (ngx_buf_t){
        .start = op->buf.start,
        .pos = at,
        .last = at + len,
        .memory = len > 0,
        .flush = 1,
        .last_buf = is_last,
        .last_in_chain = is_last,
    };
}

static nf_error_t
ngx_http_nf_stream_fill(ngx_http_nf_op_t *op)
{
    struct nf_stream *stream = op->call.stream;

    if (!ngx_http_nf_stream_room(op)) {
        return NF_NO_MEMORY;
    }
    struct nf_out out = nf_out(op->buf.start, NF_STREAM_BUFFER);
    nf_error_t err = stream->fill(stream, ngx_http_nf_site(), &out);
    if (err == NF_OK && out.len == 0 && !stream->is_done && !stream->is_live) {
        err = NF_BUG; /* it would never end */
    }
    if (err == NF_OK) {
        ngx_http_nf_stream_ready(op, op->buf.start, out.len);
    }
    return err;
}

static ngx_int_t
ngx_http_nf_stream_send(ngx_http_nf_op_t *op)
{
    ngx_chain_t out = {.buf = &op->buf};

    return ngx_http_output_filter(op->r, &out);
}

/* The client reads slower than we write: go on when it is writable. */
static ngx_int_t
ngx_http_nf_stream_later(ngx_http_request_t *r)
{
    ngx_event_t *wev = r->connection->write;
    const ngx_http_core_loc_conf_t *clcf =
        ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    if (!wev->delayed) {
        ngx_add_timer(wev, clcf->send_timeout);
    }
    if (ngx_handle_write_event(wev, clcf->send_lowat) != NGX_OK) {
        return NGX_ERROR;
    }
    return NGX_AGAIN;
}

/* Enough for one turn: others are to be served too.  The timer keeps a
 * stopping worker alive until the next turn. */
static ngx_int_t
ngx_http_nf_stream_yield(ngx_http_request_t *r)
{
    ngx_event_t *wev = r->connection->write;
    const ngx_http_core_loc_conf_t *clcf =
        ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    ngx_add_timer(wev, clcf->send_timeout);
    ngx_post_event(wev, &ngx_posted_next_events);
    return NGX_AGAIN;
}

/* Nothing more to send until the store changes. */
static ngx_int_t
ngx_http_nf_stream_rest(ngx_http_nf_op_t *op)
{
    ngx_event_t *wev = op->r->connection->write;

    ngx_http_nf_stream_give_back(op);
    if (wev->timer_set) {
        ngx_del_timer(wev);
    }
    return NGX_AGAIN;
}

/* One step: NGX_OK go on, NGX_DONE all is handed over, NGX_AGAIN rest. */
static ngx_int_t
ngx_http_nf_stream_step(ngx_http_nf_op_t *op)
{
    ngx_http_request_t *r = op->r;
    ngx_int_t rc;

    if (ngx_http_nf_stream_is_sending(op)) {
        rc = ngx_http_output_filter(r, NULL);
    } else if (ngx_http_nf_stream_fill(op) != NF_OK) {
        return NGX_ERROR; /* cut off: the client sees that it is not whole */
    } else if (op->buf.pos == op->buf.last && !op->call.stream->is_done) {
        return ngx_http_nf_stream_rest(op);
    } else {
        rc = ngx_http_nf_stream_send(op);
    }
    if (rc == NGX_ERROR || op->call.stream->is_done) {
        return rc == NGX_ERROR ? NGX_ERROR : NGX_DONE;
    }
    return ngx_http_nf_stream_is_sending(op) ? ngx_http_nf_stream_later(r)
                                             : NGX_OK;
}

static ngx_int_t
ngx_http_nf_stream_push(ngx_http_nf_op_t *op)
{
    for (int i = 0; i < BUFFERS_A_TURN; i++) {
        ngx_int_t rc = ngx_http_nf_stream_step(op);
        if (rc != NGX_OK) {
            return rc;
        }
    }
    return ngx_http_nf_stream_yield(op->r);
}

/* Push, and end the request when that was the end. */
static void
ngx_http_nf_stream_go_on(ngx_http_nf_op_t *op)
{
    ngx_http_request_t *r = op->r;
    ngx_int_t rc = ngx_http_nf_stream_push(op);

    if (rc != NGX_AGAIN) {
        /* nginx sends what is still buffered */
        ngx_http_finalize_request(r, rc == NGX_DONE ? NGX_OK : NGX_ERROR);
    }
}

static void
ngx_http_nf_stream_write(ngx_http_request_t *r)
{
    ngx_event_t *wev = r->connection->write;

    if (wev->timedout) {
        r->connection->timedout = 1;
        ngx_http_finalize_request(r, NGX_HTTP_REQUEST_TIME_OUT);
        return;
    }
    ngx_http_nf_stream_go_on(ngx_http_get_module_ctx(r, ngx_http_nf_module));
}

static void
ngx_http_nf_stream_link(ngx_http_nf_op_t *op)
{
    ngx_http_request_t *r = op->r;
    ngx_connection_t *c = r->connection;

    ngx_queue_insert_tail(&live, &op->link);
    op->is_linked = true;
    r->read_event_handler = ngx_http_test_reading;
    c->idle = 1; /* a graceful stop ends it at once; clients come back */
#if (NGX_HAVE_EPOLLRDHUP)
    if (c->read->pending_eof) {
        ngx_post_event(c->read, &ngx_posted_events);
    }
#endif
    if (!heartbeat.timer_set) {
        ngx_add_timer(&heartbeat, HEARTBEAT_MS);
    }
}

/* The header and the first buffer are ready: send them and go on from there. */
static ngx_int_t
ngx_http_nf_stream_begin(ngx_http_nf_op_t *op)
{
    ngx_http_request_t *r = op->r;

    ngx_int_t rc = ngx_http_nf_reply_header(r, &op->call, -1);
    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }
    if (op->buf.pos == op->buf.last) {
        rc = ngx_http_send_special(r, NGX_HTTP_FLUSH);
    } else {
        rc = ngx_http_nf_stream_send(op);
    }
    if (rc == NGX_ERROR) {
        return NGX_ERROR;
    }
    if (op->call.stream->is_live) {
        ngx_http_nf_stream_link(op);
    }
    r->write_event_handler = ngx_http_nf_stream_write;
    r->main->count++;
    ngx_http_nf_stream_go_on(op);
    return NGX_DONE;
}

/*
 * The first buffer is filled before the header goes out: what fails early is
 * still an error answer, and what fits is an answer of known length.
 */
ngx_int_t
ngx_http_nf_stream_start(ngx_http_nf_op_t *op)
{
    struct nf_call *call = &op->call;

    nf_error_t err = ngx_http_nf_stream_fill(op);
    if (err != NF_OK) {
        call->stream = NULL;
        nf_api_fail(call, err);
        return ngx_http_nf_reply(op->r, call);
    }
    if (call->stream->is_done) {
        call->reply = (struct nf_text){(char *) op->buf.start,
                                       (size_t) (op->buf.last - op->buf.pos)};
        return ngx_http_nf_reply(op->r, call);
    }
    return ngx_http_nf_stream_begin(op);
}

/* Do one thing with every live stream that is not busy sending.  One that ends
 * may take others of its connection along, so the list is walked by its head.
 */
static void
ngx_http_nf_stream_each(void (*what)(ngx_http_nf_op_t *op))
{
    ngx_queue_t todo;

    if (ngx_queue_empty(&live)) {
        return;
    }
    ngx_queue_init(&todo);
    ngx_queue_add(&todo, &live);
    ngx_queue_init(&live);
    while (!ngx_queue_empty(&todo)) {
        ngx_queue_t *q = ngx_queue_head(&todo);
        ngx_http_nf_op_t *op = ngx_queue_data(q, ngx_http_nf_op_t, link);
        ngx_connection_t *c = op->r->connection;
        ngx_queue_remove(q);
        ngx_queue_insert_tail(&live, q);
        if (!ngx_http_nf_stream_is_sending(op)) {
            ngx_http_set_log_request(c->log, op->r);
            what(op);
            ngx_http_run_posted_requests(c);
        }
    }
}

void
ngx_http_nf_stream_wake(void)
{
    ngx_http_nf_stream_each(ngx_http_nf_stream_go_on);
}

/* A comment line (WHATWG HTML 9.2.6): proxies and clients see that we live,
 * and we see when they do not. */
static void
ngx_http_nf_stream_beat(ngx_http_nf_op_t *op)
{
    static u_char comment[] = ": \n\n";

    ngx_http_nf_stream_ready(op, comment, sizeof(comment) - 1);
    ngx_int_t rc = ngx_http_nf_stream_send(op);
    if (rc != NGX_ERROR && ngx_http_nf_stream_is_sending(op)) {
        rc = ngx_http_nf_stream_later(op->r);
    }
    if (rc == NGX_ERROR) {
        ngx_http_finalize_request(op->r, NGX_ERROR);
    }
}

static void
ngx_http_nf_stream_beats(ngx_event_t *ev)
{
    ngx_http_nf_stream_each(ngx_http_nf_stream_beat);
    if (!ngx_queue_empty(&live)) {
        ngx_add_timer(ev, HEARTBEAT_MS);
    }
}

void
ngx_http_nf_stream_init(ngx_cycle_t *cycle)
{
    ngx_queue_init(&live);
    heartbeat.handler = ngx_http_nf_stream_beats;
    heartbeat.data = &none;
    heartbeat.log = cycle->log;
    heartbeat.cancelable = 1;
}
