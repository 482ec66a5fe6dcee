#ifndef NF_STORE_STRANGERS_H
#define NF_STORE_STRANGERS_H

/*
 * Nodes that nobody has named: machines that showed themselves, or somebody
 * who says that he is so many.  What they hold is counted, and the oldest is
 * found, so that they can be bounded.
 */

#include "model/node.h"
#include "store/txn.h"

struct nf_strangers {
    uint64_t n;
    uint64_t bytes; /* of their inventories */
};
struct nf_strangers nf_strangers_count(struct nf_read *r);

/* The one to give up first, which is not keep: the oldest of those that never
 * leased an address, else of all.  False: there is none. */
bool nf_strangers_oldest(struct nf_read *r, nf_mac_t keep, nf_mac_t *mac);

/*
 * For those who store nodes and inventories.  A node's record changes; old or
 * now NULL: there was none, there is none any more.  And its inventory has so
 * many bytes instead of so many.
 */
void nf_strangers_follow(struct nf_write *w, const struct nf_node *old,
                         const struct nf_node *now);
void nf_strangers_resize(struct nf_write *w, nf_mac_t mac, size_t was,
                         size_t is);

/* Its row's key: see docs/store.md. */
struct nf_key;
void nf_strangers_key(const struct nf_node *node, struct nf_key *key);

#endif
