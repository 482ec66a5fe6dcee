/*
 * Calls that wait for something to happen to a node: kept by MAC, asked again
 * when the log holds an event of theirs, or when their time is over.
 */

#include "ngx_http_nf_wait.h"

#include "ngx_http_nf_answer.h"
#include "ngx_http_nf_call.h"
#include "ngx_http_nf_site.h"

enum {
    BUCKETS = 1024
};

static ngx_queue_t buckets[BUCKETS];

static ngx_queue_t *
ngx_http_nf_wait_bucket(nf_mac_t mac)
{
    /* The last bytes count up within a delivery of machines. */
    return &buckets[(mac.b[4] << 8 | mac.b[5]) % BUCKETS];
}

static void ngx_http_nf_wait_over(ngx_event_t *ev);

/* status is 0: hold the request until something happens.  Thousands may wait,
 * so what has been read is given back, and read again then. */
static ngx_int_t
ngx_http_nf_wait_park(ngx_http_nf_op_t *op)
{
    ngx_http_request_t *r = op->r;
    ngx_connection_t *c = r->connection;
    nf_time_t left = op->call.wait_until - op->call.now;

    nf_arena_free(op->call.arena);
    op->call.arena = NULL;
    op->timer.handler = ngx_http_nf_wait_over;
    op->timer.data = op;
    op->timer.log = c->log;
    ngx_add_timer(&op->timer, left > 0 ? (ngx_msec_t) left : 1);
    ngx_queue_insert_tail(ngx_http_nf_wait_bucket(op->call.wait_mac),
                          &op->link);
    op->is_linked = true;
    r->read_event_handler = ngx_http_test_reading;
    r->write_event_handler = ngx_http_request_empty_handler;
    r->main->count++;
#if (NGX_HAVE_EPOLLRDHUP)
    if (c->read->pending_eof) { /* left already: there will be no event */
        ngx_post_event(c->read, &ngx_posted_events);
    }
#endif
    return NGX_DONE;
}

ngx_int_t
ngx_http_nf_wait_read(ngx_http_nf_op_t *op)
{
    struct nf_call *call = &op->call;

    nf_api_read(ngx_http_nf_site(), call);
    if (call->status == 0 && call->may_wait) {
        return ngx_http_nf_wait_park(op);
    }
    return ngx_http_nf_answer(op);
}

/* last: the answer may not be to wait. */
static ngx_int_t
ngx_http_nf_wait_ask(ngx_http_nf_op_t *op, bool last)
{
    struct nf_call *call = &op->call;
    nf_time_t until = call->wait_until;
    nf_arena_t *arena = nf_arena_new();

    if (arena == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    *call = (struct nf_call){.arena = arena, .wait_until = until};
    ngx_http_nf_call_read(op->r, call);
    if (op->path.len > 0) {
        nf_api_go_on(call,
                     (struct nf_text){(char *) op->path.data, op->path.len});
    }
    call->may_wait &= !last;
    return nf_api_route(call) ? ngx_http_nf_wait_read(op)
                              : ngx_http_nf_answer(op);
}

static void
ngx_http_nf_wait_again(ngx_http_nf_op_t *op, bool last)
{
    ngx_http_request_t *r = op->r;

    ngx_http_nf_op_unlink(op);
    ngx_http_set_log_request(r->connection->log, r);
    ngx_http_nf_answer_end(r, ngx_http_nf_wait_ask(op, last));
}

void
ngx_http_nf_wait_written(ngx_http_nf_op_t *op)
{
    ngx_http_nf_op_t *next =
        nf_api_is_to_go_on(&op->call) ? ngx_http_nf_op_go_on(op) : NULL;

    if (next != NULL) {
        ngx_http_nf_wait_again(next, false);
    } else {
        ngx_http_nf_answer_written(op);
    }
}

static void
ngx_http_nf_wait_over(ngx_event_t *ev)
{
    ngx_http_nf_op_t *op = ev->data;

    ev->timedout = 0;
    ngx_http_nf_wait_again(op, true);
}

/*
 * Ask those of one bucket again.  A call that goes on waiting comes back into
 * the bucket, and one that ends may take others of its connection along: so
 * the bucket is emptied first and walked by its head.
 */
static void
ngx_http_nf_wait_walk(ngx_queue_t *bucket, const nf_mac_t *mac, bool last)
{
    ngx_queue_t todo;

    if (ngx_queue_empty(bucket)) {
        return;
    }
    ngx_queue_init(&todo);
    ngx_queue_add(&todo, bucket);
    ngx_queue_init(bucket);
    while (!ngx_queue_empty(&todo)) {
        ngx_queue_t *q = ngx_queue_head(&todo);
        ngx_http_nf_op_t *op = ngx_queue_data(q, ngx_http_nf_op_t, link);
        ngx_queue_remove(q);
        ngx_queue_insert_tail(bucket, q);
        if (mac == NULL || nf_mac_equal(*mac, op->call.wait_mac)) {
            ngx_http_nf_wait_again(op, last);
        }
    }
}

void
ngx_http_nf_wait_wake(nf_mac_t mac)
{
    ngx_http_nf_wait_walk(ngx_http_nf_wait_bucket(mac), &mac, false);
}

void
ngx_http_nf_wait_end(void)
{
    for (size_t i = 0; i < BUCKETS; i++) {
        ngx_http_nf_wait_walk(&buckets[i], NULL, true);
    }
}

void
ngx_http_nf_wait_init(void)
{
    for (size_t i = 0; i < BUCKETS; i++) {
        ngx_queue_init(&buckets[i]);
    }
}
