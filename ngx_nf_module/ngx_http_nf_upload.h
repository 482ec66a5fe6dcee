#ifndef NGX_HTTP_NF_UPLOAD_H
#define NGX_HTTP_NF_UPLOAD_H

/*
 * Uploads: the body goes to libnf in pieces, each on a pool thread.
 */

#include "ngx_http_nf_op.h"

/* NGX_DECLINED: the call is answered, and no body is wanted. */
ngx_int_t ngx_http_nf_upload_start(ngx_http_nf_op_t *op);

#endif
