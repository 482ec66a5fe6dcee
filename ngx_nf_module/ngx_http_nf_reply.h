#ifndef NGX_HTTP_NF_REPLY_H
#define NGX_HTTP_NF_REPLY_H

/*
 * struct nf_call -> status line, headers and body.
 */

#include "api/call.h"
#include "ngx_http_nf.h"

ngx_int_t ngx_http_nf_reply(ngx_http_request_t *r, const struct nf_call *call);

/* The header alone; len -1: not known yet. */
ngx_int_t ngx_http_nf_reply_header(ngx_http_request_t *r,
                                   const struct nf_call *call, off_t len);

/* A line for people, where libnf has no part; text is a literal. */
ngx_int_t ngx_http_nf_reply_text(ngx_http_request_t *r, ngx_uint_t status,
                                 const char *text);

/* The value is borrowed until the header has been sent; an empty one adds
 * nothing.  out may be NULL. */
ngx_int_t ngx_http_nf_header_add(ngx_http_request_t *r, const char *name,
                                 struct nf_text value, ngx_table_elt_t **out);

#endif
