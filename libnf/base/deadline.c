#include "base/deadline.h"

#include "base/time.h"

enum {
    APART_MINUTES = 2,    /* a message is not on its way for longer */
    LIVE_APART_MS = 1500, /* the server repeats no sooner */
    LIVE_TOLERANCE_MS = 1000,
};

static bool
is_within(nf_time_t a, nf_time_t b, nf_time_t tolerance)
{
    return a - b <= tolerance && b - a <= tolerance;
}

/* What was said at two times and came at two times, as far apart as it was
 * said, was not held up: then the server's time is the time. */
static bool
is_live(const struct nf_server_clock *clock, nf_time_t server_time,
        nf_time_t up)
{
    return clock->server_time != 0 && up - clock->up >= LIVE_APART_MS
           && is_within(server_time - clock->server_time, up - clock->up,
                        LIVE_TOLERANCE_MS);
}

nf_time_t
nf_deadline_left(nf_time_t deadline, nf_time_t server_time, nf_time_t now,
                 nf_time_t up, struct nf_server_clock *clock)
{
    nf_time_t then = now;

    if (server_time != 0
        && !is_within(now, server_time, NF_MINUTES(APART_MINUTES))) {
        bool is_sure = is_live(clock, server_time, up);
        *clock = (struct nf_server_clock){server_time, up};
        if (!is_sure) {
            return -1;
        }
        then = server_time;
    }
    return deadline > then ? deadline - then : 0;
}
