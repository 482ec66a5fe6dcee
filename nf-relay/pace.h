#ifndef NF_RELAY_PACE_H
#define NF_RELAY_PACE_H

/*
 * Saying the same thing at most once in a while: what may come thousands of
 * times a second from a broken or hostile node must not fill the log.
 */

#include "base/text.h"

struct nf_pace {
    nf_time_t until;   /* tick before which nothing more is said */
    uint64_t withheld; /* since then */
};

/* Whether to speak now; *withheld is how often it was not said before. */
bool nf_pace_allows(struct nf_pace *pace, nf_time_t tick, uint64_t *withheld);

#endif
