#ifndef NGX_HTTP_NF_NOTIFY_H
#define NGX_HTTP_NF_NOTIFY_H

/*
 * The store's notify file: wakes streams and waiting calls after every commit.
 */

#include "ngx_http_nf.h"

/* The store is open.  Closing accepts that it was never watched. */
void ngx_http_nf_notify_open(ngx_cycle_t *cycle);
void ngx_http_nf_notify_close(void);

#endif
