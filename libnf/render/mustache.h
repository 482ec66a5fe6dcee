#ifndef NF_RENDER_MUSTACHE_H
#define NF_RENDER_MUSTACHE_H

/*
 * Mustache templates by the specification (mustache.5): variables, sections,
 * inverted sections, comments, partials, set-delimiter tags, dotted names and
 * the implicit iterator.  Parsed once, rendered often, without memory.
 */

#include "base/error.h"
#include "base/out.h"
#include "base/value.h"

enum {
    NF_TEMPLATE_MAX = 65536, /* bytes of one source */
    NF_TEMPLATE_DEPTH = 32,  /* open sections and partials at one time */
};

enum nf_escape {
    NF_ESCAPE_HTML, /* {{name}} as the specification says */
    NF_ESCAPE_NONE, /* {{name}} as it is: values were checked at the border */
};

typedef struct nf_template nf_template_t;

/*
 * Parse a source; the template keeps a copy of it.  name says in faults which
 * template it is, next to the line number; it is not kept.
 */
nf_error_t nf_template_new(nf_template_t **template, const char *name,
                           struct nf_text source, enum nf_escape escape,
                           struct nf_fault *fault);

/* NULL is allowed.  Templates that were linked to this one must go as well. */
void nf_template_free(nf_template_t *template);

/* Who has the partial of this name, NULL for nobody. */
typedef const nf_template_t *nf_partial_find_t(const void *set,
                                               struct nf_text name);

/*
 * Bind the {{>name}} tags to templates, which are borrowed.  NF_NOT_FOUND
 * names the first one that is missing; it renders as nothing, and the others
 * are bound.  A template may include itself.
 */
nf_error_t nf_template_link(nf_template_t *template, nf_partial_find_t *find,
                            const void *set, const char *name,
                            struct nf_fault *fault);

/* Where a name stands: the data's member of this place has this very name. */
struct nf_name {
    const char *name; /* NULL: somewhere, or nowhere */
    uint32_t place;
};

/* Whether a name, or the part of it before the first dot, means something. */
typedef bool nf_name_find_t(struct nf_text name, struct nf_name *found);

/*
 * For a linked template with fixed data, behind its partials: refuse a misspelt
 * variable, which would show nothing, with its line, and partials that include
 * each other.  What has a place is not looked for by its name any more.
 */
nf_error_t nf_template_check(nf_template_t *template, nf_name_find_t *find,
                             const char *name, struct nf_fault *fault);

/* The places below 64 that it and its partials ask for, as bits. */
uint64_t nf_template_uses(const nf_template_t *template);

/*
 * Append to out.  NF_TOO_LARGE: out is too small, or the work has no end in
 * sight; NF_INVALID: deeper than NF_TEMPLATE_DEPTH (partials in a circle).
 * On failure out's length is what it was.  Safe on many threads at once.
 */
nf_error_t nf_template_render(const nf_template_t *template,
                              const struct nf_value *data, struct nf_out *out);

#endif
