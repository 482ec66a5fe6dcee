#ifndef NF_RESERVE_BUCKET_H
#define NF_RESERVE_BUCKET_H

/*
 * How many cards that nobody knows may be given an address: invented ones cost
 * nothing, and each takes one.  A bucket for each place that they come from;
 * the one that was asked longest ago makes room for another.
 */

#include "base/text.h"
#include "base/time.h"

enum {
    NF_BUCKETS = 512,
};

struct nf_bucket_rate {
    unsigned burst;      /* that many at once */
    unsigned per_minute; /* and as many later */
};

struct nf_bucket {
    uint64_t place;
    nf_time_t filled_at; /* 0: not used */
    uint64_t left;       /* of 60,000 a card */
};

struct nf_buckets {
    struct nf_bucket each[NF_BUCKETS];
};

/* Take one; tick is monotonic.  False: there is none for now. */
bool nf_bucket_take(struct nf_buckets *buckets, uint64_t place,
                    struct nf_bucket_rate rate, nf_time_t tick);

#endif
