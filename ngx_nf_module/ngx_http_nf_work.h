#ifndef NGX_HTTP_NF_WORK_H
#define NGX_HTTP_NF_WORK_H

/*
 * Writes: group commit.  All calls that wait go together into one transaction
 * on one pool thread.
 */

#include "ngx_http_nf_op.h"

ngx_int_t ngx_http_nf_work_init(ngx_cycle_t *cycle,
                                const ngx_http_nf_main_conf_t *mcf);

/* done is called when the call is on disk, or refused at once; not when nobody
 * waits for it any more. */
void ngx_http_nf_work_put(ngx_http_nf_op_t *op,
                          void (*done)(ngx_http_nf_op_t *op));

/* Write what a read left behind (a script was served); nobody waits for it. */
void ngx_http_nf_work_after(const struct nf_call *answered);

/* Write what was sent to a node; nobody waits for it. */
struct nf_served;
void ngx_http_nf_work_served(const struct nf_served *served);

bool ngx_http_nf_work_is_idle(void);
ngx_thread_pool_t *ngx_http_nf_work_pool(void);

#endif
