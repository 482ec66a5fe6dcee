/*
 * A node's network card is replaced.
 */
#include "api/reply.h"
#include "change/change.h"
#include "json/field.h"

struct replaced {
    nf_mac_t mac, old;
    uint32_t has;
};

enum {
    HAS_OLD = 1
};

/* clang-format off */
static const struct nf_json_field fields[] = {
    {"mac", NF_JSON_MAC, .offset = offsetof(struct replaced, mac), .is_required = true},
    {"old", NF_JSON_MAC, .offset = offsetof(struct replaced, old), .bit = HAS_OLD},
    {0},
};
/* clang-format on */

static nf_error_t
read_body(struct nf_call *call, struct replaced *body)
{
    struct nf_json_reader reader = {
        .fields = fields, .source = NF_JSON_OPERATOR, .arena = call->arena};
    nf_error_t err = nf_reply_check_type(call);

    if (err == NF_OK) {
        err = nf_json_read(&reader, call->body, body, &call->fault);
        body->has = reader.has;
    }
    return err;
}

/* Without `old` it is the card that the node is called by. */
nf_error_t
nf_api_card_replace(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_change c = nf_reply_change(call, scope);
    struct replaced body = {.has = 0};
    struct nf_node_view view;
    nf_mac_t mac;
    nf_error_t err = nf_reply_find(call, scope, &mac);

    if (err != NF_OK || (err = read_body(call, &body)) != NF_OK) {
        return err;
    }
    if (nf_nodes_get(scope->r, mac, &view)
        && (err = nf_reply_match(call, &view.node)) != NF_OK)
    {
        return err;
    }
    err = nf_change_card_replace(&c, &mac, body.has & HAS_OLD ? body.old : mac,
                                 body.mac);
    if (err != NF_OK) {
        return nf_reply_changed(call, &c, err);
    }
    return nf_nodes_get(scope->r, mac, &view)
               ? nf_reply_node(call, scope->r, 200, &view)
               : scope->r->err;
}
