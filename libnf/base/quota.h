#ifndef NF_BASE_QUOTA_H
#define NF_BASE_QUOTA_H

/*
 * So many in a minute and no more: what a broken or hostile node can cause as
 * often as it likes must not fill a log.
 */

#include "base/text.h"

struct nf_quota {
    nf_time_t since; /* when this minute began */
    unsigned used;
    uint64_t withheld; /* not taken since the last that was */
};

/* Take one of max; *withheld is how many were refused since the one before.
 * A clock that was set back begins a new minute. */
bool nf_quota_take(struct nf_quota *quota, unsigned max, nf_time_t now,
                   uint64_t *withheld);

#endif
