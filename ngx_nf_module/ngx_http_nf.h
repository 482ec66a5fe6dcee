#ifndef NGX_HTTP_NF_H
#define NGX_HTTP_NF_H

/*
 * The HTTP side of NodeFoundry inside nginx: what the files of this module
 * share.  Everything about nodes is libnf's; this is the adapter.
 */

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>
#include <ngx_http.h>
#include <ngx_thread_pool.h>

#include "api/api.h"

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

typedef struct ngx_http_nf_op_s ngx_http_nf_op_t;
typedef struct ngx_http_nf_upload_s ngx_http_nf_upload_t;

/*
 * One call on its way.  It lives in its own call's arena, and goes with the
 * request's pool; only while it waits for or runs on the writing thread does
 * it outlive a client that left.
 */
struct ngx_http_nf_op_s {
    struct nf_call call;
    ngx_http_request_t *r;  /* NULL: the client left, or there never was one */
    ngx_http_nf_op_t *next; /* in the queue of writes */
    ngx_queue_t link;       /* among the waiting calls or the live streams */
    ngx_event_t timer;      /* of a waiting call */
    ngx_buf_t buf;          /* of a stream */
    char *body;             /* what has come so far */
    size_t body_cap;
    ngx_http_nf_upload_t *upload; /* a body that goes to a file */
    bool is_writing;              /* the queue or a thread owns it */
    bool is_linked;
};

extern ngx_module_t ngx_http_nf_module;

/* _process.c: NULL while the store cannot be opened; and when the server was
 * first started. */
const struct nf_site *ngx_http_nf_site(void);
nf_time_t ngx_http_nf_started(void);
nf_time_t ngx_http_nf_now(void);

/* Parse the shipped templates and the operator's; the caller frees them. */
nf_error_t ngx_http_nf_templates_read(const struct nf_settings *settings,
                                      nf_templates_t **out,
                                      struct nf_fault *fault);
ngx_int_t ngx_http_nf_init_module(ngx_cycle_t *cycle);
ngx_int_t ngx_http_nf_init_process(ngx_cycle_t *cycle);
void ngx_http_nf_exit_process(ngx_cycle_t *cycle);

/* _conf.c: nginx's callbacks; see ngx_http_nf_module.c. */
void *ngx_http_nf_create_main_conf(ngx_conf_t *cf);
char *ngx_http_nf_init_main_conf(ngx_conf_t *cf, void *conf);
void *ngx_http_nf_create_loc_conf(ngx_conf_t *cf);
char *ngx_http_nf_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child);
char *ngx_http_nf_store(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_nf_config(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_nf_listener(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_nf_dir(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

/* _request.c: the content handler of all listeners. */
ngx_int_t ngx_http_nf_handler(ngx_http_request_t *r);

/* Answer although not all of the body has been read; or could not be, as
 * nginx's rc says. */
ngx_int_t ngx_http_nf_body_refuse(ngx_http_nf_op_t *op, nf_error_t err);
ngx_int_t ngx_http_nf_body_failed(ngx_http_nf_op_t *op, ngx_int_t rc);

/* _upload.c: NGX_DECLINED: the call is answered, and no body is wanted. */
ngx_int_t ngx_http_nf_upload_start(ngx_http_nf_op_t *op);

/* The request is gone.  True: op lives on for a while. */
bool ngx_http_nf_upload_leave(ngx_http_nf_op_t *op);

/* Send, park or stream what a read call came to; the value is for
 * ngx_http_finalize_request(). */
ngx_int_t ngx_http_nf_answer(ngx_http_nf_op_t *op);

/* The same for a request that is no longer in a handler of its own: ends it
 * and lets its connection go on. */
void ngx_http_nf_finish(ngx_http_nf_op_t *op);

/* _work.c */
ngx_int_t ngx_http_nf_work_init(ngx_cycle_t *cycle,
                                const ngx_http_nf_main_conf_t *mcf);
void ngx_http_nf_work_put(ngx_http_nf_op_t *op);
void ngx_http_nf_work_after(const ngx_http_nf_op_t *answered);
bool ngx_http_nf_work_is_idle(void);
ngx_thread_pool_t *ngx_http_nf_work_pool(void);

/* _reply.c */
ngx_int_t ngx_http_nf_reply(ngx_http_nf_op_t *op);
ngx_int_t ngx_http_nf_reply_header(ngx_http_nf_op_t *op, off_t len);
ngx_int_t ngx_http_nf_reply_text(ngx_http_request_t *r, ngx_uint_t status,
                                 const char *text);
ngx_int_t ngx_http_nf_header_add(ngx_http_request_t *r, const char *name,
                                 struct nf_text value, ngx_table_elt_t **out);

/* _stream.c */
void ngx_http_nf_stream_init(ngx_cycle_t *cycle);
ngx_int_t ngx_http_nf_stream_start(ngx_http_nf_op_t *op);
void ngx_http_nf_stream_wake(void);

/* _wait.c */
void ngx_http_nf_wait_init(void);
ngx_int_t ngx_http_nf_wait_park(ngx_http_nf_op_t *op);
void ngx_http_nf_wait_leave(ngx_http_nf_op_t *op);
void ngx_http_nf_wait_wake(nf_mac_t mac);
void ngx_http_nf_wait_end(void);

/* _notify.c: watch the store's notify file; closing accepts that it was never
 * open. */
void ngx_http_nf_notify_open(ngx_cycle_t *cycle);
void ngx_http_nf_notify_close(void);

/* _file.c */
ngx_int_t ngx_http_nf_files_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_nf_content_send(ngx_http_nf_op_t *op);
ngx_int_t ngx_http_nf_agent_handler(ngx_http_request_t *r);

/* _log.c: let libnf's lines go to nginx's error log. */
void ngx_http_nf_log_init(const struct nf_settings *settings);

#endif
