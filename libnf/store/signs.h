#ifndef NF_STORE_SIGNS_H
#define NF_STORE_SIGNS_H

/*
 * What was sent to each node that is being installed, and refused to it.
 */

#include "model/sign.h"
#include "store/txn.h"

/* False: there are none, and *signs is zero; or the scope has failed. */
bool nf_signs_get(struct nf_read *r, nf_mac_t node, struct nf_signs *signs);
bool nf_signs_put(struct nf_write *w, nf_mac_t node,
                  const struct nf_signs *signs);

/* Forget them. */
bool nf_signs_delete(struct nf_write *w, nf_mac_t node);

#endif
