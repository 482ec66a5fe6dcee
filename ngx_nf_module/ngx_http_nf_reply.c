#include "ngx_http_nf_reply.h"

/* Since 1.23 headers of one name are chained. */
static void
ngx_http_nf_header_end(ngx_table_elt_t *h)
{
#if (nginx_version >= 1023000)
    h->next = NULL;
#else
    (void) h;
#endif
}

ngx_int_t
ngx_http_nf_header_add(ngx_http_request_t *r, const char *name,
                       struct nf_text value, ngx_table_elt_t **out)
{
    if (value.len == 0) {
        return NGX_OK;
    }
    ngx_table_elt_t *h = ngx_list_push(&r->headers_out.headers);
    if (h == NULL) {
        return NGX_ERROR;
    }
    ngx_http_nf_header_end(h);
    h->hash = 1;
    h->key.data = (u_char *) name;
    h->key.len = ngx_strlen(name);
    h->value.data = (u_char *) value.data;
    h->value.len = value.len;
    if (out != NULL) {
        *out = h;
    }
    return NGX_OK;
}

static ngx_int_t
ngx_http_nf_headers(ngx_http_request_t *r, const struct nf_call *call)
{
    struct nf_text allow = {0}, buffering = {0};

    if (call->allow != NULL) {
        allow = nf_text(call->allow);
    }
    if (call->stream != NULL && call->stream->is_live) {
        buffering = NF_TEXT("no");
    }
    /*
     * Not through headers_out.location: nginx would make it absolute, with a
     * host that the client may not have used.
     */
    if (ngx_http_nf_header_add(r, "Location", call->location, NULL) != NGX_OK
        || ngx_http_nf_header_add(r, "Link", call->link, NULL) != NGX_OK
        || ngx_http_nf_header_add(r, "Allow", allow, NULL) != NGX_OK
        || ngx_http_nf_header_add(r, "Repr-Digest", call->digest, NULL)
               != NGX_OK
        || ngx_http_nf_header_add(r, "X-Accel-Buffering", buffering, NULL)
               != NGX_OK
        || ngx_http_nf_header_add(r, "ETag", call->etag, &r->headers_out.etag)
               != NGX_OK)
    {
        return NGX_ERROR;
    }
    return ngx_http_nf_header_add(r, "Cache-Control", NF_TEXT("no-store"),
                                  NULL);
}

ngx_int_t
ngx_http_nf_reply_header(ngx_http_request_t *r, const struct nf_call *call,
                         off_t len)
{
    r->headers_out.status = call->status;
    if (call->status == NGX_HTTP_NOT_MODIFIED
        || call->status == NGX_HTTP_NO_CONTENT)
    {
        r->header_only = 1;
        len = -1;
    } else if (call->type != NULL) {
        r->headers_out.content_type.data = (u_char *) call->type;
        r->headers_out.content_type.len = ngx_strlen(call->type);
        r->headers_out.content_type_len = r->headers_out.content_type.len;
        r->headers_out.content_type_lowcase = NULL;
    }
    ngx_http_clear_content_length(r);
    r->headers_out.content_length_n = len;
    /* Preconditions are libnf's: nginx would compare If-Match with the
     * version after the change. */
    r->disable_not_modified = 1;
    if (ngx_http_nf_headers(r, call) != NGX_OK) {
        return NGX_ERROR;
    }
    return ngx_http_send_header(r);
}

static ngx_int_t
ngx_http_nf_body_send(ngx_http_request_t *r, ngx_buf_t *b, struct nf_text text)
{
    ngx_chain_t out = {.buf = b};

    if (text.len > 0) {
        b->pos = (u_char *) text.data;
        b->last = b->pos + text.len;
        b->memory = 1;
    }
    b->last_buf = r == r->main;
    b->last_in_chain = 1;
    return ngx_http_output_filter(r, &out);
}

ngx_int_t
ngx_http_nf_reply(ngx_http_request_t *r, const struct nf_call *call)
{
    ngx_buf_t *b = ngx_calloc_buf(r->pool);

    if (b == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    ngx_int_t rc = ngx_http_nf_reply_header(r, call, (off_t) call->reply.len);
    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }
    return ngx_http_nf_body_send(r, b, call->reply);
}

ngx_int_t
ngx_http_nf_reply_text(ngx_http_request_t *r, ngx_uint_t status,
                       const char *text)
{
    ngx_buf_t *b = ngx_calloc_buf(r->pool);
    size_t len = ngx_strlen(text);

    ngx_int_t rc = ngx_http_discard_request_body(r);
    if (b == NULL || rc != NGX_OK) {
        return b == NULL ? NGX_HTTP_INTERNAL_SERVER_ERROR : rc;
    }
    r->headers_out.status = status;
    r->headers_out.content_length_n = (off_t) len;
    ngx_str_set(&r->headers_out.content_type, "text/plain");
    r->headers_out.content_type_len = r->headers_out.content_type.len;
    r->headers_out.content_type_lowcase = NULL;
    rc = ngx_http_send_header(r);
    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }
    return ngx_http_nf_body_send(r, b, (struct nf_text){text, len});
}
