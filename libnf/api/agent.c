#include "api/agent.h"

#include "store/generation.h"
#include "store/tasks.h"

nf_error_t
nf_agent_read(struct nf_call *call, const struct nf_json_field *fields,
              void *object, uint32_t *has)
{
    struct nf_json_reader reader = {
        .fields = fields, .source = NF_JSON_AGENT, .arena = call->arena};
    nf_error_t err = nf_json_read(&reader, call->body, object, &call->fault);

    *has = reader.has;
    return err;
}

/* By the MAC, else by the serial number; a machine that has none may say its
 * MAC there. */
static bool
find_node(struct nf_read *r, const struct nf_agent *agent, uint32_t has,
          struct nf_node_view *view)
{
    nf_mac_t mac;
    bool found =
        (has & NF_AGENT_MAC && nf_nodes_mac_owner(r, agent->mac, &mac))
        || (has & NF_AGENT_SN && nf_nodes_find(r, nf_text(agent->sn), &mac));

    return found && nf_nodes_get(r, mac, view);
}

/*
 * Also after its step is over the token is that of the latest attempt: a
 * report whose answer was lost is sent again.
 */
static bool
may_tell(struct nf_call *call, struct nf_scope *scope,
         const struct nf_agent *agent, const struct nf_node *node)
{
    if (agent->token[0] == '\0') {
        return nf_reply_is_leased_peer(call, scope->r, node);
    }
    return node->task != 0
           && nf_token_check(scope->site->key,
                             (struct nf_attempt){nf_generation(scope->r),
                                                 node->task, node->attempt},
                             nf_text(agent->token));
}

nf_error_t
nf_agent_find(struct nf_call *call, struct nf_scope *scope,
              const struct nf_agent *agent, uint32_t has,
              enum nf_agent_claim claim, struct nf_node_view *view)
{
    if ((has & (NF_AGENT_MAC | NF_AGENT_SN)) == 0) {
        return nf_refuse(&call->fault, "mac", "is missing, and so is sn");
    }
    bool is_known = find_node(scope->r, agent, has, view);
    if (scope->r->err != NF_OK) {
        return scope->r->err;
    }
    if (is_known) {
        call->about = view->node.mac;
    }
    if (!is_known || !nf_reply_is_own_peer(call, scope->r, &view->node)) {
        return nf_reply_refuse(call, NF_FORBIDDEN, "",
                               "the caller is not this node");
    }
    if (claim == NF_AGENT_TELLS && !may_tell(call, scope, agent, &view->node)) {
        return nf_reply_refuse(call, NF_FORBIDDEN, "token",
                               "the token is not that of a running task");
    }
    return NF_OK;
}

bool
nf_agent_task(struct nf_scope *scope, const struct nf_node *node,
              struct nf_task *task)
{
    struct nf_node_view now;

    /* What it just did may have changed the node. */
    return nf_nodes_get(scope->r, node->mac, &now) && now.node.task != 0
           && nf_tasks_get(scope->r, now.node.task, task);
}

nf_error_t
nf_agent_reply(struct nf_call *call, const char *json)
{
    call->status = 200;
    call->type = nf_type_json;
    call->reply = nf_text(json);
    return NF_OK;
}
