#ifndef NF_JSON_TREE_H
#define NF_JSON_TREE_H

/*
 * Whole documents: JSON as a tree of values, and one merged into another.
 */

#include "base/arena.h"
#include "base/error.h"
#include "base/value.h"

/*
 * Read any JSON into the arena; nothing points into text afterwards.  Numbers
 * must be integers.  Texts are UTF-8 and may hold any character, NUL too:
 * check them by nf_shape_check().
 */
nf_error_t nf_json_tree(struct nf_text text, nf_arena_t *arena,
                        struct nf_value *value, struct nf_fault *fault);

/* The same of what an agent sends: of a number with a fraction what stands
 * before it is taken. */
nf_error_t nf_json_tree_cut(struct nf_text text, nf_arena_t *arena,
                            struct nf_value *value, struct nf_fault *fault);

/*
 * target changed by patch (RFC 7396): objects are merged member by member, a
 * null removes, anything else replaces.  The result borrows from both and from
 * the arena.
 */
nf_error_t nf_value_merge(const struct nf_value *target,
                          const struct nf_value *patch, nf_arena_t *arena,
                          struct nf_value *merged);

#endif
