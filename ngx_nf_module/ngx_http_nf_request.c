#include "ngx_http_nf_request.h"

#include "ngx_http_nf_answer.h"
#include "ngx_http_nf_body.h"
#include "ngx_http_nf_call.h"
#include "ngx_http_nf_site.h"
#include "ngx_http_nf_upload.h"
#include "ngx_http_nf_wait.h"

ngx_int_t
ngx_http_nf_handler(ngx_http_request_t *r)
{
    ngx_http_nf_op_t *op = ngx_http_nf_op_new(r);

    if (op == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    ngx_http_nf_call_read(r, &op->call);
    if (!nf_api_route(&op->call)) {
        return ngx_http_nf_answer_instead(op, NF_OK);
    }
    if (ngx_http_nf_site() == NULL) {
        bool is_told = nf_api_bare(&op->call, ngx_http_nf_site_failed(),
                                   ngx_http_nf_site_failed_since());
        return ngx_http_nf_answer_instead(op, is_told ? NF_OK : NF_BUSY);
    }
    if (op->call.route->kind == NF_WRITES) {
        if (r->headers_in.content_length_n > NF_BODY_MAX) {
            return ngx_http_nf_answer_instead(op, NF_TOO_LARGE);
        }
        return ngx_http_nf_body_start(op);
    }
    if (op->call.route->kind == NF_UPLOADS) {
        ngx_int_t rc = ngx_http_nf_upload_start(op);
        return rc == NGX_DECLINED ? ngx_http_nf_answer_instead(op, NF_OK) : rc;
    }
    ngx_int_t rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return ngx_http_nf_answer_broken(op, rc);
    }
    return ngx_http_nf_wait_read(op);
}
