#ifndef NF_API_CHOSEN_H
#define NF_API_CHOSEN_H

/*
 * Nodes that a call chooses by their labels.
 */

#include "api/reply.h"
#include "model/label.h"

enum {
    NF_CHOSEN_MAX = 1000 /* found by the index; of more the nodes are walked */
};

struct nf_chosen {
    struct nf_selector selector;
    struct nf_text text; /* as it stood in the query */
    bool is_found;       /* nodes are all that are chosen, newest first */
    size_t n;
    struct nf_node_position nodes[NF_CHOSEN_MAX];
};

/*
 * By a selector, which text is; lives in the call's arena.  At most
 * NF_CHOSEN_MAX nodes are looked at.
 */
nf_error_t nf_chosen_by(struct nf_call *call, struct nf_read *r,
                        struct nf_text text, struct nf_chosen **chosen);

/* By ?label=; *chosen stays NULL when there is none. */
nf_error_t nf_chosen_read(struct nf_call *call, struct nf_read *r,
                          struct nf_chosen **chosen);

/* NULL chooses all. */
bool nf_chosen_has(struct nf_read *r, const struct nf_chosen *chosen,
                   nf_mac_t mac);

/* "&label=..." for a link, or nothing. */
void nf_chosen_link(const struct nf_chosen *chosen, struct nf_out *out);

#endif
