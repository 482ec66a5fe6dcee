#ifndef NF_STORE_LEASES_H
#define NF_STORE_LEASES_H

/*
 * DHCP leases, by address, and found by MAC.
 */

#include "model/lease.h"
#include "store/txn.h"

bool nf_leases_get(struct nf_read *r, nf_ip4_t ip, struct nf_lease *lease);
bool nf_leases_put(struct nf_write *w, const struct nf_lease *lease);
bool nf_leases_delete(struct nf_write *w, nf_ip4_t ip);

/*
 * When it ended so long ago that no report of it can still be on its way; one
 * whose end was lost (its hook was killed) ends by its expiry.  0: never.
 */
nf_time_t nf_leases_over(const struct nf_lease *lease);

/* File every one in the index of store/expiry.h; for a store of before it. */
void nf_leases_file(struct nf_write *w);

/* As it was stored and spooled by schema 2. */
struct nf_lease_2;
void nf_lease_from_2(const struct nf_lease_2 *old, struct nf_lease *lease);

/* All, in order of address: the first (after == NULL) or the next one. */
bool nf_leases_next(struct nf_read *r, const nf_ip4_t *after,
                    struct nf_lease *lease);

/* Whether there is one of any MAC of the node, be it over. */
struct nf_node;
bool nf_leases_any_of(struct nf_read *r, const struct nf_node *node);

/*
 * What firmware of this MAC said last that it is: the client architecture, and
 * when.  False: no lease tells.
 */
bool nf_leases_arch_of(struct nf_read *r, nf_mac_t mac, uint16_t *arch,
                       nf_time_t *asked_at);

/* Those of one MAC. */
bool nf_leases_next_of(struct nf_read *r, nf_mac_t mac, const nf_ip4_t *after,
                       struct nf_lease *lease);

#endif
