#include "render/mustache_node.h"

/* Nodes rendered in one go: templates of ours take a few hundred. */
enum {
    STEPS_MAX = 1000000
};

/* What names are looked up in, innermost first. */
struct scope {
    const struct scope *up;
    const struct nf_value *value;
};

/* The indentations of standalone partials, innermost first. */
struct indent {
    const struct indent *up;
    struct nf_text text;
};

struct renderer {
    struct nf_out *out;
    uint32_t steps;
    uint32_t depth;
};

/* One template's nodes, and where they are shown. */
struct place {
    const struct nf_template *template;
    const struct indent *indent;
    const struct scope *scope;
};

static const struct nf_value none = {.kind = NF_VALUE_NONE};

static const struct nf_value *
member_find(const struct nf_value *map, const char *name, size_t len)
{
    if (map->kind != NF_VALUE_MAP) {
        return NULL;
    }
    for (size_t i = 0; i < map->map.n; i++) {
        const struct nf_member *member = &map->map.members[i];
        if (member->name[0] == name[0] && strncmp(member->name, name, len) == 0
            && member->name[len] == '\0')
        {
            return &member->value;
        }
    }
    return NULL;
}

/* The rest of a dotted name, in what its first part named. */
static const struct nf_value *
descend(const struct nf_value *value, struct nf_text rest)
{
    while (value != NULL && rest.data != NULL) {
        struct nf_text part = nf_text_cut(&rest, '.');
        value = member_find(value, part.data, part.len);
    }
    return value ? value : &none;
}

/* Not inlined: hardly any look-up comes here. */
static __attribute__((noinline)) const struct nf_value *
search(const struct scope *scope, const struct node *node)
{
    const struct nf_value *value = NULL;

    if (node->text.len == 1 && node->text.data[0] == '.') {
        return scope->value;
    }
    for (; scope != NULL && value == NULL; scope = scope->up) {
        value = member_find(scope->value, node->text.data, node->first);
    }
    if (node->first == node->text.len) {
        return value ? value : &none;
    }
    return descend(value, (struct nf_text){node->text.data + node->first + 1,
                                           node->text.len - node->first - 1});
}

/* Data that was made for this template has the name where the check found it,
 * unless something further in has one like it. */
static inline const struct nf_value *
look_up(const struct scope *scope, const struct node *node)
{
    const struct nf_name *own = &node->own;
    const struct scope *root = scope;

    while (root->up != NULL && root->value->kind != NF_VALUE_MAP) {
        root = root->up;
    }
    const struct nf_value *data = root->value;
    if (own->name == NULL || root->up != NULL || data->kind != NF_VALUE_MAP
        || own->place >= data->map.n)
    {
        return search(scope, node);
    }
    const struct nf_member *member = &data->map.members[own->place];
    return member->name == own->name && node->first == node->text.len
               ? &member->value
               : search(scope, node);
}

static bool
is_true(const struct nf_value *value)
{
    switch (value->kind) {
    case NF_VALUE_NONE:
    case NF_VALUE_FALSE:
        return false;
    case NF_VALUE_TEXT:
        return value->text.len > 0;
    case NF_VALUE_LIST:
        return value->list.n > 0;
    case NF_VALUE_TRUE:
    case NF_VALUE_NUMBER:
    case NF_VALUE_MAP:
        break;
    }
    return true;
}

static void
put_html(struct nf_out *out, struct nf_text text)
{
    for (size_t i = 0; i < text.len; i++) {
        switch (text.data[i]) {
        case '&':
            nf_out_put(out, NF_TEXT("&amp;"));
            break;
        case '"':
            nf_out_put(out, NF_TEXT("&quot;"));
            break;
        case '<':
            nf_out_put(out, NF_TEXT("&lt;"));
            break;
        case '>':
            nf_out_put(out, NF_TEXT("&gt;"));
            break;
        default:
            nf_out_putc(out, text.data[i]);
        }
    }
}

static void
put_value(struct nf_out *out, const struct nf_value *value,
          enum nf_escape escape)
{
    if (value->kind == NF_VALUE_TEXT && escape == NF_ESCAPE_HTML) {
        put_html(out, value->text);
    } else if (value->kind == NF_VALUE_TEXT || value->kind == NF_VALUE_NUMBER) {
        nf_out_put(out, value->text);
    } else if (value->kind == NF_VALUE_TRUE) {
        nf_out_put(out, NF_TEXT("true"));
    } else if (value->kind == NF_VALUE_FALSE) {
        nf_out_put(out, NF_TEXT("false"));
    }
}

static void
put_indent(struct nf_out *out, const struct indent *indent)
{
    if (indent != NULL) {
        put_indent(out, indent->up); /* as deep as partials are */
        nf_out_put(out, indent->text);
    }
}

/* Each line of the template is indented, lines of a value are not. */
static void
put_lines(struct nf_out *out, struct nf_text text, const struct indent *indent)
{
    while (indent != NULL && text.len > 0) {
        const char *end = memchr(text.data, '\n', text.len);
        size_t len = end ? (size_t) (end - text.data) + 1 : text.len;
        if (len == text.len) {
            break;
        }
        nf_out_put(out, (struct nf_text){text.data, len});
        put_indent(out, indent);
        text.data += len;
        text.len -= len;
    }
    nf_out_put(out, text);
}

static nf_error_t render(struct renderer *r, const struct place *place,
                         const struct node *node, const struct node *end);

static nf_error_t
render_body(struct renderer *r, const struct place *place,
            const struct node *section, const struct node *end,
            const struct nf_value *value)
{
    struct scope scope = {place->scope, value};
    struct place inner = {place->template, place->indent, &scope};

    return render(r, &inner, section + 1, end);
}

static nf_error_t
render_section(struct renderer *r, const struct place *place,
               const struct node *node, const struct node *end)
{
    const struct nf_value *value = look_up(place->scope, node);
    bool wanted = node->kind == NODE_SECTION;

    if (is_true(value) != wanted) {
        return NF_OK;
    }
    if (!wanted) {
        return render(r, place, node + 1, end);
    }
    if (value->kind != NF_VALUE_LIST) {
        return render_body(r, place, node, end, value);
    }
    for (size_t i = 0; i < value->list.n; i++) {
        nf_error_t err =
            render_body(r, place, node, end, &value->list.items[i]);
        if (err) {
            return err;
        }
    }
    return NF_OK;
}

static nf_error_t
render_whole(struct renderer *r, const struct place *place)
{
    const struct node *nodes = place->template->nodes;

    return render(r, place, nodes, nodes + place->template->n);
}

static nf_error_t
render_partial(struct renderer *r, const struct place *place,
               const struct node *node)
{
    struct indent indent = {place->indent, node->indent};
    struct place inner = {node->partial, NULL, place->scope};

    if (node->partial == NULL) {
        return NF_OK;
    }
    if (node->indent.data != NULL) {
        inner.indent =
            indent.up == NULL && indent.text.len == 0 ? NULL : &indent;
    }
    return render_whole(r, &inner);
}

/* One node; the next is behind what is returned. */
static const struct node *
render_node(struct renderer *r, const struct place *place,
            const struct node *node, nf_error_t *err)
{
    const struct node *end = node;

    switch ((enum node_kind) node->kind) {
    case NODE_TEXT:
        put_lines(r->out, node->text, place->indent);
        break;
    case NODE_VARIABLE:
        put_value(r->out, look_up(place->scope, node), place->template->escape);
        break;
    case NODE_RAW:
        put_value(r->out, look_up(place->scope, node), NF_ESCAPE_NONE);
        break;
    case NODE_SECTION:
    case NODE_INVERTED:
        end = place->template->nodes + node->end;
        *err = render_section(r, place, node, end);
        break;
    case NODE_PARTIAL:
        *err = render_partial(r, place, node);
        break;
    case NODE_END:
        break;
    }
    return end;
}

static nf_error_t
render(struct renderer *r, const struct place *place, const struct node *node,
       const struct node *end)
{
    nf_error_t err = NF_OK;

    if (r->depth == NF_TEMPLATE_DEPTH) {
        return NF_INVALID;
    }
    r->steps += (uint32_t) (end - node) + 1;
    if (r->out->full || r->steps > STEPS_MAX) {
        return NF_TOO_LARGE;
    }
    r->depth++;
    for (; node < end && !err; node++) {
        if (node->starts_line) {
            put_indent(r->out, place->indent);
        }
        node = render_node(r, place, node, &err);
    }
    r->depth--;
    return err;
}

nf_error_t
nf_template_render(const nf_template_t *template, const struct nf_value *data,
                   struct nf_out *out)
{
    struct renderer r = {.out = out};
    struct scope root = {NULL, data};
    struct place place = {template, NULL, &root};
    size_t before = out->len;

    nf_error_t err = render_whole(&r, &place);
    if (!err && out->full) {
        err = NF_TOO_LARGE;
    }
    if (err) {
        out->len = before;
    }
    return err;
}
