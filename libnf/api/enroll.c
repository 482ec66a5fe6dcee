#include "api/enroll.h"

#include <sodium/utils.h>
#include <stdio.h>

#include "bmc/enroll.h"
#include "change/enroll.h"

/* A login is taken from nobody who only might be the node: he would be sent
 * its power commands. */
static const char *
find_doubt(struct nf_call *call, struct nf_scope *scope,
           const struct nf_agent *agent, const struct nf_node *node)
{
    if (!nf_peer_is_leased(call, scope->r, node)
        && !nf_agent_has_token(scope, agent, node))
    {
        return "the report came with neither the node's lease nor its task's "
               "token";
    }
    return nf_agent_is_other(scope->r, node, nf_text(agent->sn))
               ? "another machine has this node's MAC"
               : NULL;
}

/* What was sealed for one machine is none of another's. */
static bool
is_of(const struct nf_enroll_login *login, nf_mac_t reporter,
      const struct nf_agent *agent)
{
    struct nf_text sealed = nf_agent_serial(nf_text(login->serial));
    struct nf_text said = nf_agent_serial(nf_text(agent->sn));
    nf_mac_t mac;

    return nf_mac_parse(nf_text(login->mac), &mac)
           && nf_mac_equal(mac, reporter)
           && (sealed.len == 0 || said.len == 0 || nf_text_equal(sealed, said));
}

static nf_error_t
take_sealed(struct nf_scope *scope, struct nf_change *c,
            const struct nf_agent *agent, nf_mac_t reporter,
            const struct nf_node *node, struct nf_text sealed)
{
    struct nf_enroll_login login;
    nf_error_t err =
        nf_enroll_open(sealed, scope->site->key, &login, &c->fault);

    if (err == NF_OK && !is_of(&login, reporter, agent)) {
        err = nf_refuse(&c->fault, "", "it was sealed for another machine");
    }
    if (err == NF_OK) {
        err = nf_change_enroll(
            c, node->mac,
            &(struct nf_enrolled){login.address, login.user, login.password});
    }
    sodium_memzero(&login, sizeof(login));
    return err;
}

nf_error_t
nf_enroll_take(struct nf_call *call, struct nf_scope *scope,
               struct nf_change *c, const struct nf_agent *agent,
               nf_mac_t reporter, const struct nf_value *login)
{
    char why[NF_NOT_ENROLLED] = "";
    struct nf_node_view view;

    if (login == NULL || scope->site->enroll[0] == '\0'
        || !nf_nodes_get_owner(scope->r, reporter, &view))
    {
        return scope->r->err;
    }
    nf_text_copy_words(why, sizeof(why), nf_value_member_text(login, "error"));
    const char *doubt = find_doubt(call, scope, agent, &view.node);
    if (doubt != NULL) {
        snprintf(why, sizeof(why), "%s", doubt);
    }
    if (why[0] == '\0'
        && take_sealed(scope, c, agent, reporter, &view.node,
                       nf_value_member_text(login, "sealed"))
               != NF_OK)
    {
        snprintf(why, sizeof(why), "%s%s%s", c->fault.field,
                 c->fault.field[0] != '\0' ? " " : "", c->fault.reason);
    }
    if (scope->r->err == NF_OK && why[0] != '\0') {
        (void) nf_change_not_enrolled(c, view.node.mac, why);
    }
    return scope->r->err;
}
