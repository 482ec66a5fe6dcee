#ifndef NF_API_PEER_H
#define NF_API_PEER_H

/*
 * What the address that a call comes from says of who calls.
 *
 * Only a lease of ours that runs proves anything, and only where we never
 * leased the node an address is there the benefit of the doubt.  An address
 * that somebody says of himself proves nothing.
 */

#include "api/call.h"
#include "store/nodes.h"

enum nf_peer {
    /* another machine, or one of which nobody can tell */
    NF_PEER_OTHER,
    /* the node never had an address of ours, nor has the peer: it may be any */
    NF_PEER_UNPROVED,
    /* the node's static address, and nobody's by a lease: with the attempt's
     * token it is the node */
    NF_PEER_STATIC,
    /* by a lease that runs */
    NF_PEER_LEASED,
};

/* Nobody is trusted for his listener; a peer that is not IPv4 is another. */
enum nf_peer nf_peer_of(const struct nf_call *call, struct nf_read *r,
                        const struct nf_node *node);

/*
 * The call may be the node's.  has_token: it showed the token of the node's
 * attempt.  The operators' own listener is trusted.
 */
bool nf_peer_may_be(const struct nf_call *call, struct nf_read *r,
                    const struct nf_node *node, bool has_token);

/* It is the node's by a lease; then no token is needed. */
bool nf_peer_is_leased(const struct nf_call *call, struct nf_read *r,
                       const struct nf_node *node);

/* The machine whose lease of ours the peer's address is; false: nobody's. */
bool nf_peer_lease(const struct nf_call *call, struct nf_read *r,
                   nf_mac_t *mac);

#endif
