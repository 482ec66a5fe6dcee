#include "ngx_http_nf_call.h"

#include "ngx_http_nf_site.h"

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

nf_ip4_t
ngx_http_nf_peer(const ngx_http_request_t *r)
{
    return ngx_http_nf_ip(r->connection->sockaddr);
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

void
ngx_http_nf_call_read(ngx_http_request_t *r, struct nf_call *call)
{
    const ngx_http_nf_loc_conf_t *lcf =
        ngx_http_get_module_loc_conf(r, ngx_http_nf_module);

    call->method = ngx_http_nf_method(r->method);
    call->listener = (enum nf_listener) lcf->listener;
    call->path = ngx_http_nf_text(call, r->uri);
    call->raw = ngx_http_nf_raw_path(call, r->unparsed_uri);
    call->query = ngx_http_nf_text(call, r->args);
    call->peer = ngx_http_nf_peer(r);
    call->now = ngx_http_nf_now();
    call->started = ngx_http_nf_started();
    call->may_wait = !ngx_exiting && r == r->main && call->method != NF_HEAD;
    ngx_http_nf_headers_read(r, call);
    ngx_http_nf_client_read(r, &call->client);
}
