#include "clock.h"

#include "api/why.h"
#include "base/time.h"
#include "change/change.h"

enum {
    AT_ONCE = 32,     /* changes in one transaction */
    PAUSE_MIN_MS = 5, /* others write, too */
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
pass_time(struct nf_turn *turn, nf_time_t listening, unsigned max,
          nf_time_t *next)
{
    NF_CLEAN(w, turn->store);
    struct nf_change c = {.w = &w,
                          .settings = &turn->settings,
                          .now = turn->now,
                          .actor = nf_actor_word(NF_ACTOR_RELAY),
                          .listening = listening,
                          .diagnose = nf_known_diagnose};

    nf_error_t err = nf_change_clock(&c, max, next);
    return err == NF_OK ? nf_write_commit(&w) : err;
}

void
nf_clock_look(struct nf_clock *clock)
{
    NF_READ(r, clock->turn->store);
    nf_time_t deadline = nf_change_next_deadline(&r);
    nf_time_t left = deadline - clock->turn->now;

    if (deadline != 0 && clock->turn->tick + left < clock->at) {
        clock->at = clock->turn->tick + (left > 0 ? left : 0);
    }
}

nf_time_t
nf_clock_run(struct nf_clock *clock, nf_time_t listening)
{
    struct nf_turn *turn = clock->turn;
    nf_time_t next = 0;

    if (turn->tick < clock->at) {
        return clock->at;
    }
    nf_error_t err = pass_time(turn, listening, AT_ONCE, &next);
    /* A full store takes changes only a little at a time, those too that make
     * room. */
    for (unsigned max = AT_ONCE / 8; err == NF_FULL && max > 0; max /= 8) {
        err = pass_time(turn, listening, max, &next);
        next = turn->now;
    }
    if (err != NF_OK) {
        nf_turn_blame(turn, "deadlines were not looked at", err);
        next = turn->now + NF_SECONDS(1);
    }
    clock->at = turn->tick + pause_until(next, turn->now);
    return clock->at;
}
