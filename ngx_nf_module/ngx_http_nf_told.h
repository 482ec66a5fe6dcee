#ifndef NGX_HTTP_NF_TOLD_H
#define NGX_HTTP_NF_TOLD_H

/*
 * The one place that says of an answer that it failed, or that a node was
 * refused: when the request is finished, once.
 */

#include "ngx_http_nf_op.h"

/* Have nginx ask for every request. */
ngx_int_t ngx_http_nf_told_init(ngx_conf_t *cf);

/* A call that nobody waits for any more. */
void ngx_http_nf_told_unheard(const struct nf_call *call);

#endif
