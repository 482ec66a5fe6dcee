#include "turn.h"

#include <inttypes.h>
#include <time.h>

#include "base/log.h"

static nf_time_t
time_read(clockid_t clock)
{
    struct timespec ts;

    clock_gettime(clock, &ts);
    return (nf_time_t) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void
nf_turn_begin(struct nf_turn *turn)
{
    turn->now = time_read(CLOCK_REALTIME);
    turn->tick = time_read(CLOCK_MONOTONIC);
}

void
nf_turn_blame(struct nf_turn *turn, const char *what, nf_error_t err)
{
    uint64_t withheld;

    if (err != NF_FULL) { /* that is seen without us */
        nf_ill_set(&turn->beat.ills[NF_ILL_STORE], turn->now,
                   nf_error_text(err));
        turn->refused_at = turn->tick;
    }
    if (nf_pace_allows(&turn->store_pace, turn->tick, &withheld)) {
        nf_log(NF_LOG_ERR, "%s: %s withheld=%" PRIu64, what, nf_error_text(err),
               withheld);
    }
}
