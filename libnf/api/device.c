#include "api/reply.h"
#include "change/change.h"
#include "render/token.h"
#include "json/field.h"

struct operation {
    nf_mac_t mac;
    char sn[64];
    char token[NF_TOKEN_TEXT + 8];
    struct nf_operation_report report;
};

#define IN(member)   .offset = offsetof(struct operation, member)
#define SIZE(member) .size = sizeof(((struct operation *) 0)->member)

/* clang-format off */
static const struct nf_json_field fields[] = {
    {"mac",         NF_JSON_MAC,    IN(mac),   .bit = NF_HAS_MAC},
    {"mac_address", NF_JSON_MAC,    IN(mac),   .bit = NF_HAS_MAC},
    {"sn",          NF_JSON_TEXT,   IN(sn),    SIZE(sn),    .bit = NF_HAS_SERIAL},
    {"token",       NF_JSON_TEXT,   IN(token), SIZE(token), .is_required = true},
    {"operation",   NF_JSON_TEXT,   IN(report.operation), SIZE(report.operation), .is_required = true},
    {"success",     NF_JSON_SWITCH, IN(report.success), .is_required = true},
    {"message",     NF_JSON_TEXT,   IN(report.message), SIZE(report.message), .may_be_empty = true},
    {0},
};
/* clang-format on */

static bool
find_node(struct nf_read *r, const struct operation *op, uint32_t has,
          struct nf_node_view *view)
{
    nf_mac_t mac;
    bool found = has & NF_HAS_MAC ? nf_nodes_mac_owner(r, op->mac, &mac)
                                  : nf_nodes_serial_owner(r, op->sn, &mac);

    return found && nf_nodes_get(r, mac, view);
}

/*
 * The token is of the latest task's attempt, also after the step is over: a
 * report whose answer was lost is sent again.
 */
static bool
is_allowed(struct nf_call *call, struct nf_scope *scope,
           const struct operation *op, const struct nf_node *node)
{
    return node->task != 0
           && nf_token_check(scope->site->key, node->task, node->attempt,
                             nf_text(op->token))
           && nf_reply_is_own_peer(call, scope->r, node);
}

nf_error_t
nf_api_operation(struct nf_call *call, struct nf_scope *scope)
{
    struct operation op = {0};
    struct nf_node_view view;
    struct nf_json_reader reader = {.fields = fields, .source = NF_JSON_AGENT};
    struct nf_change c = {.w = scope->w,
                          .settings = scope->site->settings,
                          .now = call->now,
                          .actor = "node"};
    nf_error_t err = nf_json_read(&reader, call->body, &op, &call->fault);

    if (err != NF_OK) {
        return err;
    }
    if ((reader.has & (NF_HAS_MAC | NF_HAS_SERIAL)) == 0) {
        return nf_refuse(&call->fault, "mac", "is missing");
    }
    if (!find_node(scope->r, &op, reader.has, &view)
        || !is_allowed(call, scope, &op, &view.node))
    {
        return nf_reply_refuse(call, NF_FORBIDDEN, "token",
                               "the token is not that of a running task");
    }
    err = nf_change_operation(&c, view.node.mac, &op.report);
    if (err != NF_OK) {
        call->fault = c.fault;
        return err;
    }
    call->status = 200;
    call->type = nf_type_json;
    call->reply = NF_TEXT("{\"status\":\"ok\"}");
    return NF_OK;
}
