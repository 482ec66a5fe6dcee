#ifndef NGX_HTTP_NF_MASK_H
#define NGX_HTTP_NF_MASK_H

/*
 * nginx adds a request's line, Referer and upstream to what it says in its
 * error log, and at the level debug writes all of a request; tokens stand in
 * that.
 */

#include "ngx_http_nf.h"

/* Blank tokens out of what goes to these files.  A log that goes elsewhere
 * (syslog, memory) stays as it is. */
ngx_int_t ngx_http_nf_mask(ngx_pool_t *pool, ngx_log_t *logs);

/* A process ends: nginx goes on with a copy of these that outlives the module.
 */
void ngx_http_nf_unmask(ngx_log_t *logs);

#endif
