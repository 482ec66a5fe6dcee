#ifndef NF_API_ENROLL_H
#define NF_API_ENROLL_H

/*
 * What a machine's report says of a login that it made itself on its own BMC.
 */

#include "api/agent.h"
#include "base/value.h"

/*
 * Take the member "bmc_login" of a report that was taken, NULL: it has none.
 * What is wrong with it is an event of the node's, and no error: a machine can
 * be installed without its BMC.
 */
nf_error_t nf_enroll_take(struct nf_call *call, struct nf_scope *scope,
                          struct nf_change *c, const struct nf_agent *agent,
                          nf_mac_t reporter, const struct nf_value *login);

#endif
