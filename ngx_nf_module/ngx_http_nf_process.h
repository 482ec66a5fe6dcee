#ifndef NGX_HTTP_NF_PROCESS_H
#define NGX_HTTP_NF_PROCESS_H

/*
 * What a worker starts and ends; see ngx_http_nf_module.c.
 */

#include "ngx_http_nf.h"

ngx_int_t ngx_http_nf_init_module(ngx_cycle_t *cycle);
ngx_int_t ngx_http_nf_init_process(ngx_cycle_t *cycle);
void ngx_http_nf_exit_process(ngx_cycle_t *cycle);
void ngx_http_nf_exit_master(ngx_cycle_t *cycle);

#endif
