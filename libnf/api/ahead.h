#ifndef NF_API_AHEAD_H
#define NF_API_AHEAD_H

/*
 * What an installation will need, looked at by the change that begins it: a
 * refusal names the first thing that lacks, and what would only be a pity is
 * told with the answer.  For the files of this folder.
 */

#include "api/reply.h"
#include "preflight/preflight.h"

struct nf_ahead {
    const struct nf_site *site;
    bool is_forced; /* the operator wants it all the same */
    struct nf_findings findings;
};

/* Have the change look ahead; *ahead lives as long as the change. */
void nf_ahead_by(struct nf_change *c, const struct nf_scope *scope,
                 struct nf_ahead *ahead, bool is_forced);

/* ,"warnings":[...] when there are any. */
void nf_put_warnings(struct nf_out *out, const struct nf_ahead *ahead);

/* The same for an answer that nf_reply_task() or nf_reply_node() makes. */
nf_error_t nf_ahead_tell(struct nf_call *call, const struct nf_ahead *ahead);

enum {
    NF_WARNINGS_MAX = 4096 /* as JSON, at most */
};

#endif
