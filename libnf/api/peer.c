#include "api/peer.h"

#include "store/jump.h"
#include "store/leases.h"

static bool
owns(const struct nf_node *node, nf_mac_t mac)
{
    bool is_own = nf_mac_equal(node->mac, mac);

    for (size_t i = 0; i < node->macs_n && !is_own; i++) {
        is_own = nf_mac_equal(node->macs[i], mac);
    }
    return is_own;
}

/* Where the clock was set forward it ends as much later. */
static bool
runs(const struct nf_call *call, struct nf_read *r,
     const struct nf_lease *lease)
{
    if (lease->expires == 0 || lease->expires >= call->now) {
        return true;
    }
    struct nf_jump jump = nf_jump_get(r);
    return lease->expires + nf_jump_shift(&jump, call->now, lease->changed_at)
           >= call->now;
}

/* One whose end we have not heard of is still its holder's, and nobody else's;
 * false: nobody's. */
static bool
find_lease(const struct nf_call *call, struct nf_read *r,
           struct nf_lease *lease)
{
    return nf_ip4_is_set(call->peer) && nf_leases_get(r, call->peer, lease)
           && !lease->is_gone;
}

enum nf_peer
nf_peer_of(const struct nf_call *call, struct nf_read *r,
           const struct nf_node *node)
{
    struct nf_lease lease;
    bool has_lease = find_lease(call, r, &lease);
    bool is_own = has_lease && owns(node, lease.mac);

    if (!nf_ip4_is_set(call->peer) || r->err != NF_OK || (has_lease && !is_own))
    {
        return NF_PEER_OTHER;
    }
    if (is_own && runs(call, r, &lease)) {
        return NF_PEER_LEASED;
    }
    if (!node->is_leased) {
        return NF_PEER_UNPROVED;
    }
    return nf_ip4_is_set(node->netmask) && nf_ip4_equal(node->ip, call->peer)
               ? NF_PEER_STATIC
               : NF_PEER_OTHER;
}

bool
nf_peer_may_be(const struct nf_call *call, struct nf_read *r,
               const struct nf_node *node, bool has_token)
{
    if (call->listener == NF_LISTENER_API) {
        return true;
    }
    enum nf_peer peer = nf_peer_of(call, r, node);
    return peer == NF_PEER_LEASED || peer == NF_PEER_UNPROVED
           || (peer == NF_PEER_STATIC && has_token);
}

bool
nf_peer_is_leased(const struct nf_call *call, struct nf_read *r,
                  const struct nf_node *node)
{
    return nf_peer_of(call, r, node) == NF_PEER_LEASED;
}

bool
nf_peer_lease(const struct nf_call *call, struct nf_read *r, nf_mac_t *mac)
{
    struct nf_lease lease;

    if (!find_lease(call, r, &lease) || !runs(call, r, &lease)) {
        return false;
    }
    *mac = lease.mac;
    return true;
}
