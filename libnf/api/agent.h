#ifndef NF_API_AGENT_H
#define NF_API_AGENT_H

/*
 * What agents and installers say of themselves in every body, and whether
 * they may.  For the files of this folder.
 *
 * A name proves nothing: the call must come from the address of the node that
 * it names.  Whoever moves a task also shows the token of its attempt, or
 * holds a lease of the node.
 */

#include "api/peer.h"
#include "api/reply.h"
#include "change/change.h"
#include "render/token.h"
#include "json/field.h"

struct nf_agent {
    nf_mac_t mac;
    char sn[64];
    char token[NF_TOKEN_TEXT + 8];
    char task[32];
};

enum nf_agent_member {
    NF_AGENT_MAC = 1 << 0,
    NF_AGENT_SN = 1 << 1,
    NF_AGENT_TASK = 1 << 2,
};

/* What it does with its task: an attempt that is over may ask, not tell. */
enum nf_agent_claim {
    NF_AGENT_ASKS, /* another machine of the same MAC may, and is told to wait
                    */
    NF_AGENT_SAYS,
    NF_AGENT_TELLS,
};

/* Rows of the field table of a struct that has `struct nf_agent agent`. */
/* clang-format off */
#define NF_AGENT_AT(type, member) .offset = offsetof(type, agent.member)
#define NF_AGENT_FIELDS(type)                                                 \
    {"mac",         NF_JSON_MAC,  NF_AGENT_AT(type, mac), .bit = NF_AGENT_MAC}, \
    {"mac_address", NF_JSON_MAC,  NF_AGENT_AT(type, mac), .bit = NF_AGENT_MAC}, \
    {"sn",          NF_JSON_TEXT, NF_AGENT_AT(type, sn), .size = sizeof(((struct nf_agent *) 0)->sn), .bit = NF_AGENT_SN}, \
    {"token",       NF_JSON_TEXT, NF_AGENT_AT(type, token), .size = sizeof(((struct nf_agent *) 0)->token), .may_be_empty = true}, \
    {"task_id",     NF_JSON_TEXT, NF_AGENT_AT(type, task), .size = sizeof(((struct nf_agent *) 0)->task), .bit = NF_AGENT_TASK, .may_be_empty = true}
/* clang-format on */

/* Read a body into object, whose table begins with NF_AGENT_FIELDS. */
nf_error_t nf_agent_read(struct nf_call *call,
                         const struct nf_json_field *fields, void *object,
                         uint32_t *has);

/*
 * The node that speaks.  NF_INVALID: it gave no name; NF_FORBIDDEN: there is
 * no such node, or the caller is another one; both look the same.
 */
nf_error_t nf_agent_find(struct nf_call *call, struct nf_scope *scope,
                         const struct nf_agent *agent, uint32_t has,
                         enum nf_agent_claim claim, struct nf_node_view *view);

/* It shows the token of the node's latest attempt. */
bool nf_agent_has_token(struct nf_scope *scope, const struct nf_agent *agent,
                        const struct nf_node *node);

/* The serial number that a machine says, empty: none.  A maker's words are
 * none, nor is a MAC. */
struct nf_text nf_agent_serial(struct nf_text sn);

/*
 * Another machine than the node's speaks with its MAC: it says another serial
 * number, or none while a report of such a one waits for an operator.
 */
bool nf_agent_is_other(struct nf_read *r, const struct nf_node *node,
                       struct nf_text sn);

/* Its latest task; false: it has none. */
bool nf_agent_task(struct nf_scope *scope, const struct nf_node *node,
                   struct nf_task *task);

/* 200 with a literal. */
nf_error_t nf_agent_reply(struct nf_call *call, const char *json);

#endif
