#ifndef NF_RENDER_MUSTACHE_NODE_H
#define NF_RENDER_MUSTACHE_NODE_H

/*
 * A parsed template: what the parser makes and the renderer walks.  Included
 * by these two alone.
 *
 * "a {{#s}}b{{x.y}}{{/s}}" is TEXT "a ", SECTION "s" (end 4), TEXT "b",
 * VARIABLE "x.y" (first 1), END.
 */

#include "render/mustache.h"

enum node_kind {
    NODE_TEXT,
    NODE_VARIABLE,
    NODE_RAW, /* {{{name}}} and {{&name}} */
    NODE_SECTION,
    NODE_INVERTED,
    NODE_END,
    NODE_PARTIAL,
};

struct node {
    uint8_t kind;
    bool starts_line; /* an indented partial puts its indentation here */
    uint32_t line;
    uint32_t end;          /* of a section: the index of its NODE_END */
    uint32_t first;        /* bytes of text before its first dot */
    struct nf_name own;    /* where that stands in the data, once checked */
    struct nf_text text;   /* the text, or the name */
    struct nf_text indent; /* of a standalone partial */
    const struct nf_template *partial;
};

struct nf_template {
    char *source;
    struct node *nodes;
    uint32_t n, cap;
    uint64_t uses;
    enum nf_escape escape;
};

#endif
