#ifndef NF_STORE_LABELS_H
#define NF_STORE_LABELS_H

/*
 * The labels of nodes, and nodes found by them.
 */

#include "base/address.h"
#include "model/label.h"
#include "store/txn.h"

/* As model/label.h keeps them; empty: it has none. */
struct nf_text nf_labels_get(struct nf_read *r, nf_mac_t mac);

/* All that the node has from now on; empty: none. */
bool nf_labels_put(struct nf_write *w, nf_mac_t mac, struct nf_text labels);

/*
 * The nodes that have this label, or with any_value its key, in order of value
 * and MAC: the next one behind *at, which is zero for the first, and moves on.
 */
struct nf_label_position {
    char value[NF_LABEL_MAX + 1];
    nf_mac_t mac;
    bool has_begun;
};
bool nf_labels_next_of(struct nf_read *r, const struct nf_label *label,
                       bool any_value, struct nf_label_position *at);

#endif
