#ifndef NGX_HTTP_NF_FILE_H
#define NGX_HTTP_NF_FILE_H

/*
 * Files, sent by nginx.
 */

#include "api/call.h"
#include "ngx_http_nf.h"

/* Content handlers of nf_files and nf_agent. */
ngx_int_t ngx_http_nf_files_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_nf_agent_handler(ngx_http_request_t *r);

/* GET /api/v1/files/PATH?content=1: send call->content. */
ngx_int_t ngx_http_nf_content_send(ngx_http_request_t *r, struct nf_call *call);

#endif
