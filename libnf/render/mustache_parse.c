#include "render/mustache_node.h"

#include <stdlib.h>

/* The tag types, by the character behind the opening delimiter. */
enum tag_kind {
    TAG_VARIABLE,
    TAG_RAW,
    TAG_TRIPLE,
    TAG_SECTION,
    TAG_INVERTED,
    TAG_END,
    TAG_PARTIAL,
    TAG_COMMENT,
    TAG_DELIMITERS,
};

struct tag {
    enum tag_kind kind;
    struct nf_text text; /* trimmed */
    size_t at, end;      /* where it stands, delimiters included */
    bool is_alone;       /* nothing else but blanks on its lines */
};

struct parser {
    struct nf_template *template;
    struct nf_text source;
    struct nf_text open, close; /* delimiters */
    size_t at;
    uint32_t line; /* of the byte at `at` */
    uint32_t sections[NF_TEMPLATE_DEPTH];
    size_t depth;
    const char *name;
    struct nf_fault *fault;
};

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool
is_space(char c)
{
    return is_blank(c) || c == '\n' || c == '\r';
}

static struct nf_text
trim(struct nf_text text)
{
    while (text.len > 0 && is_space(text.data[0])) {
        text.data++;
        text.len--;
    }
    while (text.len > 0 && is_space(text.data[text.len - 1])) {
        text.len--;
    }
    return text;
}

/* Where mark stands in the source, from `from` on; its length if nowhere. */
static size_t
find(const struct parser *p, size_t from, struct nf_text mark)
{
    const char *found = memmem(p->source.data + from, p->source.len - from,
                               mark.data, mark.len);

    return found ? (size_t) (found - p->source.data) : p->source.len;
}

static bool
starts_line(const struct parser *p, size_t at)
{
    return at == 0 || p->source.data[at - 1] == '\n';
}

static void
count_lines(struct parser *p, size_t to)
{
    for (; p->at < to; p->at++) {
        if (p->source.data[p->at] == '\n') {
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

/* What stands from p->at to `to`.  An empty one is kept at the start of a
 * line, for the indentation there. */
static nf_error_t
push_text(struct parser *p, size_t to, bool keep_empty)
{
    struct nf_text text = {p->source.data + p->at, to - p->at};
    bool is_first = starts_line(p, p->at);

    if (text.len > 0 || (keep_empty && is_first)) {
        struct node *node = push(p, NODE_TEXT, text);
        if (node == NULL) {
            return NF_NO_MEMORY;
        }
        node->starts_line = is_first;
    }
    count_lines(p, to);
    return NF_OK;
}

/* Dots divide a name into parts, none of them empty; "." is the item. */
static bool
is_name(struct nf_text name, bool has_parts)
{
    if (name.len == 0) {
        return false;
    }
    for (size_t i = 0; i < name.len; i++) {
        if (name.data[i] <= 0x20 || name.data[i] >= 0x7f) {
            return false;
        }
        if (has_parts && name.len > 1 && name.data[i] == '.'
            && (i == 0 || i + 1 == name.len || name.data[i - 1] == '.'))
        {
            return false;
        }
    }
    return true;
}

static enum tag_kind
tag_kind(char c)
{
    static const char marks[] = "&{#^/>!=";
    const char *found = c != '\0' ? strchr(marks, c) : NULL;

    return found ? (enum tag_kind)(found - marks + TAG_RAW) : TAG_VARIABLE;
}

/* The byte that must stand before the closing delimiter, or 0. */
static char
last_mark(enum tag_kind kind)
{
    return kind == TAG_TRIPLE ? '}' : kind == TAG_DELIMITERS ? '=' : 0;
}

/* From behind the type's mark to the closing delimiter: "{{{a}}}" ends at the
 * first "}}" with a '}' of its own before it. */
static bool
scan_tag(const struct parser *p, size_t from, struct tag *tag)
{
    char last = last_mark(tag->kind);
    size_t at = find(p, from, p->close);

    while (at < p->source.len && last != 0
           && (at == from || p->source.data[at - 1] != last))
    {
        at = find(p, at + 1, p->close);
    }
    if (at == p->source.len) {
        return false;
    }
    tag->end = at + p->close.len;
    tag->text =
        trim((struct nf_text){p->source.data + from, at - from - (last != 0)});
    return true;
}

/* The end of the line, if nothing but blanks is left on it, else 0. */
static size_t
blank_to_line_end(const struct parser *p, size_t at)
{
    while (at < p->source.len && is_blank(p->source.data[at])) {
        at++;
    }
    if (at < p->source.len && p->source.data[at] == '\r') {
        at++;
        return at < p->source.len && p->source.data[at] == '\n' ? at + 1 : 0;
    }
    if (at < p->source.len && p->source.data[at] == '\n') {
        return at + 1;
    }
    return at == p->source.len ? at : 0;
}

/* Where the line of `at` starts, if nothing but blanks is before it; else -1
 * as size_t. */
static size_t
blank_from_line_start(const struct parser *p, size_t at)
{
    while (at > 0 && is_blank(p->source.data[at - 1])) {
        at--;
    }
    return starts_line(p, at) ? at : (size_t) -1;
}

static nf_error_t
set_delimiters(struct parser *p, struct nf_text text)
{
    size_t open = 0, gap;

    while (open < text.len && !is_space(text.data[open])) {
        open++;
    }
    for (gap = open; gap < text.len && is_space(text.data[gap]); gap++) {
    }
    struct nf_text close = {text.data + gap, text.len - gap};
    if (open == 0 || close.len == 0 || memchr(text.data, '=', text.len)
        || memchr(close.data, ' ', close.len)
        || memchr(close.data, '\n', close.len)
        || memchr(close.data, '\t', close.len)
        || memchr(close.data, '\r', close.len))
    {
        return nf_refuse(p->fault, p->name, "line %u: bad set-delimiter tag",
                         p->line);
    }
    p->open = (struct nf_text){text.data, open};
    p->close = close;
    return NF_OK;
}

static nf_error_t
open_section(struct parser *p, const struct tag *tag)
{
    if (p->depth == NF_TEMPLATE_DEPTH) {
        return nf_refuse(p->fault, p->name,
                         "line %u: sections are nested more "
                         "than %d deep",
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
            "line %u: {{/%.*s}} stands where {{/%.*s}} is due, of line %u",
            p->line, (int) tag->text.len, tag->text.data,
            (int) opened->text.len, opened->text.data, opened->line);
    }
    opened->end = p->template->n;
    return push(p, NODE_END, tag->text) ? NF_OK : NF_NO_MEMORY;
}

static nf_error_t
push_simple(struct parser *p, enum node_kind kind, const struct tag *tag)
{
    struct node *node = push(p, kind, tag->text);

    if (node == NULL) {
        return NF_NO_MEMORY;
    }
    if (kind == NODE_PARTIAL && tag->is_alone) {
        size_t start = blank_from_line_start(p, tag->at);
        node->indent =
            (struct nf_text){p->source.data + start, tag->at - start};
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
        return push_simple(p, NODE_PARTIAL, tag);
    case TAG_COMMENT:
        return NF_OK;
    case TAG_DELIMITERS:
        return set_delimiters(p, tag->text);
    case TAG_RAW:
    case TAG_TRIPLE:
        return push_simple(p, NODE_RAW, tag);
    case TAG_VARIABLE:
        break;
    }
    return push_simple(p, NODE_VARIABLE, tag);
}

static bool
has_name(enum tag_kind kind)
{
    return kind != TAG_COMMENT && kind != TAG_DELIMITERS;
}

static bool
can_stand_alone(enum tag_kind kind)
{
    return kind >= TAG_SECTION;
}

static nf_error_t
read_tag(struct parser *p, size_t at, struct tag *tag)
{
    size_t from = at + p->open.len;

    while (from < p->source.len && is_space(p->source.data[from])) {
        from++;
    }
    *tag = (struct tag){.at = at};
    tag->kind = tag_kind(from < p->source.len ? p->source.data[from] : '\0');
    from += tag->kind != TAG_VARIABLE;
    if (!scan_tag(p, from, tag)) {
        return nf_refuse(p->fault, p->name, "line %u: a tag is not closed",
                         p->line);
    }
    if (has_name(tag->kind) && !is_name(tag->text, tag->kind != TAG_PARTIAL)) {
        return nf_refuse(p->fault, p->name,
                         "line %u: a tag without a good name", p->line);
    }
    return NF_OK;
}

/* One tag and the text before it. */
static nf_error_t
parse_tag(struct parser *p, size_t at)
{
    struct tag tag;
    struct parser ahead = *p;

    count_lines(&ahead, at);
    nf_error_t err = read_tag(&ahead, at, &tag);
    if (err) {
        return err;
    }
    size_t start = blank_from_line_start(p, at);
    size_t end = blank_to_line_end(p, tag.end);
    tag.is_alone = can_stand_alone(tag.kind) && start != (size_t) -1 && end > 0;
    err = push_text(p, tag.is_alone ? start : at, false);
    if (err) {
        return err;
    }
    uint32_t before = p->template->n;
    bool is_first = !tag.is_alone && starts_line(p, at);
    if (is_first && !has_name(tag.kind)) {
        err = push_text(p, at, true);
        is_first = false;
    }
    count_lines(p, at);
    err = err ? err : push_tag(p, &tag);
    if (!err && is_first) {
        p->template->nodes[before].starts_line = true;
    }
    count_lines(p, tag.is_alone ? end : tag.end);
    return err;
}

static nf_error_t
parse(struct parser *p)
{
    size_t at;

    while ((at = find(p, p->at, p->open)) < p->source.len) {
        nf_error_t err = parse_tag(p, at);
        if (err) {
            return err;
        }
    }
    if (p->depth > 0) {
        const struct node *open =
            &p->template->nodes[p->sections[p->depth - 1]];
        return nf_refuse(p->fault, p->name,
                         "line %u: the section {{#%.*s}} is not closed",
                         open->line, (int) open->text.len, open->text.data);
    }
    return push_text(p, p->source.len, false);
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
                       .source = {template->source, source.len},
                       .open = NF_TEXT("{{"),
                       .close = NF_TEXT("}}"),
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
