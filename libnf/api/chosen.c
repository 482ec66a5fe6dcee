#include "api/chosen.h"

#include <stdlib.h>

#include "api/page.h"
#include "store/labels.h"

/* --- from the query ----------------------------------------------------------
 */

nf_error_t
nf_chosen_read(struct nf_call *call, struct nf_read *r,
               struct nf_chosen **chosen)
{
    struct nf_text text;

    *chosen = NULL;
    if (!nf_query(call, "label", &text)) {
        return NF_OK;
    }
    nf_error_t err =
        nf_chosen_by(call, r, nf_page_unescape(call, text), chosen);
    if (err == NF_OK) {
        (*chosen)->text = text;
    }
    return err;
}

void
nf_chosen_link(const struct nf_chosen *chosen, struct nf_out *out)
{
    if (chosen != NULL) {
        nf_out_puts(out, "&label=");
        nf_out_put(out, chosen->text);
    }
}

/* --- the nodes ---------------------------------------------------------------
 */

bool
nf_chosen_has(struct nf_read *r, const struct nf_chosen *chosen, nf_mac_t mac)
{
    return chosen == NULL
           || nf_selector_chooses(&chosen->selector, nf_labels_get(r, mac));
}

/* As the list of nodes has them. */
static int
compare(const void *a, const void *b)
{
    const struct nf_node_position *x = a, *y = b;

    return x->created_at != y->created_at
               ? (x->created_at < y->created_at ? 1 : -1)
               : memcmp(x->mac.b, y->mac.b, sizeof(x->mac.b));
}

/* False: there are more than are worth finding so. */
static bool
find(struct nf_read *r, struct nf_chosen *chosen, size_t term)
{
    const struct nf_label *label = &chosen->selector.terms[term].label;
    bool any = chosen->selector.terms[term].kind == NF_TERM_HAS;
    struct nf_label_position at = {.has_begun = false};
    struct nf_node_view view;

    for (size_t i = 0; nf_labels_next_of(r, label, any, &at); i++) {
        if (i == NF_CHOSEN_MAX) {
            return false;
        }
        if (nf_chosen_has(r, chosen, at.mac) && nf_nodes_get(r, at.mac, &view))
        {
            chosen->nodes[chosen->n++] =
                (struct nf_node_position){view.node.created_at, at.mac};
        }
    }
    qsort(chosen->nodes, chosen->n, sizeof(chosen->nodes[0]), compare);
    return r->err == NF_OK;
}

nf_error_t
nf_chosen_by(struct nf_call *call, struct nf_read *r, struct nf_text text,
             struct nf_chosen **out)
{
    struct nf_chosen *chosen = nf_arena_take(call->arena, sizeof(*chosen));

    if (chosen == NULL || text.data == NULL) {
        return NF_NO_MEMORY;
    }
    chosen->text = text;
    nf_error_t err = nf_selector_read(text, &chosen->selector, &call->fault);
    if (err != NF_OK) {
        return err;
    }
    for (size_t i = 0; i < chosen->selector.n && !chosen->is_found; i++) {
        enum nf_term_kind kind = chosen->selector.terms[i].kind;
        if (kind == NF_TERM_IS || kind == NF_TERM_HAS) {
            chosen->n = 0;
            chosen->is_found = find(r, chosen, i);
        }
    }
    *out = chosen;
    return r->err;
}
