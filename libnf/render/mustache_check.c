#include "render/mustache_node.h"

/* Tags looked at in one go; a chain of partials that double at each step
 * would have no end in sight. */
enum {
    VISITS_MAX = 100000
};

static uint64_t
bit_of(const struct nf_name *own)
{
    return own->name != NULL && own->place < 64 ? (uint64_t) 1 << own->place
                                                : 0;
}

/* Adds up what is used. */
static bool
has_end(const struct nf_template *template, uint32_t depth, uint32_t *visits,
        uint64_t *uses)
{
    if (depth == NF_TEMPLATE_DEPTH) {
        return false;
    }
    for (uint32_t i = 0; i < template->n; i++) {
        const struct nf_template *partial = template->nodes[i].partial;
        *uses |= bit_of(&template->nodes[i].own);
        if (++*visits > VISITS_MAX
            || (partial != NULL && !has_end(partial, depth + 1, visits, uses)))
        {
            return false;
        }
    }
    return true;
}

static bool
is_lookup(const struct node *node)
{
    return node->kind == NODE_VARIABLE || node->kind == NODE_RAW
           || node->kind == NODE_SECTION || node->kind == NODE_INVERTED;
}

nf_error_t
nf_template_check(nf_template_t *template, nf_name_find_t *find,
                  const char *name, struct nf_fault *fault)
{
    uint32_t visits = 0;

    for (uint32_t i = 0; i < template->n; i++) {
        struct node *node = &template->nodes[i];
        struct nf_text first = {node->text.data, node->first};
        if (is_lookup(node) && !nf_text_equal(first, NF_TEXT("."))
            && !find(first, &node->own))
        {
            return nf_refuse(fault, name, "line %u: there is no variable %.*s",
                             node->line, (int) first.len, first.data);
        }
    }
    template->uses = 0;
    return has_end(template, 0, &visits, &template->uses)
               ? NF_OK
               : nf_refuse(fault, name, "its partials include each other");
}

uint64_t
nf_template_uses(const nf_template_t *template)
{
    return template->uses;
}
