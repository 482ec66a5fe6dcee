/*
 * Calls that wait for something to happen to a node: kept by MAC, asked again
 * when the log holds an event of theirs, or when their time is over.
 */

#include "ngx_http_nf.h"

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

void
ngx_http_nf_wait_leave(ngx_http_nf_op_t *op)
{
    if (op->timer.timer_set) {
        ngx_del_timer(&op->timer);
    }
    if (op->is_linked) {
        ngx_queue_remove(&op->link);
        op->is_linked = false;
    }
}

/* Ask again; last: the answer may not be to wait. */
static void
ngx_http_nf_wait_again(ngx_http_nf_op_t *op, bool last)
{
    const struct nf_site *site = ngx_http_nf_site();

    ngx_http_nf_wait_leave(op);
    op->call.now = ngx_http_nf_now();
    op->call.may_wait = !last;
    nf_api_read(site, &op->call);
    ngx_http_nf_finish(op);
}

static void
ngx_http_nf_wait_over(ngx_event_t *ev)
{
    ngx_http_nf_op_t *op = ev->data;

    ev->timedout = 0;
    ngx_http_nf_wait_again(op, true);
}

/* status is 0: hold the request until something happens. */
ngx_int_t
ngx_http_nf_wait_park(ngx_http_nf_op_t *op)
{
    ngx_http_request_t *r = op->r;
    ngx_connection_t *c = r->connection;
    nf_time_t left = op->call.wait_until - op->call.now;

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

/* The worker stops: everyone gets an answer now. */
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
