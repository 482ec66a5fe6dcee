#ifndef NGX_HTTP_NF_OP_H
#define NGX_HTTP_NF_OP_H

/*
 * One call on its way.  One that reads goes with its request; one that writes
 * lives in its own call's arena, and outlives a client that left while a queue
 * or a thread has it.
 */

#include "api/call.h"
#include "ngx_http_nf.h"

typedef struct ngx_http_nf_op_s ngx_http_nf_op_t;

struct ngx_http_nf_op_s {
    struct nf_call call;
    ngx_http_request_t *r;  /* NULL: the client left, or there never was one */
    ngx_http_nf_op_t *next; /* in the queue of writes */
    ngx_queue_t link;       /* among the waiting calls or the live streams */
    ngx_event_t timer;      /* of a waiting call */
    ngx_str_t path;         /* what is read for a write that goes on; or none */
    ngx_pool_cleanup_t *cleanup; /* the request's, that lets it go */
    ngx_buf_t buf;               /* of a stream */
    size_t body_cap;             /* room at call.body */
    bool is_writing;             /* the queue or a thread owns it */
    bool is_linked;

    /* What is done with it when a batch gives it back and a client waits. */
    void (*done)(ngx_http_nf_op_t *op);

    /* What whoever holds it does when nobody waits for it any more.  True: it
     * lives on, and is released again later. */
    bool (*leave)(ngx_http_nf_op_t *op);
    void *held; /* the holder's own */
};

/* For a request, whose context it becomes; or for nobody, with r NULL.  NULL
 * when there is no memory. */
ngx_http_nf_op_t *ngx_http_nf_op_new(ngx_http_request_t *r);

/* One that reads, in the place of one that has written and that its client goes
 * on waiting for.  NULL: no memory, and nothing has changed. */
ngx_http_nf_op_t *ngx_http_nf_op_go_on(ngx_http_nf_op_t *op);

/* Out of the queue that link is in, its timer off; if there are any. */
void ngx_http_nf_op_unlink(ngx_http_nf_op_t *op);

/* Free it, unless a client waits for it or a thread has it. */
void ngx_http_nf_op_release(ngx_http_nf_op_t *op);

#endif
