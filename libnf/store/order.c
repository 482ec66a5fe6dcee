/*
 * The order of keys is LMDB's own: byte by byte, the shorter first.  LMDB's
 * function for it calls memcmp() for each of the fifteen or so keys that a
 * look-up meets; a MAC is compared as a number instead.
 */
#include <endian.h>

#include "store/env.h"

enum {
    MAC = 6
};

static uint64_t
number_of(const void *mac)
{
    const char *at = mac;
    uint32_t first, last;

    memcpy(&first, at, sizeof(first));
    memcpy(&last, at + MAC - sizeof(last), sizeof(last));
    return (uint64_t) be32toh(first) << 32 | be32toh(last);
}

static __attribute__((noinline)) int
order_of_others(const MDB_val *a, const MDB_val *b)
{
    size_t len = a->mv_size < b->mv_size ? a->mv_size : b->mv_size;
    int order = len == 0 ? 0 : memcmp(a->mv_data, b->mv_data, len);

    return order != 0 ? order
                      : (a->mv_size > b->mv_size) - (a->mv_size < b->mv_size);
}

int
nf_env_order(const MDB_val *a, const MDB_val *b)
{
    if (a->mv_size != MAC || b->mv_size != MAC) {
        return order_of_others(a, b);
    }
    uint64_t x = number_of(a->mv_data), y = number_of(b->mv_data);
    return (x > y) - (x < y);
}
