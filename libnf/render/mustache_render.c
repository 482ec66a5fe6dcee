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

/* Data that was made for this template has the name where the check found it;
 * any other is searched. */
static const struct nf_value *
root_find(const struct nf_value *root, const struct node *node)
{
    const struct nf_name *own = &node->own;

    if (own->name != NULL && root->kind == NF_VALUE_MAP
        && own->place < root->map.n
        && root->map.members[own->place].name == own->name)
    {
        return &root->map.members[own->place].value;
    }
    return member_find(root, node->text.data, node->first);
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

static const struct nf_value *
look_up(const struct scope *scope, const struct node *node)
{
    const struct nf_value *value = NULL;

    if (node->text.len == 1 && node->text.data[0] == '.') {
        return scope->value;
    }
    for (; scope->up != NULL && value == NULL; scope = scope->up) {
        value = member_find(scope->value, node->text.data, node->first);
    }
    if (value == NULL) {
        value = root_find(scope->value, node);
    }
    if (node->first == node->text.len) {
        return value ? value : &none;
    }
    return descend(value, (struct nf_text){node->text.data + node->first + 1,
                                           node->text.len - node->first - 1});
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
                         uint32_t from, uint32_t to);

static nf_error_t
render_body(struct renderer *r, const struct place *place, uint32_t from,
            const struct nf_value *value)
{
    struct scope scope = {place->scope, value};
    struct place inner = {place->template, place->indent, &scope};

    return render(r, &inner, from + 1, place->template->nodes[from].end + 1);
}

static nf_error_t
render_section(struct renderer *r, const struct place *place, uint32_t at)
{
    const struct node *node = &place->template->nodes[at];
    const struct nf_value *value = look_up(place->scope, node);
    bool wanted = node->kind == NODE_SECTION;

    if (is_true(value) != wanted) {
        return NF_OK;
    }
    if (!wanted) {
        return render(r, place, at + 1, node->end + 1);
    }
    if (value->kind != NF_VALUE_LIST) {
        return render_body(r, place, at, value);
    }
    for (size_t i = 0; i < value->list.n; i++) {
        nf_error_t err = render_body(r, place, at, &value->list.items[i]);
        if (err) {
            return err;
        }
    }
    return NF_OK;
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
    return render(r, &inner, 0, node->partial->n);
}

/* One node; sections move *at to their end. */
static nf_error_t
render_node(struct renderer *r, const struct place *place, uint32_t *at)
{
    const struct node *node = &place->template->nodes[*at];
    uint32_t start = *at;

    switch ((enum node_kind) node->kind) {
    case NODE_TEXT:
        put_lines(r->out, node->text, place->indent);
        return NF_OK;
    case NODE_VARIABLE:
        put_value(r->out, look_up(place->scope, node), place->template->escape);
        return NF_OK;
    case NODE_RAW:
        put_value(r->out, look_up(place->scope, node), NF_ESCAPE_NONE);
        return NF_OK;
    case NODE_SECTION:
    case NODE_INVERTED:
        *at = node->end;
        return render_section(r, place, start);
    case NODE_PARTIAL:
        return render_partial(r, place, node);
    case NODE_END:
        break;
    }
    return NF_OK;
}

static nf_error_t
render(struct renderer *r, const struct place *place, uint32_t from,
       uint32_t to)
{
    nf_error_t err = NF_OK;

    if (r->depth == NF_TEMPLATE_DEPTH) {
        return NF_INVALID;
    }
    r->depth++;
    for (uint32_t at = from; at < to && !err; at++) {
        if (place->template->nodes[at].starts_line) {
            put_indent(r->out, place->indent);
        }
        err = r->out->full || ++r->steps > STEPS_MAX
                  ? NF_TOO_LARGE
                  : render_node(r, place, &at);
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

    nf_error_t err = render(&r, &place, 0, template->n);
    if (!err && out->full) {
        err = NF_TOO_LARGE;
    }
    if (err) {
        out->len = before;
    }
    return err;
}
