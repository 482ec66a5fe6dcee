/*
 * nginx's request -> struct nf_call: method, path, headers and body; then what
 * the route says.
 */

#include "ngx_http_nf.h"

enum {
    BODY_FIRST = 4096
};

static enum nf_method_kind
ngx_http_nf_method(ngx_uint_t method)
{
    switch (method) {
    case NGX_HTTP_GET:
        return NF_GET;
    case NGX_HTTP_HEAD:
        return NF_HEAD;
    case NGX_HTTP_POST:
        return NF_POST;
    case NGX_HTTP_PUT:
        return NF_PUT;
    case NGX_HTTP_PATCH:
        return NF_PATCH;
    case NGX_HTTP_DELETE:
        return NF_DELETE;
    default:
        return NF_OTHER_METHOD;
    }
}

static nf_ip4_t
ngx_http_nf_ip(const struct sockaddr *sockaddr)
{
    const u_char *bytes = NULL;
    nf_ip4_t ip = {0};

    if (sockaddr->sa_family == AF_INET) {
        bytes = (u_char *) &((struct sockaddr_in *) sockaddr)->sin_addr;
    }
#if (NGX_HAVE_INET6)
    if (sockaddr->sa_family == AF_INET6) {
        const struct in6_addr *ip6 =
            &((struct sockaddr_in6 *) sockaddr)->sin6_addr;
        if (IN6_IS_ADDR_V4MAPPED(ip6)) {
            bytes = ip6->s6_addr + 12;
        }
    }
#endif
    if (bytes != NULL) {
        ngx_memcpy(ip.b, bytes, sizeof(ip.b));
    }
    return ip;
}

/*
 * A call that writes may outlive its client, so it takes its text along; one
 * that reads borrows it from the request.
 */
static struct nf_text
ngx_http_nf_text(const struct nf_call *call, ngx_str_t str)
{
    struct nf_text text = {(char *) str.data, str.len};

    if (text.len == 0) {
        return (struct nf_text){0};
    }
    if (call->method == NF_GET || call->method == NF_HEAD) {
        return text;
    }
    return nf_arena_copy(call->arena, text);
}

/* The headers that libnf looks at, by their lower-case names. */
static const struct {
    ngx_str_t name;
    size_t offset;
} headers[] = {
    {ngx_string("content-type"), offsetof(struct nf_call, content_type)},
    {ngx_string("accept"), offsetof(struct nf_call, accept)},
    {ngx_string("if-match"), offsetof(struct nf_call, if_match)},
    {ngx_string("if-none-match"), offsetof(struct nf_call, if_none_match)},
    {ngx_string("idempotency-key"), offsetof(struct nf_call, idempotency_key)},
    {ngx_string("last-event-id"), offsetof(struct nf_call, last_event_id)},
    {ngx_string("origin"), offsetof(struct nf_call, client.origin)},
    {ngx_string("sec-fetch-site"), offsetof(struct nf_call, client.fetch_site)},
    {ngx_string("repr-digest"), offsetof(struct nf_call, repr_digest)},
};

static void
ngx_http_nf_header_read(struct nf_call *call, const ngx_table_elt_t *h)
{
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
        if (h->key.len == headers[i].name.len
            && ngx_memcmp(h->lowcase_key, headers[i].name.data, h->key.len)
                   == 0)
        {
            struct nf_text *text =
                (struct nf_text *) ((char *) call + headers[i].offset);
            if (text->len == 0) { /* of several the first */
                *text = ngx_http_nf_text(call, h->value);
            }
            return;
        }
    }
}

static void
ngx_http_nf_headers_read(ngx_http_request_t *r, struct nf_call *call)
{
    for (ngx_list_part_t *part = &r->headers_in.headers.part; part != NULL;
         part = part->next)
    {
        const ngx_table_elt_t *h = part->elts;
        for (ngx_uint_t i = 0; i < part->nelts; i++) {
            ngx_http_nf_header_read(call, &h[i]);
        }
    }
}

/* The request's pool goes: so does the call, unless it is being written. */
static void
ngx_http_nf_op_leave(void *data)
{
    ngx_http_nf_op_t *op = data;

    ngx_http_nf_wait_leave(op);
    op->r = NULL;
    if (!ngx_http_nf_upload_leave(op) && !op->is_writing) {
        nf_arena_free(op->call.arena); /* and with it op */
    }
}

static ngx_http_nf_op_t *
ngx_http_nf_op_new(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t *cln = ngx_pool_cleanup_add(r->pool, 0);
    nf_arena_t *arena = cln != NULL ? nf_arena_new() : NULL;
    ngx_http_nf_op_t *op = NULL;

    if (arena != NULL) {
        op = nf_arena_take(arena, sizeof(*op));
    }
    if (op == NULL) {
        nf_arena_free(arena);
        return NULL;
    }
    op->call.arena = arena;
    op->r = r;
    cln->handler = ngx_http_nf_op_leave;
    cln->data = op;
    ngx_http_set_ctx(r, op, ngx_http_nf_module);
    return op;
}

/* What stands in front of '?'. */
static struct nf_text
ngx_http_nf_raw_path(const struct nf_call *call, ngx_str_t uri)
{
    const u_char *mark = ngx_strlchr(uri.data, uri.data + uri.len, '?');

    if (mark != NULL) {
        uri.len = (size_t) (mark - uri.data);
    }
    return ngx_http_nf_text(call, uri);
}

static struct nf_text
ngx_http_nf_value(const ngx_table_elt_t *h, ngx_str_t otherwise)
{
    const ngx_str_t *value = h == NULL ? &otherwise : &h->value;

    return (struct nf_text){(char *) value->data, value->len};
}

/* What nginx has parsed itself; the rest is among the headers above. */
static void
ngx_http_nf_client_read(ngx_http_request_t *r, struct nf_client *client)
{
    const ngx_http_nf_main_conf_t *mcf =
        ngx_http_get_module_main_conf(r, ngx_http_nf_module);
    ngx_str_t none = ngx_null_string;

    /* A request line may name the host alone, and HTTP/3 does. */
    client->host = ngx_http_nf_value(r->headers_in.host, r->headers_in.server);
    client->referer = ngx_http_nf_value(r->headers_in.referer, none);
    client->user_agent = ngx_http_nf_value(r->headers_in.user_agent, none);
    client->hosts = (struct nf_text){(char *) mcf->hosts.data, mcf->hosts.len};
    if (ngx_connection_local_sockaddr(r->connection, NULL, 0) == NGX_OK) {
        client->own = ngx_http_nf_ip(r->connection->local_sockaddr);
    }
}

static void
ngx_http_nf_call_read(ngx_http_request_t *r, struct nf_call *call)
{
    const ngx_http_nf_loc_conf_t *lcf =
        ngx_http_get_module_loc_conf(r, ngx_http_nf_module);

    call->method = ngx_http_nf_method(r->method);
    call->listener = (enum nf_listener) lcf->listener;
    call->path = ngx_http_nf_text(call, r->uri);
    call->raw = ngx_http_nf_raw_path(call, r->unparsed_uri);
    call->query = ngx_http_nf_text(call, r->args);
    call->peer = ngx_http_nf_ip(r->connection->sockaddr);
    call->now = ngx_http_nf_now();
    call->started = ngx_http_nf_started();
    call->may_wait = !ngx_exiting && r == r->main && call->method == NF_GET;
    ngx_http_nf_headers_read(r, call);
    ngx_http_nf_client_read(r, &call->client);
}

ngx_int_t
ngx_http_nf_answer(ngx_http_nf_op_t *op)
{
    if (op->call.status == 0 && op->call.may_wait) {
        return ngx_http_nf_wait_park(op);
    }
    if (op->call.status == 0) {
        nf_api_fail(&op->call, NF_BUG);
    }
    /* Not behind the answer: sending may end the request, and the call. */
    if (op->call.has_after_work) {
        ngx_http_nf_work_after(op);
    }
    if (op->call.content != NULL) {
        return ngx_http_nf_content_send(op);
    }
    if (op->call.stream == NULL) {
        return ngx_http_nf_reply(op);
    }
    return op->call.method == NF_HEAD ? ngx_http_nf_reply_header(op, -1)
                                      : ngx_http_nf_stream_start(op);
}

void
ngx_http_nf_finish(ngx_http_nf_op_t *op)
{
    ngx_http_request_t *r = op->r;
    ngx_connection_t *c = r->connection;

    ngx_http_set_log_request(c->log, r);
    ngx_http_finalize_request(r, ngx_http_nf_answer(op));
    ngx_http_run_posted_requests(c);
}

/* --- the body --------------------------------------------------------------
 */

/* Room for more bytes; the arena keeps the old pieces until the call ends, at
 * most as much again. */
static bool
ngx_http_nf_body_grow(ngx_http_nf_op_t *op, size_t more)
{
    size_t need = op->call.body.len + more, cap = op->body_cap;

    if (need <= cap) {
        return true;
    }
    cap = cap == 0 ? BODY_FIRST : cap;
    while (cap < need) {
        cap *= 2;
    }
    char *body = nf_arena_take(op->call.arena, cap);
    if (body == NULL) {
        return false;
    }
    if (op->call.body.len > 0) {
        ngx_memcpy(body, op->body, op->call.body.len);
    }
    op->body = body;
    op->body_cap = cap;
    op->call.body.data = body;
    return true;
}

/* Take over what has come; the buffers are then free to be read into again. */
static nf_error_t
ngx_http_nf_body_take(ngx_http_nf_op_t *op)
{
    ngx_http_request_body_t *rb = op->r->request_body;

    for (ngx_chain_t *cl = rb->bufs; cl != NULL; cl = cl->next) {
        ngx_buf_t *b = cl->buf;
        size_t len = (size_t) (b->last - b->pos);
        if (len > NF_BODY_MAX - op->call.body.len) {
            return NF_TOO_LARGE;
        }
        if (!ngx_http_nf_body_grow(op, len)) {
            return NF_NO_MEMORY;
        }
        if (len > 0) {
            ngx_memcpy(op->body + op->call.body.len, b->pos, len);
        }
        op->call.body.len += len;
        b->pos = b->last;
    }
    rb->bufs = NULL;
    return NF_OK;
}

ngx_int_t
ngx_http_nf_body_refuse(ngx_http_nf_op_t *op, nf_error_t err)
{
    ngx_connection_t *c = op->r->connection;

    if (c->read->timer_set) {
        ngx_del_timer(c->read);
    }
    op->r->keepalive = 0;
    nf_api_fail(&op->call, err);
    return ngx_http_nf_answer(op);
}

/* nginx could not read the body.  When it is the client's fault and he is
 * still there, he gets an answer like all others. */
ngx_int_t
ngx_http_nf_body_failed(ngx_http_nf_op_t *op, ngx_int_t rc)
{
    if (rc != NGX_HTTP_BAD_REQUEST || op->r->connection->error) {
        return rc;
    }
    nf_error_t err =
        nf_refuse(&op->call.fault, "", "the body's chunks are malformed");
    return ngx_http_nf_body_refuse(op, err);
}

static void
ngx_http_nf_body_read(ngx_http_request_t *r)
{
    ngx_http_nf_op_t *op = ngx_http_get_module_ctx(r, ngx_http_nf_module);
    nf_error_t err = NF_OK;

    while (r->request_body != NULL) {
        err = ngx_http_nf_body_take(op);
        if (err != NF_OK || !r->reading_body) {
            break;
        }
        ngx_int_t rc = ngx_http_read_unbuffered_request_body(r);
        if (rc >= NGX_HTTP_SPECIAL_RESPONSE) {
            ngx_http_finalize_request(r, ngx_http_nf_body_failed(op, rc));
            return;
        }
        if (rc == NGX_AGAIN && r->request_body->bufs == NULL) {
            r->read_event_handler = ngx_http_nf_body_read;
            return;
        }
    }
    r->read_event_handler = ngx_http_block_reading;
    if (err != NF_OK) {
        ngx_http_finalize_request(r, ngx_http_nf_body_refuse(op, err));
        return;
    }
    ngx_http_nf_work_put(op);
}

/*
 * The body is collected here and not by nginx, which would answer one that is
 * too large by itself, in HTML, or put it into a file.
 */
static ngx_int_t
ngx_http_nf_body_start(ngx_http_nf_op_t *op)
{
    ngx_http_request_t *r = op->r;

    r->request_body_no_buffering = 1;
    ngx_int_t rc = ngx_http_read_client_request_body(r, ngx_http_nf_body_read);
    return rc >= NGX_HTTP_SPECIAL_RESPONSE ? ngx_http_nf_body_failed(op, rc)
                                           : NGX_DONE;
}

/* --- the handler -----------------------------------------------------------
 */

static ngx_int_t
ngx_http_nf_refuse(ngx_http_nf_op_t *op, nf_error_t err)
{
    ngx_http_request_t *r = op->r;

    if (r->headers_in.expect != NULL) {
        r->expect_tested = 1; /* no "100 Continue": it may stay with him */
        r->keepalive = 0;
    }
    ngx_int_t rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return ngx_http_nf_body_failed(op, rc);
    }
    if (err != NF_OK) {
        nf_api_fail(&op->call, err);
    }
    return ngx_http_nf_answer(op);
}

ngx_int_t
ngx_http_nf_handler(ngx_http_request_t *r)
{
    ngx_http_nf_op_t *op = ngx_http_nf_op_new(r);

    if (op == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    ngx_http_nf_call_read(r, &op->call);
    if (!nf_api_route(&op->call)) {
        return ngx_http_nf_refuse(op, NF_OK);
    }
    const struct nf_site *site = ngx_http_nf_site();
    if (site == NULL) {
        return ngx_http_nf_refuse(op, NF_BUSY);
    }
    if (op->call.route->kind == NF_WRITES) {
        if (r->headers_in.content_length_n > NF_BODY_MAX) {
            return ngx_http_nf_refuse(op, NF_TOO_LARGE);
        }
        return ngx_http_nf_body_start(op);
    }
    if (op->call.route->kind == NF_UPLOADS) {
        ngx_int_t rc = ngx_http_nf_upload_start(op);
        return rc == NGX_DECLINED ? ngx_http_nf_refuse(op, NF_OK) : rc;
    }
    ngx_int_t rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return ngx_http_nf_body_failed(op, rc);
    }
    nf_api_read(site, &op->call);
    return ngx_http_nf_answer(op);
}
