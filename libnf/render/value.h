#ifndef NF_RENDER_VALUE_H
#define NF_RENDER_VALUE_H

/*
 * What a template is rendered from: a small read-only tree that the caller
 * builds on his stack and that borrows everything it points to.
 */

#include "base/text.h"

enum nf_value_kind {
    NF_VALUE_NONE, /* as if it were not there */
    NF_VALUE_FALSE,
    NF_VALUE_TRUE,
    NF_VALUE_TEXT, /* an empty one is false */
    NF_VALUE_LIST, /* an empty one is false */
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
