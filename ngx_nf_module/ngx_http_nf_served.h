#ifndef NGX_HTTP_NF_SERVED_H
#define NGX_HTTP_NF_SERVED_H

/*
 * What machines that are being installed are sent, or refused, noted when the
 * request is over, and while a large file goes out.  Whoever is no such machine
 * costs one look-up behind his answer in a few seconds, and nothing is written.
 */

#include "ngx_http_nf.h"

/* A handler of nginx's log phase: the request is over, and its call is still
 * there. */
ngx_int_t ngx_http_nf_served(ngx_http_request_t *r);

/* A file of so many bytes begins to go out: it is looked at now and then how
 * far that is, where it is large.  Without memory it is not. */
void ngx_http_nf_served_watch(ngx_http_request_t *r, off_t size);

#endif
