#include "ngx_http_nf_body.h"

#include "api/api.h"
#include "ngx_http_nf_answer.h"
#include "ngx_http_nf_wait.h"
#include "ngx_http_nf_work.h"

enum {
    BODY_FIRST = 4096
};

/* Room for more bytes; the arena keeps the old pieces until the call ends, at
 * most as much again. */
static bool
ngx_http_nf_body_grow(ngx_http_nf_op_t *op, size_t more)
{
    size_t need = op->call.body.len + more, cap = op->body_cap;

    if (need <= cap) {
        return true;
    }
    cap = cap == 0 ? BODY_FIRST : cap;
    while (cap < need) {
        cap *= 2;
    }
    char *body = nf_arena_take(op->call.arena, cap);
    if (body == NULL) {
        return false;
    }
    if (op->call.body.len > 0) {
        ngx_memcpy(body, op->call.body.data, op->call.body.len);
    }
    op->body_cap = cap;
    op->call.body.data = body;
    return true;
}

/* Take over what has come; the buffers are then free to be read into again. */
static nf_error_t
ngx_http_nf_body_take(ngx_http_nf_op_t *op)
{
    ngx_http_request_body_t *rb = op->r->request_body;

    for (ngx_chain_t *cl = rb->bufs; cl != NULL; cl = cl->next) {
        ngx_buf_t *b = cl->buf;
        size_t len = (size_t) (b->last - b->pos);
        if (len > NF_BODY_MAX - op->call.body.len) {
            return NF_TOO_LARGE;
        }
        if (!ngx_http_nf_body_grow(op, len)) {
            return NF_NO_MEMORY;
        }
        if (len > 0) {
            ngx_memcpy((char *) op->call.body.data + op->call.body.len, b->pos,
                       len);
        }
        op->call.body.len += len;
        b->pos = b->last;
    }
    rb->bufs = NULL;
    return NF_OK;
}

static void
ngx_http_nf_body_read(ngx_http_request_t *r)
{
    ngx_http_nf_op_t *op = ngx_http_get_module_ctx(r, ngx_http_nf_module);
    nf_error_t err = NF_OK;

    while (r->request_body != NULL) {
        err = ngx_http_nf_body_take(op);
        if (err != NF_OK || !r->reading_body) {
            break;
        }
        ngx_int_t rc = ngx_http_read_unbuffered_request_body(r);
        if (rc >= NGX_HTTP_SPECIAL_RESPONSE) {
            ngx_http_finalize_request(r, ngx_http_nf_answer_broken(op, rc));
            return;
        }
        if (rc == NGX_AGAIN && r->request_body->bufs == NULL) {
            r->read_event_handler = ngx_http_nf_body_read;
            return;
        }
    }
    r->read_event_handler = ngx_http_block_reading;
    if (err != NF_OK) {
        ngx_http_finalize_request(r, ngx_http_nf_answer_early(op, err));
        return;
    }
    ngx_http_nf_work_put(op, ngx_http_nf_wait_written);
}

/*
 * The body is collected here and not by nginx, which would answer one that is
 * too large by itself, in HTML, or put it into a file.
 */
ngx_int_t
ngx_http_nf_body_start(ngx_http_nf_op_t *op)
{
    ngx_http_request_t *r = op->r;

    r->request_body_no_buffering = 1;
    ngx_int_t rc = ngx_http_read_client_request_body(r, ngx_http_nf_body_read);
    return rc >= NGX_HTTP_SPECIAL_RESPONSE ? ngx_http_nf_answer_broken(op, rc)
                                           : NGX_DONE;
}
