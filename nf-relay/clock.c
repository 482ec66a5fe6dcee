#include "base/log.h"
#include "base/time.h"
#include "change/change.h"
#include "relay.h"

enum {
    AT_ONCE = 500, /* deadlines and silent nodes in one transaction */
    PAUSE_MIN_MS = 20,
    PAUSE_MAX_MS = 10000,
};

/* How long until `next`; a wall clock that was set back must not stop time. */
static nf_time_t
pause_until(nf_time_t next, nf_time_t now)
{
    nf_time_t pause = next - now;

    if (pause < PAUSE_MIN_MS) {
        return PAUSE_MIN_MS;
    }
    return pause > PAUSE_MAX_MS ? PAUSE_MAX_MS : pause;
}

static nf_error_t
pass_time(struct nf_relay *relay, unsigned max, nf_time_t *next)
{
    NF_WRITE(w, relay->store);
    struct nf_change c = {.w = &w,
                          .settings = &relay->settings,
                          .now = relay->now,
                          .actor = nf_actor_word(NF_ACTOR_RELAY),
                          .listening = nf_broker_listening(relay)};

    nf_error_t err = nf_change_clock(&c, max, next);
    return err == NF_OK ? nf_write_commit(&w) : err;
}

nf_time_t
nf_clock_run(struct nf_relay *relay)
{
    nf_time_t next = 0;

    if (relay->tick < relay->clock_at) {
        return relay->clock_at;
    }
    nf_error_t err = pass_time(relay, AT_ONCE, &next);
    /* A full store takes changes only a little at a time, those too that make
     * room. */
    for (unsigned max = AT_ONCE / 8; err == NF_FULL && max > 0; max /= 8) {
        err = pass_time(relay, max, &next);
        next = relay->now;
    }
    if (err != NF_OK) {
        nf_relay_blame(relay, "deadlines were not looked at", err);
        next = relay->now + NF_SECONDS(1);
    }
    relay->clock_at = relay->tick + pause_until(next, relay->now);
    return relay->clock_at;
}
