#ifndef NGX_HTTP_NF_TOLD_H
#define NGX_HTTP_NF_TOLD_H

/*
 * The one place that says of an answer that it failed, or that a node was
 * refused: when the request is finished, once.
 */

#include "ngx_http_nf_op.h"

/* A handler of nginx's log phase: the request is over, and its call is still
 * there. */
ngx_int_t ngx_http_nf_told(ngx_http_request_t *r);

/* A call that nobody waits for any more. */
void ngx_http_nf_told_unheard(const struct nf_call *call);

#endif
