#ifndef NGX_HTTP_NF_ANSWER_H
#define NGX_HTTP_NF_ANSWER_H

/*
 * What a call came to goes out, by one of three ways; what is to be written
 * behind it goes to the writes.
 */

#include "ngx_http_nf_op.h"

/* The value is for ngx_http_finalize_request(). */
ngx_int_t ngx_http_nf_answer(ngx_http_nf_op_t *op);

/* A request that is no longer in a handler of its own: end it with rc and let
 * its connection go on. */
void ngx_http_nf_answer_end(ngx_http_request_t *r, ngx_int_t rc);

/* What ngx_http_nf_work_put() is to do with a call that a client waits for. */
void ngx_http_nf_answer_written(ngx_http_nf_op_t *op);

/* Answer without having asked for the body; err may be NF_OK when the call is
 * answered already. */
ngx_int_t ngx_http_nf_answer_instead(ngx_http_nf_op_t *op, nf_error_t err);

/* Answer although not all of the body has been read; or could not be, as
 * nginx's rc says: when it is the client's fault and he is still there, he
 * gets an answer like all others. */
ngx_int_t ngx_http_nf_answer_early(ngx_http_nf_op_t *op, nf_error_t err);
ngx_int_t ngx_http_nf_answer_broken(ngx_http_nf_op_t *op, ngx_int_t rc);

#endif
