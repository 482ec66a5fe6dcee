#ifndef NF_CHANGE_LINK_H
#define NF_CHANGE_LINK_H

/*
 * Which port a node is at, as an operator says, and what a port was before a
 * task moved it.
 */

#include "change/change.h"
#include "model/switch_port.h"

/*
 * Node, device and port are set; the rest is filled in.  NF_NOT_FOUND: no such
 * node or device; NF_INVALID: the device is no switch; NF_CONFLICT: another
 * node is at this port.
 */
nf_error_t nf_change_link_put(struct nf_change *c, struct nf_port_link *link,
                              bool *is_new);

/* NF_NOT_FOUND: the node has none by hand. */
nf_error_t nf_change_link_delete(struct nf_change *c, nf_mac_t mac);

/* A port is about to be moved: what it is now; or what was kept changes. */
bool nf_record_port_kept(struct nf_change *c, struct nf_port_kept *kept);

/* The node has another MAC: both go with it. */
void nf_record_links_moved(struct nf_change *c, nf_mac_t from, nf_mac_t to);

/* The node goes: its link, and what was kept of its port. */
void nf_record_links_left(struct nf_change *c, nf_mac_t mac);

#endif
