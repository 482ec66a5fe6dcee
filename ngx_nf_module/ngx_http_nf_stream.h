#ifndef NGX_HTTP_NF_STREAM_H
#define NGX_HTTP_NF_STREAM_H

/*
 * Answers of unknown length: lists, and live event streams that go on until
 * the client leaves.
 */

#include "ngx_http_nf_op.h"

void ngx_http_nf_stream_init(ngx_cycle_t *cycle);

/* Send call.stream; the value is for ngx_http_finalize_request(). */
ngx_int_t ngx_http_nf_stream_start(ngx_http_nf_op_t *op);

/* The log has grown: go on with every live stream. */
void ngx_http_nf_stream_wake(void);

#endif
