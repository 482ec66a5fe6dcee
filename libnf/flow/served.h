#ifndef NF_FLOW_SERVED_H
#define NF_FLOW_SERVED_H

/*
 * What was sent to a machine and refused to it, in words, and whether anything
 * of it moves.  For the files of this folder; facts may have no signs.
 */

#include "flow/why.h"

/*
 * What the machine did or was sent in the last minute, the newest of it: a
 * lease, a file or a part of one, progress, an operation, nf-agent's sign of
 * life.  Put in words after before, and false where there is nothing: then,
 * and only then, may anybody be told to restart it.
 */
bool nf_served_moves(const struct nf_why_facts *facts);
void nf_served_put_move(struct nf_out *out, const struct nf_why_facts *facts);

/* What was refused to it since the step that runs began, and has not succeeded
 * since; NULL: nothing. */
const struct nf_refusal *nf_served_refusal(const struct nf_why_facts *facts);

/* "/files/a was answered 404 (no such file)", and by whom it was asked for,
 * where that is not the node's address. */
void nf_served_put_refusal(struct nf_out *out, const struct nf_refusal *refused,
                           const struct nf_node *node);

/* What to do about it: a sentence, with the commands of this task. */
void nf_served_put_advice(struct nf_out *out, const struct nf_refusal *refused,
                          const struct nf_task *task);

/* Its boot files, each with how much of it was sent, the latest last; since
 * the step began.  False: there are none, and nothing is put. */
bool nf_served_has_files(const struct nf_why_facts *facts);
void nf_served_put_files(struct nf_out *out, const struct nf_why_facts *facts);

/* The latest of this kind since the step that runs began, NULL: none. */
const struct nf_sign *nf_served_since(const struct nf_why_facts *facts,
                                      enum nf_sign_kind kind);

/* When nf-agent in RAM was last heard of, by whatever it said; 0: never. */
nf_time_t nf_served_heard(const struct nf_why_facts *facts);

/* When nf-agent was given the operation that the step that runs is, NULL: it
 * was not. */
const struct nf_sign *nf_served_operation(const struct nf_why_facts *facts);

/* How long an operation of nf-agent may take before anybody looks at it. */
nf_time_t nf_served_patience(unsigned step_kind);

#endif
