#include "ngx_http_nf_op.h"

void
ngx_http_nf_op_unlink(ngx_http_nf_op_t *op)
{
    if (op->timer.timer_set) {
        ngx_del_timer(&op->timer);
    }
    if (op->is_linked) {
        ngx_queue_remove(&op->link);
        op->is_linked = false;
    }
}

void
ngx_http_nf_op_release(ngx_http_nf_op_t *op)
{
    if (op->r != NULL || op->is_writing) {
        return;
    }
    if (op->leave == NULL || !op->leave(op)) {
        nf_arena_free(op->call.arena); /* and with it op, if it writes */
    }
}

/* The request's pool goes. */
static void
ngx_http_nf_op_leave(void *data)
{
    ngx_http_nf_op_t *op = data;

    ngx_http_nf_op_unlink(op);
    op->r = NULL;
    ngx_http_nf_op_release(op);
}

static bool
ngx_http_nf_op_attach(ngx_http_nf_op_t *op, ngx_http_request_t *r)
{
    ngx_pool_cleanup_t *cln = ngx_pool_cleanup_add(r->pool, 0);

    if (cln == NULL) {
        return false;
    }
    op->r = r;
    op->cleanup = cln;
    cln->handler = ngx_http_nf_op_leave;
    cln->data = op;
    ngx_http_set_ctx(r, op, ngx_http_nf_module);
    return true;
}

ngx_http_nf_op_t *
ngx_http_nf_op_new(ngx_http_request_t *r)
{
    bool is_read =
        r != NULL && (r->method & (NGX_HTTP_GET | NGX_HTTP_HEAD)) != 0;
    nf_arena_t *arena = nf_arena_new();
    ngx_http_nf_op_t *op = NULL;

    if (arena != NULL) {
        op = is_read ? ngx_pcalloc(r->pool, sizeof(*op))
                     : nf_arena_take(arena, sizeof(*op));
    }
    if (op == NULL || (r != NULL && !ngx_http_nf_op_attach(op, r))) {
        nf_arena_free(arena);
        return NULL;
    }
    op->call.arena = arena;
    return op;
}

ngx_http_nf_op_t *
ngx_http_nf_op_go_on(ngx_http_nf_op_t *op)
{
    ngx_http_request_t *r = op->r;
    ngx_str_t path = {op->call.location.len, (u_char *) op->call.location.data};
    ngx_http_nf_op_t *next = ngx_pcalloc(r->pool, sizeof(*next));

    if (next == NULL || (next->path.data = ngx_pstrdup(r->pool, &path)) == NULL)
    {
        return NULL;
    }
    next->path.len = path.len;
    next->call.wait_until = op->call.wait_until;
    next->r = r;
    next->cleanup = op->cleanup;
    next->cleanup->data = next;
    ngx_http_set_ctx(r, next, ngx_http_nf_module);
    op->r = NULL;
    ngx_http_nf_op_release(op);
    return next;
}
