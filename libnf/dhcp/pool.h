#ifndef NF_DHCP_POOL_H
#define NF_DHCP_POOL_H

/*
 * That a pool has no address left for a machine that asks, as nf-reserve found
 * it: a file in NF_RUN_DIR.  Such a machine gets no answer, so nobody else
 * hears of it.
 */

#include "model/range.h"

enum {
    /* A machine that gave up does not ask again, so that it is not known when
     * there are addresses again unless one is given. */
    NF_POOL_FULL_S = 600,
};

struct nf_pool_full {
    nf_time_t since, last; /* the first and the latest that got none */
    nf_ip4_t first, end;   /* the pool */
};

/* Replace the file; since 0: there are addresses again.  False: see errno. */
bool nf_pool_put(const struct nf_settings *settings,
                 const struct nf_pool_full *full);

/* False: no machine was refused an address lately. */
bool nf_pool_get(const struct nf_settings *settings, nf_time_t now,
                 struct nf_pool_full *full);

#endif
