#ifndef NF_BASE_VALUE_H
#define NF_BASE_VALUE_H

/*
 * A document: what a template is rendered from, and what JSON is read into.  A
 * small read-only tree that borrows everything it points to: its caller builds
 * it on his stack or in an arena.
 */

#include "base/out.h"

enum nf_value_kind {
    NF_VALUE_NONE, /* as if it were not there */
    NF_VALUE_FALSE,
    NF_VALUE_TRUE,
    NF_VALUE_TEXT,   /* an empty one is false */
    NF_VALUE_NUMBER, /* its digits in text; 0 is true like any other */
    NF_VALUE_LIST,   /* an empty one is false */
    NF_VALUE_MAP,
};

struct nf_member;

struct nf_value {
    enum nf_value_kind kind;
    union {
        struct nf_text text;
        struct {
            const struct nf_value *items;
            size_t n;
        } list;
        struct {
            const struct nf_member *members;
            size_t n;
        } map;
    };
};

/* Names are C strings without dots; the first of a name wins. */
struct nf_member {
    const char *name;
    struct nf_value value;
};

/* The value under name; NULL: map is no map (NULL too), or has no such. */
const struct nf_value *nf_value_member(const struct nf_value *map,
                                       const char *name);

/* The same for a text or a number; empty when there is none of that name. */
struct nf_text nf_value_member_text(const struct nf_value *map,
                                    const char *name);

/* Append as JSON without white space.  NF_VALUE_NONE is null. */
void nf_value_json(struct nf_out *out, const struct nf_value *value);

static inline bool
nf_value_is_bool(const struct nf_value *value)
{
    return value->kind == NF_VALUE_TRUE || value->kind == NF_VALUE_FALSE;
}

static inline struct nf_value
nf_value_bool(bool is_true)
{
    return (struct nf_value){.kind = is_true ? NF_VALUE_TRUE : NF_VALUE_FALSE};
}

static inline struct nf_value
nf_value_text(struct nf_text text)
{
    return (struct nf_value){.kind = NF_VALUE_TEXT, .text = text};
}

static inline struct nf_value
nf_value_string(const char *c_string)
{
    return nf_value_text(nf_text(c_string));
}

static inline struct nf_value
nf_value_list(const struct nf_value *items, size_t n)
{
    return (struct nf_value){.kind = NF_VALUE_LIST, .list = {items, n}};
}

static inline struct nf_value
nf_value_map(const struct nf_member *members, size_t n)
{
    return (struct nf_value){.kind = NF_VALUE_MAP, .map = {members, n}};
}

#endif
