#include "pace.h"

#include "base/time.h"

bool
nf_pace_allows(struct nf_pace *pace, nf_time_t tick, uint64_t *withheld)
{
    if (tick < pace->until) {
        pace->withheld++;
        return false;
    }
    *withheld = pace->withheld;
    pace->withheld = 0;
    pace->until = tick + NF_SECONDS(10);
    return true;
}
