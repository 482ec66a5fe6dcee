#include "base/quota.h"

#include "base/time.h"

bool
nf_quota_take(struct nf_quota *quota, unsigned max, nf_time_t now,
              uint64_t *withheld)
{
    if (now < quota->since || now >= quota->since + NF_SECONDS(60)) {
        quota->since = now;
        quota->used = 0;
    }
    if (quota->used >= max) {
        quota->withheld++;
        return false;
    }
    quota->used++;
    *withheld = quota->withheld;
    quota->withheld = 0;
    return true;
}
