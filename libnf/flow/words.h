#ifndef NF_FLOW_WORDS_H
#define NF_FLOW_WORDS_H

/*
 * Pieces of sentences for people.  For the files of this folder.
 */

#include "flow/why.h"

/* " since 2026-01-22T10:00:00Z": words, and a time. */
void nf_words_time(struct nf_out *out, const char *words, nf_time_t time);

/* The same of what has begun, which was never later than now. */
void nf_words_since(struct nf_out *out, const char *words,
                    const struct nf_why_facts *f, nf_time_t time);

/* "1m2s ago", or "never" for 0. */
void nf_words_ago(struct nf_out *out, nf_time_t now, nf_time_t time);

/* "task-0000001a" */
void nf_words_task(struct nf_out *out, uint64_t id);

/* With colons. */
void nf_words_mac(struct nf_out *out, nf_mac_t mac);

/* "Gi1/0/1 of sw1" between these, where the step is a switch's and its port is
 * known. */
void nf_words_port(struct nf_out *out, const char *before,
                   const struct nf_why_facts *f, const char *after);

/* What a step keeps of a worker's words, or all of them where they are known.
 */
void nf_words_in_full(struct nf_out *out, const struct nf_why_facts *f,
                      const char *kept);

/* "`nf approve task-0000001a`" */
void nf_words_command(struct nf_out *out, const char *verb,
                      const struct nf_task *task);

/* "`nf install 52:54:00:00:00:01`" */
void nf_words_node_command(struct nf_out *out, const char *verb,
                           const struct nf_node *node);

/* That its firmware was offered no boot file, and what lacks. */
void nf_words_firmware(struct nf_out *out, const struct nf_why_facts *facts);

#endif
