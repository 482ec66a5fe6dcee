#include "api/agent.h"

#include "base/serial.h"
#include "store/generation.h"
#include "store/hardware.h"
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

/* Also after its step is over the token is that of the latest attempt: a
 * report whose answer was lost is sent again. */
bool
nf_agent_has_token(struct nf_scope *scope, const struct nf_agent *agent,
                   const struct nf_node *node)
{
    return node->task != 0 && agent->token[0] != '\0'
           && nf_token_check(scope->site->key,
                             (struct nf_attempt){nf_generation(scope->r),
                                                 node->task, node->attempt},
                             nf_text(agent->token));
}

struct nf_text
nf_agent_serial(struct nf_text sn)
{
    char text[sizeof(((struct nf_node *) 0)->serial)];
    nf_mac_t mac;

    return nf_text_copy(text, sizeof(text), sn)
                   && !nf_serial_is_placeholder(text) && !nf_mac_parse(sn, &mac)
               ? sn
               : (struct nf_text){0};
}

/* The clash may be over without another report: the number was corrected, or
 * the other node is gone. */
static bool
is_in_clash(struct nf_read *r, const struct nf_node *node)
{
    struct nf_unmatched unmatched;
    nf_mac_t owner;

    return nf_unmatched_get(r, node->mac, &unmatched)
           && unmatched.reason != NF_UNMATCHED_NO_TASK
           && (unmatched.reason == NF_UNMATCHED_SERIAL_OTHER
               || (nf_nodes_serial_owner(r, unmatched.sn, &owner)
                   && !nf_mac_equal(owner, node->mac)));
}

bool
nf_agent_is_other(struct nf_read *r, const struct nf_node *node,
                  struct nf_text sn)
{
    struct nf_text serial = nf_agent_serial(sn);

    if (serial.len > 0 && node->serial[0] != '\0') {
        return !nf_text_equal(serial, nf_text(node->serial));
    }
    return is_in_clash(r, node);
}

static nf_error_t
refuse(struct nf_call *call, const char *field, const char *why)
{
    return nf_reply_refuse(call, NF_FORBIDDEN, field, why);
}

static nf_error_t
check_claim(struct nf_call *call, struct nf_scope *scope,
            const struct nf_agent *agent, enum nf_agent_claim claim,
            const struct nf_node *node)
{
    bool is_shown = nf_agent_has_token(scope, agent, node);

    if (!nf_peer_may_be(call, scope->r, node, is_shown)) {
        return refuse(call, "", "the caller is not this node");
    }
    if (claim == NF_AGENT_TELLS && !is_shown
        && (agent->token[0] != '\0'
            || !nf_peer_is_leased(call, scope->r, node)))
    {
        return refuse(call, "token",
                      "the token does not belong to a running task");
    }
    if (claim != NF_AGENT_ASKS
        && nf_agent_is_other(scope->r, node, nf_text(agent->sn)))
    {
        return refuse(call, "sn", "another machine has this node's MAC");
    }
    return scope->r->err;
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
    if (!is_known) {
        return refuse(call, "", "the caller is not this node");
    }
    call->about = view->node.mac;
    return check_claim(call, scope, agent, claim, &view->node);
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
