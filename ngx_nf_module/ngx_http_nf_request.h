#ifndef NGX_HTTP_NF_REQUEST_H
#define NGX_HTTP_NF_REQUEST_H

/*
 * A request, read and routed; then what the route says.
 */

#include "ngx_http_nf.h"

/* The content handler of all listeners. */
ngx_int_t ngx_http_nf_handler(ngx_http_request_t *r);

#endif
