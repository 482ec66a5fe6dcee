#include "render/mustache_node.h"
#include "render/mustache_scan.h"

#include <stdlib.h>

struct parser {
    struct nf_template *template;
    struct scan scan;
    size_t at;
    uint32_t line; /* of the byte at `at` */
    uint32_t sections[NF_TEMPLATE_DEPTH];
    size_t depth;
    const char *name;
    struct nf_fault *fault;
};

static void
count_lines(struct parser *p, size_t to)
{
    for (; p->at < to; p->at++) {
        if (p->scan.source.data[p->at] == '\n') {
            p->line++;
        }
    }
}

static struct node *
push(struct parser *p, enum node_kind kind, struct nf_text text)
{
    struct nf_template *t = p->template;

    if (t->n == t->cap) {
        uint32_t cap = t->cap ? t->cap * 2 : 16;
        struct node *nodes = reallocarray(t->nodes, cap, sizeof(*nodes));
        if (nodes == NULL) {
            return NULL;
        }
        t->nodes = nodes;
        t->cap = cap;
    }
    const char *dot = text.len > 1 ? memchr(text.data, '.', text.len) : NULL;
    struct node *node = &t->nodes[t->n++];
    *node = (struct node){
        .kind = (uint8_t) kind,
        .line = p->line,
        .text = text,
        .first = (uint32_t) (dot ? (size_t) (dot - text.data) : text.len)};
    return node;
}

/* What stands from p->at to `to`. */
static nf_error_t
push_text(struct parser *p, size_t to)
{
    struct nf_text text = {p->scan.source.data + p->at, to - p->at};
    bool is_first = nf_scan_starts_line(&p->scan, p->at);

    if (text.len > 0) {
        struct node *node = push(p, NODE_TEXT, text);
        if (node == NULL) {
            return NF_NO_MEMORY;
        }
        node->starts_line = is_first;
    }
    count_lines(p, to);
    return NF_OK;
}

static nf_error_t
open_section(struct parser *p, const struct tag *tag)
{
    if (p->depth == NF_TEMPLATE_DEPTH) {
        return nf_refuse(p->fault, p->name,
                         "line %u: sections are nested more than %d deep",
                         p->line, NF_TEMPLATE_DEPTH);
    }
    p->sections[p->depth++] = p->template->n;
    return push(p, tag->kind == TAG_SECTION ? NODE_SECTION : NODE_INVERTED,
                tag->text)
               ? NF_OK
               : NF_NO_MEMORY;
}

static nf_error_t
close_section(struct parser *p, const struct tag *tag)
{
    if (p->depth == 0) {
        return nf_refuse(p->fault, p->name, "line %u: {{/%.*s}} closes nothing",
                         p->line, (int) tag->text.len, tag->text.data);
    }
    struct node *opened = &p->template->nodes[p->sections[--p->depth]];
    if (!nf_text_equal(opened->text, tag->text)) {
        return nf_refuse(
            p->fault, p->name,
            "line %u: {{/%.*s}} where {{/%.*s}} is expected, for line %u",
            p->line, (int) tag->text.len, tag->text.data,
            (int) opened->text.len, opened->text.data, opened->line);
    }
    opened->end = p->template->n;
    return push(p, NODE_END, tag->text) ? NF_OK : NF_NO_MEMORY;
}

static nf_error_t
push_named(struct parser *p, enum node_kind kind, const struct tag *tag)
{
    struct node *node = push(p, kind, tag->text);

    if (node == NULL) {
        return NF_NO_MEMORY;
    }
    if (tag->is_alone) {
        node->indent = (struct nf_text){p->scan.source.data + tag->line_start,
                                        p->at - tag->line_start};
    }
    return NF_OK;
}

static nf_error_t
push_tag(struct parser *p, const struct tag *tag)
{
    switch (tag->kind) {
    case TAG_SECTION:
    case TAG_INVERTED:
        return open_section(p, tag);
    case TAG_END:
        return close_section(p, tag);
    case TAG_PARTIAL:
        return push_named(p, NODE_PARTIAL, tag);
    case TAG_RAW:
    case TAG_TRIPLE:
        return push_named(p, NODE_RAW, tag);
    case TAG_COMMENT:
    case TAG_DELIMITERS:
        return NF_OK;
    case TAG_VARIABLE:
        break;
    }
    return push_named(p, NODE_VARIABLE, tag);
}

/* A tag that shares its line; one without a node leaves an empty text at the
 * start of a line, for the indentation there. */
static nf_error_t
push_inline(struct parser *p, const struct tag *tag)
{
    uint32_t before = p->template->n;
    bool is_first = nf_scan_starts_line(&p->scan, p->at);
    nf_error_t err = push_tag(p, tag);

    if (!err && is_first && before == p->template->n) {
        err = push(p, NODE_TEXT, (struct nf_text){0}) ? NF_OK : NF_NO_MEMORY;
    }
    if (!err && is_first) {
        p->template->nodes[before].starts_line = true;
    }
    return err;
}

/* One tag and the text before it. */
static nf_error_t
parse_tag(struct parser *p, size_t at)
{
    struct tag tag;
    const char *why = nf_scan_tag(&p->scan, at, &tag);
    nf_error_t err = push_text(p, tag.is_alone ? tag.line_start : at);

    count_lines(p, at);
    if (why != NULL) {
        return nf_refuse(p->fault, p->name, "line %u: %s", p->line, why);
    }
    if (!err) {
        err = tag.is_alone ? push_tag(p, &tag) : push_inline(p, &tag);
    }
    count_lines(p, tag.is_alone ? tag.line_end : tag.end);
    return err;
}

static nf_error_t
parse(struct parser *p)
{
    size_t at;
    nf_error_t err = NF_OK;

    while (!err && (at = nf_scan_open(&p->scan, p->at)) < p->scan.source.len) {
        err = parse_tag(p, at);
    }
    if (err) {
        return err;
    }
    if (p->depth > 0) {
        const struct node *open =
            &p->template->nodes[p->sections[p->depth - 1]];
        return nf_refuse(p->fault, p->name,
                         "line %u: the section {{#%.*s}} is not closed",
                         open->line, (int) open->text.len, open->text.data);
    }
    return push_text(p, p->scan.source.len);
}

static nf_error_t
parse_copy(struct nf_template *template, const char *name,
           struct nf_text source, struct nf_fault *fault)
{
    template->source = malloc(source.len + 1);
    if (template->source == NULL) {
        return NF_NO_MEMORY;
    }
    if (source.len > 0) {
        memcpy(template->source, source.data, source.len);
    }
    struct parser p = {.template = template,
                       .scan = {.source = {template->source, source.len},
                                .open = NF_TEXT("{{"),
                                .close = NF_TEXT("}}")},
                       .line = 1,
                       .name = name,
                       .fault = fault};
    return parse(&p);
}

nf_error_t
nf_template_new(nf_template_t **template, const char *name,
                struct nf_text source, enum nf_escape escape,
                struct nf_fault *fault)
{
    if (source.len > NF_TEMPLATE_MAX) {
        return nf_refuse(fault, name, "longer than %d bytes", NF_TEMPLATE_MAX);
    }
    struct nf_template *made = calloc(1, sizeof(*made));
    if (made == NULL) {
        return NF_NO_MEMORY;
    }
    made->escape = escape;
    nf_error_t err = parse_copy(made, name, source, fault);
    if (err) {
        nf_template_free(made);
        return err;
    }
    *template = made;
    return NF_OK;
}

void
nf_template_free(nf_template_t *template)
{
    if (template != NULL) {
        free(template->nodes);
        free(template->source);
        free(template);
    }
}

nf_error_t
nf_template_link(nf_template_t *template, nf_partial_find_t *find_partial,
                 const void *set, const char *name, struct nf_fault *fault)
{
    nf_error_t err = NF_OK;

    for (uint32_t i = 0; i < template->n; i++) {
        struct node *node = &template->nodes[i];
        if (node->kind != NODE_PARTIAL) {
            continue;
        }
        node->partial = find_partial(set, node->text);
        if (node->partial == NULL && !err) {
            (void) nf_refuse(fault, name, "line %u: there is no partial %.*s",
                             node->line, (int) node->text.len, node->text.data);
            err = NF_NOT_FOUND;
        }
    }
    return err;
}
