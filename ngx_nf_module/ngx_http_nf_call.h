#ifndef NGX_HTTP_NF_CALL_H
#define NGX_HTTP_NF_CALL_H

/*
 * nginx's request -> struct nf_call: method, path and headers.
 */

#include "ngx_http_nf.h"

#include "api/call.h"

/* Into a call that has its arena and nothing else. */
void ngx_http_nf_call_read(ngx_http_request_t *r, struct nf_call *call);

/* Its client's address, unset where that is not IPv4. */
nf_ip4_t ngx_http_nf_peer(const ngx_http_request_t *r);

#endif
