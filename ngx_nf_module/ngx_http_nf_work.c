/*
 * Writes: group commit.  All calls that wait go together into one transaction
 * on one pool thread; the next batch starts before the answers to the last one
 * go out.  One commit is one fsync, however many calls share it.
 */

#include "ngx_http_nf_work.h"

#include "api/served.h"
#include "ngx_http_nf_site.h"
#include "ngx_http_nf_told.h"

enum {
    QUEUE_MAX = 65536,
    TIMEOUT_MS = 60000,
};

struct batch {
    const struct nf_site *site;
    size_t n;
    struct nf_call *calls[NGX_HTTP_NF_BATCH_MAX];
    ngx_http_nf_op_t *ops; /* the same calls, as a list */
};

static ngx_thread_pool_t *pool;
static size_t batch_max;
static ngx_thread_task_t *task;
static bool is_in_flight;

static ngx_http_nf_op_t *queue, **queue_end = &queue;
static size_t queue_len;

/* On a pool thread: touches the calls, which nobody else does meanwhile. */
static void
ngx_http_nf_batch_run(void *data, ngx_log_t *log)
{
    struct batch *batch = data;

    (void) log;
    nf_api_write(batch->site, batch->calls, batch->n);
}

/* Move what waits, up to a batch, from the queue. */
static void
ngx_http_nf_batch_take(struct batch *batch)
{
    ngx_http_nf_op_t **end = &batch->ops;

    batch->n = 0;
    while (queue != NULL && batch->n < batch_max) {
        ngx_http_nf_op_t *op = queue;
        queue = op->next;
        queue_len--;
        op->call.now = ngx_http_nf_now();
        batch->calls[batch->n++] = &op->call;
        *end = op;
        end = &op->next;
    }
    *end = NULL;
    if (queue == NULL) {
        queue_end = &queue;
    }
}

static void
ngx_http_nf_batch_give_back(ngx_http_nf_op_t *ops)
{
    for (ngx_http_nf_op_t *op = ops, *next; op != NULL; op = next) {
        next = op->next;
        op->is_writing = false;
        if (op->r == NULL) {
            ngx_http_nf_told_unheard(&op->call);
            ngx_http_nf_op_release(op);
        } else {
            op->done(op);
        }
    }
}

static void
ngx_http_nf_batch_start(void)
{
    struct batch *batch = task->ctx;

    while (!is_in_flight && queue != NULL) {
        ngx_http_nf_site_mend(task->event.log);
        ngx_http_nf_batch_take(batch);
        batch->site = ngx_http_nf_site();
        is_in_flight = true;
        if (batch->site != NULL && ngx_thread_task_post(pool, task) == NGX_OK) {
            /* A worker that is told to stop stays while a timer is set. */
            ngx_add_timer(&task->event, TIMEOUT_MS);
            return;
        }
        is_in_flight = false;
        for (size_t i = 0; i < batch->n; i++) {
            nf_api_fail(batch->calls[i], NF_BUSY);
        }
        ngx_http_nf_batch_give_back(batch->ops);
    }
}

static void
ngx_http_nf_batch_done(ngx_event_t *ev)
{
    const struct batch *batch = task->ctx;

    if (ev->timedout) {
        ev->timedout = 0;
        ngx_log_error(NGX_LOG_ALERT, ev->log, 0,
                      "nf: writing takes more than %d seconds, calls=%uz",
                      TIMEOUT_MS / 1000, batch->n);
        ngx_add_timer(ev, TIMEOUT_MS);
        return; /* the thread still owns the batch */
    }
    if (ev->timer_set) {
        ngx_del_timer(ev);
    }
    is_in_flight = false;
    ngx_http_nf_op_t *ops = batch->ops;
    ngx_http_nf_batch_start();
    ngx_http_nf_batch_give_back(ops);
}

ngx_int_t
ngx_http_nf_work_init(ngx_cycle_t *cycle, const ngx_http_nf_main_conf_t *mcf)
{
    pool = mcf->pool;
    batch_max = (size_t) mcf->batch;
    task = ngx_thread_task_alloc(cycle->pool, sizeof(struct batch));
    if (task == NULL) {
        return NGX_ERROR;
    }
    task->handler = ngx_http_nf_batch_run;
    task->event.handler = ngx_http_nf_batch_done;
    task->event.data = task;
    task->event.log = cycle->log;
    return NGX_OK;
}

void
ngx_http_nf_work_put(ngx_http_nf_op_t *op, void (*done)(ngx_http_nf_op_t *op))
{
    op->done = done;
    op->next = NULL;
    if (queue_len >= QUEUE_MAX) {
        nf_api_fail(&op->call, NF_BUSY);
        ngx_http_nf_batch_give_back(op);
        return;
    }
    op->is_writing = true;
    *queue_end = op;
    queue_end = &op->next;
    queue_len++;
    ngx_http_nf_batch_start();
}

void
ngx_http_nf_work_after(const struct nf_call *answered)
{
    ngx_http_nf_op_t *op = ngx_http_nf_op_new(NULL);

    if (op != NULL) {
        nf_api_after(answered, &op->call);
        ngx_http_nf_work_put(op, NULL); /* it has no client */
    }
}

void
ngx_http_nf_work_served(const struct nf_served *served)
{
    ngx_http_nf_op_t *op = ngx_http_nf_op_new(NULL);

    if (op == NULL) {
        return;
    }
    if (nf_api_served_work(served, &op->call)) {
        ngx_http_nf_work_put(op, NULL); /* it has no client */
    } else {
        ngx_http_nf_op_release(op);
    }
}

ngx_thread_pool_t *
ngx_http_nf_work_pool(void)
{
    return pool;
}

bool
ngx_http_nf_work_is_idle(void)
{
    return !is_in_flight;
}
