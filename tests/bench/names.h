#ifndef NF_BENCH_NAMES_H
#define NF_BENCH_NAMES_H

/*
 * The MACs of the nodes that measurements make: 02:00 and the four bytes of
 * i * 2654435761.  Whoever knows how many there are can name them all, in an
 * order that is nobody's.
 */

#include "base/address.h"

static inline nf_mac_t
mac_of(uint32_t i)
{
    uint32_t spread = i * 2654435761u;

    return (nf_mac_t){{0x02, 0x00, (uint8_t) (spread >> 24),
                       (uint8_t) (spread >> 16), (uint8_t) (spread >> 8),
                       (uint8_t) spread}};
}

#endif
