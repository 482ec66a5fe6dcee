#ifndef NF_JSON_SHAPE_H
#define NF_JSON_SHAPE_H

/*
 * What a document may look like, by table: objects within objects and lists
 * of them, each described once.
 */

#include "base/arena.h"
#include "base/error.h"
#include "base/value.h"

enum nf_shape_kind {
    NF_SHAPE_TEXT,   /* printable, min..max bytes, as `misfit` says */
    NF_SHAPE_LINES,  /* text of several lines, at most max bytes */
    NF_SHAPE_NUMBER, /* min..max */
    NF_SHAPE_SWITCH,
    NF_SHAPE_WORD, /* one of words */
    NF_SHAPE_MAP,  /* members */
    NF_SHAPE_TEXT_OR_MAP,
    NF_SHAPE_LIST, /* min..max entries, each as *members says */
};

struct nf_shape {
    const char *name; /* NULL ends a table; not used for a list's entry */
    enum nf_shape_kind kind;
    int64_t min, max;
    const char *const *words; /* NULL at the end */
    /* Of a text: NULL when it fits, else what follows "must be ". */
    const char *(*misfit)(struct nf_text text);
    const struct nf_shape *members;
    bool is_required;
};

/*
 * Check an object against a table.  NF_INVALID: the fault's field says where,
 * as in "disk.partitions[1].mount".
 */
nf_error_t nf_shape_check(const struct nf_shape *members,
                          const struct nf_value *map, struct nf_fault *fault);

/*
 * What of an object a table knows, for documents of agents, that may be newer
 * than we are: members that it does not name are left out and counted, nulls
 * are left out.  NF_NO_MEMORY.
 */
nf_error_t nf_shape_keep(const struct nf_shape *members,
                         const struct nf_value *map, nf_arena_t *arena,
                         struct nf_value *kept, unsigned *unknown);

#endif
