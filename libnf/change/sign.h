#ifndef NF_CHANGE_SIGN_H
#define NF_CHANGE_SIGN_H

/*
 * Signs of a machine that is being installed, noted behind the answers to it.
 * They are no events: what is sent is much, and nothing goes by it but what
 * people are told.
 */

#include "change/change.h"
#include "model/sign.h"
#include "store/nodes.h"

/*
 * The node whose machine has this address, by a lease that runs or as its own;
 * true also means that signs of it are kept: it is being installed.
 */
bool nf_sign_find(struct nf_read *r, nf_ip4_t peer, nf_time_t now,
                  struct nf_node_view *view);

/* Signs of it are kept.  For those who know the node. */
bool nf_sign_is_kept(const struct nf_node *node);

/* Note it with the node's task; one that is not live, or waits to be approved,
 * has none, and that is NF_OK. */
nf_error_t nf_change_sign(struct nf_change *c, nf_mac_t mac,
                          const struct nf_sign_report *report);

/* It asked for its script again, since it could not fetch what the last one
 * named. */
nf_error_t nf_change_sign_failed(struct nf_change *c, nf_mac_t mac);

/* A call of it went well: what was refused of these is over.  Writes only where
 * something was. */
nf_error_t nf_change_sign_over(struct nf_change *c, nf_mac_t mac);

#endif
