#ifndef NF_MODEL_RESERVATION_H
#define NF_MODEL_RESERVATION_H

/*
 * An address that is kept for one network card, from the moment that it first
 * asks for one: dnsmasq is told of it before it offers anything.  By hand an
 * address is kept for a node: that is the node's own (is_bound, netmask).
 */

#include <assert.h>

#include "base/card.h"
#include "base/out.h"

enum {
    NF_RESERVATION_JSON_MAX = 256,
};

/* Stored: permanent numbers. */
enum nf_reservation_state {
    NF_RESERVATION_OFFERED = 0, /* it asked, and has no lease yet */
    NF_RESERVATION_HELD = 1,    /* it had a lease */
    NF_RESERVATION_DROPPED = 2, /* nobody's, but dnsmasq may know it as one's:
                                   not to be given before it has forgotten */
};

struct nf_reservation {
    nf_time_t made_at;
    nf_time_t
        asked_at; /* last, as far as that was noted; dropped: since when */
    nf_ip4_t ip;
    uint32_t batch; /* those that dnsmasq is told of by one file */
    struct nf_card card;
    uint8_t state; /* enum nf_reservation_state */
    uint8_t reserved[5];
};

static_assert(sizeof(struct nf_reservation) == 48, "stored: see docs/store.md");

void nf_reservation_json(const struct nf_reservation *reservation,
                         struct nf_out *out);

#endif
