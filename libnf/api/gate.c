/*
 * Who calls, and may he?  Every call passes here once, before anything else
 * is done with it, and nothing behind this file decides it again.
 *
 * A web page that an operator has open can send requests to the API from his
 * machine, so a browser must show that the page came from here.  Most requests
 * that a page makes elsewhere say so themselves (Sec-Fetch-Site, Origin,
 * Referer); one whose name was pointed at us after it was loaded shows it by
 * nothing but its Host.  That none of these is there proves nothing, so no
 * GET of the API changes anything.
 */
#include <strings.h>

#include "api/reply.h"

/* Today's policy: who reaches a listener may do what is served there, so each
 * row says whom we take him for.  What has no row is refused. */
#define OF(permission) (1U << (permission))
static const struct rule {
    unsigned listeners, permissions;
    enum nf_actor_kind kind;
} rules[] = {
    {NF_LISTENER_API, OF(NF_VIEWER) | OF(NF_OPERATOR) | OF(NF_ADMIN),
     NF_ACTOR_OPERATOR},
    {NF_LISTENER_API | NF_LISTENER_BOOT | NF_LISTENER_ANSWERS
         | NF_LISTENER_AGENT | NF_LISTENER_HEALTH | NF_LISTENER_METRICS,
     OF(NF_ANYONE), NF_ACTOR_NODE},
};

/* Where programs and browsers of people come; nodes know us by names that
 * nobody has listed. */
static const unsigned named_listeners = NF_LISTENER_API | NF_LISTENER_METRICS;

static bool
is_same(struct nf_text a, struct nf_text b)
{
    return a.len == b.len && strncasecmp(a.data, b.data, a.len) == 0;
}

/* Without the port; an IPv6 address keeps its brackets. */
static struct nf_text
name_of(struct nf_text host)
{
    size_t len = host.len;

    while (len > 0 && host.data[len - 1] >= '0' && host.data[len - 1] <= '9') {
        len--;
    }
    if (len > 0 && host.data[len - 1] == ':') {
        host.len = len - 1;
    }
    return host;
}

static bool
is_listed(struct nf_text name, struct nf_text list)
{
    while (list.len > 0) {
        if (is_same(name, nf_text_cut(&list, ','))) {
            return true;
        }
    }
    return false;
}

static bool
is_own_name(const struct nf_client *client)
{
    struct nf_text name = name_of(client->host);
    nf_ip4_t ip;

    if (nf_text_equal(name, NF_TEXT("127.0.0.1"))
        || is_listed(name, NF_TEXT("localhost,[::1]"))
        || is_listed(name, client->hosts))
    {
        return true;
    }
    return nf_ip4_parse(name, &ip) && nf_ip4_is_set(ip)
           && nf_ip4_equal(ip, client->own);
}

/* "http://HOST" alone, or with a path behind it. */
static bool
is_from_here(struct nf_text url, struct nf_text host)
{
    const struct nf_text schemes[] = {NF_TEXT("http://"), NF_TEXT("https://")};

    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        if (nf_text_starts(url, schemes[i])) {
            struct nf_text rest = {url.data + schemes[i].len,
                                   url.len - schemes[i].len};
            return host.len > 0 && is_same(nf_text_cut(&rest, '/'), host);
        }
    }
    return false;
}

static nf_error_t
refuse(struct nf_call *call, const char *header, const char *why)
{
    (void) nf_refuse(&call->fault, header, "%s", why);
    return NF_FORBIDDEN;
}

static nf_error_t
check_page(struct nf_call *call)
{
    const struct nf_client *client = &call->client;
    struct nf_text site = client->fetch_site;

    if (site.len > 0 && !nf_text_equal(site, NF_TEXT("same-origin"))
        && !nf_text_equal(site, NF_TEXT("none")))
    {
        return refuse(call, "Sec-Fetch-Site",
                      "requests from web pages of other sites are refused");
    }
    if (client->origin.len > 0 && !is_from_here(client->origin, client->host)) {
        return refuse(call, "Origin",
                      "requests from web pages of other sites are refused");
    }
    if (client->referer.len > 0 && !is_from_here(client->referer, client->host))
    {
        return refuse(call, "Referer",
                      "requests from web pages of other sites are refused");
    }
    return NF_OK;
}

/* Without one it is HTTP/1.0, which no browser speaks. */
static nf_error_t
check_host(struct nf_call *call)
{
    if ((call->listener & named_listeners) == 0 || call->client.host.len == 0
        || is_own_name(&call->client))
    {
        return NF_OK;
    }
    return refuse(call, "Host",
                  "the API does not answer to this host name; to allow it, add "
                  "it to NF_HTTP_HOSTS");
}

static bool
is_browser(const struct nf_client *client)
{
    return client->origin.len > 0 || client->fetch_site.len > 0
           || client->referer.len > 0
           || nf_text_starts(client->user_agent, NF_TEXT("Mozilla/"));
}

static bool
is_json(struct nf_text type)
{
    return nf_text_equal(nf_text_cut(&type, ';'), NF_TEXT("application/json"));
}

/* What a form can send; curl -d says that it is one, and sends JSON. */
static nf_error_t
check_form(struct nf_call *call)
{
    const struct nf_route *route = call->route;

    if (call->content_type.len == 0 || call->method == NF_GET
        || call->method == NF_HEAD
        || (route != NULL && route->kind != NF_WRITES)
        || is_json(call->content_type) || !is_browser(&call->client))
    {
        return NF_OK;
    }
    return nf_reply_refuse(
        call, NF_MEDIA_TYPE, "Content-Type",
        "the body of a browser's request must be application/json");
}

static const struct rule *
find_rule(const struct nf_call *call, enum nf_permission permission)
{
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        if ((rules[i].listeners & call->listener) != 0
            && (rules[i].permissions & OF(permission)) != 0)
        {
            return &rules[i];
        }
    }
    return NULL;
}

static nf_error_t
check_permission(struct nf_call *call)
{
    const struct rule *rule = find_rule(call, call->route->permission);

    if (rule == NULL) {
        return refuse(call, "", "not served here");
    }
    call->actor = (struct nf_actor){.kind = rule->kind, .address = call->peer};
    return NF_OK;
}

bool
nf_gate_may(const struct nf_call *call, enum nf_permission permission)
{
    return find_rule(call, permission) != NULL;
}

bool
nf_gate_pass(struct nf_call *call)
{
    nf_error_t err = check_page(call);

    if (err == NF_OK) {
        err = check_host(call);
    }
    if (err == NF_OK) {
        err = check_form(call);
    }
    if (err == NF_OK && call->route != NULL) {
        err = check_permission(call);
    }
    if (err != NF_OK) {
        nf_api_fail(call, err);
    }
    return err == NF_OK;
}
