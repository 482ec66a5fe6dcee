#ifndef NF_MODEL_LABEL_H
#define NF_MODEL_LABEL_H

/*
 * Labels: what operators call their machines by, as key=value, and the
 * selectors that choose by them.
 *
 * A node's labels are kept as one JSON object without white space, its keys in
 * order: {"rack":"r7","role":"db"}.  Keys and values are such that nothing in
 * it needs an escape.
 */

#include "base/arena.h"
#include "base/error.h"
#include "base/out.h"

enum {
    NF_LABELS = 64,             /* of one node */
    NF_LABEL_MAX = 63,          /* bytes of a key, and of a value */
    NF_LABELS_JSON_MAX = 4096,  /* all of a node's together */
    NF_LABELS_BODY_MAX = 65536, /* of a change of them */
    NF_SELECTOR_TERMS = 16,
};

struct nf_label {
    struct nf_text key, value;
};

/* Letters, digits and, but for the first and the last, ". _ - /": a key of 1 to
 * 63 of them, a value of 0 to 63. */
bool nf_label_is_key(struct nf_text text);
bool nf_label_is_value(struct nf_text text);

/* The next of an object as it is kept; *rest is the object at first. */
bool nf_labels_next(struct nf_text *rest, struct nf_label *label);

/* The value under key, or false. */
bool nf_labels_find(struct nf_text labels, struct nf_text key,
                    struct nf_text *value);

/*
 * Write what `labels` are after a change of some (RFC 7396: a null removes).
 * NF_INVALID: fault->field is "labels", or "labels.KEY" where it can be named;
 * nothing was written.  out needs NF_LABELS_JSON_MAX bytes.
 */
nf_error_t nf_labels_merge(struct nf_text labels, struct nf_text patch,
                           nf_arena_t *arena, struct nf_out *out,
                           struct nf_fault *fault);

/* One term of a selector: all must hold. */
enum nf_term_kind {
    NF_TERM_IS,     /* key=value */
    NF_TERM_IS_NOT, /* key!=value: another value, or no such key */
    NF_TERM_HAS,    /* key */
    NF_TERM_LACKS,  /* !key */
};

struct nf_selector {
    size_t n;
    struct {
        enum nf_term_kind kind;
        struct nf_label label;
    } terms[NF_SELECTOR_TERMS];
};

/* "role=db,site!=dc1,rack,!old"; borrows from text.  NF_INVALID: fault->field
 * is "label". */
nf_error_t nf_selector_read(struct nf_text text, struct nf_selector *selector,
                            struct nf_fault *fault);

/* Whether a node of these labels is chosen; a selector without terms chooses
 * all. */
bool nf_selector_chooses(const struct nf_selector *selector,
                         struct nf_text labels);

#endif
