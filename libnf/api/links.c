/*
 * Which port of which switch a node is at.
 */
#include "store/links.h"
#include "api/ports.h"
#include "api/revised.h"
#include "change/link.h"
#include "place/place.h"
#include "store/ports.h"

enum {
    WORDS = 512 /* that say why a node is at no port */
};

struct said_link {
    char device[NF_MANAGED_NAME];
    char port[NF_LINK_PORT];
};

#define IN(member)                                                             \
    .offset = offsetof(struct said_link, member),                              \
    .size = sizeof(((struct said_link *) 0)->member)

/* clang-format off */
static const struct nf_json_field fields[] = {
    {"switch", NF_JSON_TEXT, IN(device), .is_required = true},
    {"port",   NF_JSON_TEXT, IN(port), .is_required = true},
    {0},
};
/* clang-format on */

/* The link, and beside it what is kept of the port; *revision is of both. */
static bool
put_link(struct nf_read *r, const struct nf_port_link *link, uint64_t *revision,
         struct nf_out *out)
{
    struct nf_port_kept kept;

    *revision = link->revision;
    nf_port_link_json(link, out);
    if (!nf_kept_get(r, link->node, &kept)) {
        return r->err == NF_OK;
    }
    out->len--; /* the brace that ended the link */
    nf_out_puts(out, ",\"kept\":");
    nf_port_kept_json(&kept, out);
    nf_out_putc(out, '}');
    if (kept.revision > *revision) {
        *revision = kept.revision;
    }
    return true;
}

static nf_error_t
reply_link(struct nf_call *call, struct nf_scope *scope, unsigned status,
           const struct nf_port_link *link)
{
    struct nf_out out =
        nf_reply_buffer(call, NF_LINK_JSON_MAX + NF_KEPT_JSON_MAX);
    uint64_t revision;

    if (!put_link(scope->r, link, &revision, &out)) {
        return scope->r->err;
    }
    return link->by == NF_LINK_BY_HAND
               ? nf_revised_reply(call, status, revision, &out)
               : nf_reply_json(call, status, &out);
}

/* Nobody said where it is: where it was seen, or why that is not known. */
static nf_error_t
reply_found(struct nf_call *call, struct nf_scope *scope, nf_mac_t mac)
{
    struct nf_port_link link = {.revision = 0};
    char text[WORDS];
    struct nf_out words = nf_out(text, sizeof(text) - 1);

    if (nf_place_find(scope->r, mac, &link, &words) == NF_PLACE_FOUND) {
        return reply_link(call, scope, 200, &link);
    }
    text[words.len] = '\0';
    if (scope->r->err != NF_OK) {
        return scope->r->err;
    }
    (void) nf_refuse(&call->fault, "", "%s", text);
    return NF_NOT_FOUND;
}

nf_error_t
nf_api_link_get(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_port_link link;
    nf_mac_t mac;
    nf_error_t err = nf_reply_find(call, scope, &mac);

    if (err != NF_OK) {
        return err;
    }
    if (nf_links_get(scope->r, mac, &link)) {
        return reply_link(call, scope, 200, &link);
    }
    return scope->r->err != NF_OK ? scope->r->err
                                  : reply_found(call, scope, mac);
}

/* If-Match goes by the ETag that the link was answered with. */
static nf_error_t
match(struct nf_call *call, struct nf_scope *scope, nf_mac_t mac)
{
    struct nf_port_link link;
    char text[NF_LINK_JSON_MAX + NF_KEPT_JSON_MAX];
    struct nf_out out = nf_out(text, sizeof(text));
    uint64_t revision = 0;
    bool has_old = nf_links_get(scope->r, mac, &link)
                   && put_link(scope->r, &link, &revision, &out);

    return nf_revised_match(call, scope, has_old, revision);
}

/* By the name that the switch gives the port, where it has told. */
static nf_error_t
name_port(struct nf_call *call, struct nf_scope *scope,
          struct nf_port_link *link)
{
    char name[NF_LINK_PORT];
    struct nf_switch_seen seen;
    nf_error_t err = nf_ports_check_name(call, link->port);

    if (err != NF_OK || !nf_switches_get(scope->r, link->device, &seen)
        || seen.ports == 0)
    {
        return err != NF_OK ? err : scope->r->err;
    }
    if (!nf_ports_find(scope->r, link->device, nf_text(link->port), name)) {
        return scope->r->err != NF_OK
                   ? scope->r->err
                   : nf_reply_refuse(call, NF_NOT_FOUND, "port",
                                     "the switch has no such port");
    }
    memcpy(link->port, name, sizeof(name));
    return NF_OK;
}

nf_error_t
nf_api_link_put(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_change c = nf_reply_change(call, scope);
    struct said_link said = {.port = ""};
    struct nf_port_link link = {.revision = 0};
    bool is_new;
    nf_error_t err = nf_reply_find(call, scope, &link.node);

    if (err != NF_OK || (err = nf_revised_read(call, fields, &said)) != NF_OK) {
        return err;
    }
    memcpy(link.device, said.device, sizeof(said.device));
    memcpy(link.port, said.port, sizeof(said.port));
    if ((err = name_port(call, scope, &link)) != NF_OK
        || (err = match(call, scope, link.node)) != NF_OK)
    {
        return err;
    }
    err = nf_reply_changed(call, &c, nf_change_link_put(&c, &link, &is_new));
    return err != NF_OK ? err
                        : reply_link(call, scope, is_new ? 201 : 200, &link);
}

nf_error_t
nf_api_link_delete(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_change c = nf_reply_change(call, scope);
    nf_mac_t mac;
    nf_error_t err = nf_reply_find(call, scope, &mac);

    if (err == NF_OK && (err = match(call, scope, mac)) == NF_OK) {
        err = nf_reply_changed(call, &c, nf_change_link_delete(&c, mac));
    }
    if (err == NF_OK) {
        call->status = 204;
    }
    return err;
}
