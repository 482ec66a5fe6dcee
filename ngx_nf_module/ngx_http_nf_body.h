#ifndef NGX_HTTP_NF_BODY_H
#define NGX_HTTP_NF_BODY_H

/*
 * The body of a write, collected in memory.
 */

#include "ngx_http_nf_op.h"

/* Read it and put the call to the writes. */
ngx_int_t ngx_http_nf_body_start(ngx_http_nf_op_t *op);

#endif
