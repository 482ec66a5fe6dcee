#ifndef NF_RESERVE_ROUND_H
#define NF_RESERVE_ROUND_H

/*
 * What all parts of a round know.
 */

#include "base/quota.h"
#include "bucket.h"
#include "dhcp/pool.h"
#include "dhcp/unanswered.h"
#include "firmware.h"
#include "queue.h"
#include "silence.h"
#include "store/store.h"

struct nf_reserve {
    struct nf_settings settings;
    struct nf_ranges ranges;
    struct nf_wire wire;
    nf_store_t *store;
    struct nf_queue queue;
    struct nf_buckets buckets;
    struct nf_silence silence;
    struct nf_firmwares firmwares;
    nf_ip4_t hints[NF_RANGES_MAX];
    struct nf_pool_full full;            /* since 0: no pool is */
    struct nf_unanswered unanswered;     /* since 0: dnsmasq answers */
    nf_time_t full_until[NF_RANGES_MAX]; /* tick: strangers need not ask */
    nf_time_t now, tick;                 /* of this round; tick is monotonic */
    nf_time_t answer_by; /* dnsmasq is busy, until then at most; 0: it is not */
    nf_time_t beat_at, try_at, tidy_at;
    bool is_in_trouble; /* the store refuses, until try_at */
    bool is_proxy;      /* addresses are another server's to give: it listens */
    uint32_t batch;     /* the last one that was used */
    struct nf_quota said[4];
};

#endif
