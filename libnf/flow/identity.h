#ifndef NF_FLOW_IDENTITY_H
#define NF_FLOW_IDENTITY_H

/*
 * Which machine is which, in words: each sentence names the other one, and the
 * command that settles it.
 */

#include "base/out.h"
#include "flow/why.h"

/* What machines reported that does not fit, one sentence or two each. */
void nf_identity_reports(struct nf_out *out, const struct nf_why_facts *f);

/* Nodes by themselves that may be this machine. */
void nf_identity_kin(struct nf_out *out, const struct nf_why_facts *f);

/* What else is to be known of who this is, each with a blank before it: other
 * tasks of the machine, a node that was deleted.  has_kin: they were named. */
void nf_identity_rest(struct nf_out *out, const struct nf_why_facts *f,
                      bool has_kin);

#endif
