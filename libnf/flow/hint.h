#ifndef NF_FLOW_HINT_H
#define NF_FLOW_HINT_H

/*
 * What holds a step up, and what to do about it.  For the files of this folder.
 */

#include "flow/why.h"

/*
 * A row: of which step it speaks (a kind, or any OF whom), its word, whether it
 * is so, and what is said, with marks in it (flow/marks.h).
 */
struct nf_hint_row {
    int step;
    const char *state;
    bool (*is_it)(const struct nf_why_facts *facts);
    const char *words;
};

extern const struct nf_hint_row nf_hint_rows[];
extern const size_t nf_hint_rows_n;

/* The step that runs, NULL: none does. */
const struct nf_step *nf_hint_step(const struct nf_why_facts *facts);

/* Say it of the step that runs; the word for it. */
const char *nf_hint_put(struct nf_out *out, const struct nf_why_facts *facts);

/* Nothing was ever heard of the machine. */
bool nf_hint_is_never_seen(const struct nf_why_facts *facts);

/* Its firmware was offered no boot file, and nothing was heard of it since. */
bool nf_hint_is_refused(const struct nf_why_facts *facts);

/* It waits for a machine that was off when its task was approved. */
bool nf_hint_is_before_power(const struct nf_why_facts *facts);

#endif
