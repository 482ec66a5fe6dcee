#ifndef NF_STORE_LINKS_H
#define NF_STORE_LINKS_H

/*
 * Which port a node is at, as an operator says, and what a port was before a
 * task moved it: both by the node's MAC.
 */

#include "model/switch_port.h"
#include "store/txn.h"

/* Each false: there is none, or the scope has failed. */
bool nf_links_get(struct nf_read *r, nf_mac_t mac, struct nf_port_link *link);
/* Of the node that an operator put at this very name of a port. */
bool nf_links_at(struct nf_read *r, const char *device, const char *port,
                 nf_mac_t *mac);
bool nf_links_put(struct nf_write *w, const struct nf_port_link *link);
bool nf_links_delete(struct nf_write *w, nf_mac_t mac);
/* The first link to a port of the switch; false: none leads there. */
bool nf_links_to(struct nf_read *r, const char *device, nf_mac_t *mac);

bool nf_kept_get(struct nf_read *r, nf_mac_t mac, struct nf_port_kept *kept);
bool nf_kept_put(struct nf_write *w, const struct nf_port_kept *kept);
bool nf_kept_delete(struct nf_write *w, nf_mac_t mac);

#endif
