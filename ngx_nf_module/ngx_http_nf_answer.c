#include "ngx_http_nf_answer.h"

#include "api/api.h"
#include "ngx_http_nf_file.h"
#include "ngx_http_nf_reply.h"
#include "ngx_http_nf_stream.h"
#include "ngx_http_nf_work.h"

ngx_int_t
ngx_http_nf_answer(ngx_http_nf_op_t *op)
{
    struct nf_call *call = &op->call;

    if (call->status == 0) {
        nf_api_fail(call, NF_BUG);
    }
    /* Not behind the answer: sending may end the request, and the call. */
    if (call->has_after_work) {
        ngx_http_nf_work_after(call);
    }
    if (call->content != NULL) {
        return ngx_http_nf_content_send(op->r, call);
    }
    if (call->stream == NULL) {
        return ngx_http_nf_reply(op->r, call);
    }
    return call->method == NF_HEAD ? ngx_http_nf_reply_header(op->r, call, -1)
                                   : ngx_http_nf_stream_start(op);
}

ngx_int_t
ngx_http_nf_answer_early(ngx_http_nf_op_t *op, nf_error_t err)
{
    ngx_connection_t *c = op->r->connection;

    if (c->read->timer_set) {
        ngx_del_timer(c->read);
    }
    op->r->keepalive = 0;
    nf_api_fail(&op->call, err);
    return ngx_http_nf_answer(op);
}

ngx_int_t
ngx_http_nf_answer_broken(ngx_http_nf_op_t *op, ngx_int_t rc)
{
    if (rc != NGX_HTTP_BAD_REQUEST || op->r->connection->error) {
        return rc;
    }
    nf_error_t err =
        nf_refuse(&op->call.fault, "", "the body's chunks are malformed");
    return ngx_http_nf_answer_early(op, err);
}

ngx_int_t
ngx_http_nf_answer_instead(ngx_http_nf_op_t *op, nf_error_t err)
{
    ngx_http_request_t *r = op->r;

    if (r->headers_in.expect != NULL) {
        r->expect_tested = 1; /* no "100 Continue": it may stay with him */
        r->keepalive = 0;
    }
    ngx_int_t rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return ngx_http_nf_answer_broken(op, rc);
    }
    if (err != NF_OK) {
        nf_api_fail(&op->call, err);
    }
    return ngx_http_nf_answer(op);
}

void
ngx_http_nf_answer_end(ngx_http_request_t *r, ngx_int_t rc)
{
    ngx_connection_t *c = r->connection;

    ngx_http_finalize_request(r, rc);
    ngx_http_run_posted_requests(c);
}

void
ngx_http_nf_answer_written(ngx_http_nf_op_t *op)
{
    ngx_http_request_t *r = op->r;

    ngx_http_set_log_request(r->connection->log, r);
    ngx_http_nf_answer_end(r, ngx_http_nf_answer(op));
}
