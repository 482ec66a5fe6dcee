#include "bucket.h"

enum {
    ONE = 60000, /* a minute's milliseconds, so that rates stay whole numbers */
};

static struct nf_bucket *
find(struct nf_buckets *buckets, uint64_t place)
{
    struct nf_bucket *oldest = &buckets->each[0];

    for (size_t i = 0; i < NF_BUCKETS; i++) {
        struct nf_bucket *one = &buckets->each[i];
        if (one->filled_at != 0 && one->place == place) {
            return one;
        }
        if (one->filled_at < oldest->filled_at) {
            oldest = one;
        }
    }
    *oldest = (struct nf_bucket){.place = place};
    return oldest;
}

bool
nf_bucket_take(struct nf_buckets *buckets, uint64_t place,
               struct nf_bucket_rate rate, nf_time_t tick)
{
    struct nf_bucket *bucket = find(buckets, place);
    uint64_t full = (uint64_t) rate.burst * ONE;

    if (bucket->filled_at == 0) {
        bucket->left = full;
    } else {
        bucket->left += (uint64_t) (tick - bucket->filled_at) * rate.per_minute;
    }
    bucket->left = bucket->left < full ? bucket->left : full;
    bucket->filled_at = tick;
    if (bucket->left < ONE) {
        return false;
    }
    bucket->left -= ONE;
    return true;
}
