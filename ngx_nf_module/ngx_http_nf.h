#ifndef NGX_HTTP_NF_H
#define NGX_HTTP_NF_H

/*
 * nginx, and what its configuration says of this module.  Everything about
 * nodes is libnf's; the files here adapt it, each knowing only those below:
 *
 *     module, conf
 *     process            what a worker starts and ends
 *     notify             wakes those who wait
 *     request            a request, read and routed
 *     body, upload       what comes behind its header
 *     wait               a read: answered now or held
 *     answer             the way out: one of the three below
 *     stream, file, reply
 *     served             what was sent to a machine that is installed
 *     work               writes, many in one transaction
 *     told               an answer that somebody must hear of
 *     call, op, site, log, mask
 */

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>
#include <ngx_http.h>
#include <ngx_thread_pool.h>

#if !(NGX_THREADS)
#error "nginx must be built --with-threads"
#endif

enum {
    NGX_HTTP_NF_BATCH_MAX = 128
};

typedef struct {
    ngx_str_t store; /* nf_store */
    ngx_str_t pool_name;
    ngx_int_t batch; /* nf_batch: calls in one transaction at most */
    ngx_thread_pool_t *pool;
    struct nf_settings *settings; /* nf_config, or the environment's */
    ngx_str_t hosts;              /* names of the API, divided by commas */
    ngx_flag_t is_used;           /* some location needs the store */
    ngx_flag_t has_files;         /* some location looks files up in it */
} ngx_http_nf_main_conf_t;

typedef struct {
    ngx_uint_t listener; /* enum nf_listener; 0: a location without libnf */
    ngx_str_t files;     /* nf_files */
    ngx_str_t agent;     /* nf_agent */
} ngx_http_nf_loc_conf_t;

extern ngx_module_t ngx_http_nf_module;

#endif
