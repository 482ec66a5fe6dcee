#ifndef NF_RELAY_COMPARE_H
#define NF_RELAY_COMPARE_H

/*
 * All nodes, some at a time: what is written for them is compared with the
 * store as a whole now and then, since an event may be missed and a file may
 * be changed by hand.
 */

#include "base/address.h"
#include "store/nodes.h"
#include "turn.h"

enum {
    NF_COMPARE_MAX = 64, /* nodes, before others get their turn */
};

struct nf_compare {
    struct nf_turn *turn;
    nf_time_t at; /* tick when the next one begins */
    bool is_on;   /* one has begun, and goes on behind `from` */
    struct nf_node_position from;
};

/* Begin another one, so much later at the latest. */
void nf_compare_soon(struct nf_compare *compare, nf_time_t pause);

/*
 * The next nodes, when it is time: 0, none.  No scope stays open over what is
 * done about them.  *is_over: these were the last ones.
 */
size_t nf_compare_next(struct nf_compare *compare,
                       nf_mac_t macs[static NF_COMPARE_MAX], bool *is_over);

#endif
