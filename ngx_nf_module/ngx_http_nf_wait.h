#ifndef NGX_HTTP_NF_WAIT_H
#define NGX_HTTP_NF_WAIT_H

/*
 * Reads: answered at once, or held until something happens to a node.
 */

#include "ngx_http_nf_op.h"

void ngx_http_nf_wait_init(void);

/* Run a reading call; the value is for ngx_http_finalize_request(). */
ngx_int_t ngx_http_nf_wait_read(ngx_http_nf_op_t *op);

/* What ngx_http_nf_work_put() is to do with a call that a client waits for:
 * its answer, or that of the read that it goes on as. */
void ngx_http_nf_wait_written(ngx_http_nf_op_t *op);

/* Ask those again that wait for this node. */
void ngx_http_nf_wait_wake(nf_mac_t mac);

/* The worker stops: everyone gets an answer now. */
void ngx_http_nf_wait_end(void);

#endif
