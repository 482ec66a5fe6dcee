#ifndef NF_FLOW_OVER_H
#define NF_FLOW_OVER_H

/*
 * What is said of a task that failed, or was cancelled or rejected: by what,
 * what was known then, and how to start over.  For the files of this folder.
 */

#include "flow/why.h"

/* What came of it; sets the word for that. */
void nf_over_put(struct nf_out *out, const struct nf_why_facts *f,
                 struct nf_why *why);

/* What installs its machine after all; nothing for a rejected one. */
void nf_over_put_advice(struct nf_out *out, const struct nf_why_facts *f);

#endif
