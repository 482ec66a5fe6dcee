#include "clock.h"

#include <fcntl.h>
#include <sodium.h>
#include <unistd.h>

#include "api/why.h"
#include "base/log.h"
#include "base/time.h"
#include "change/change.h"
#include "change/jump.h"

enum {
    AT_ONCE = 32,     /* changes in one transaction */
    MOVES = 64,       /* of times, where the clock was set */
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

/* --- the clock itself
 * ---------------------------------------------------------
 */

/* Without it each start is one of a machine that was started anew. */
void
nf_clock_open(struct nf_clock *clock)
{
    char text[64] = "";
    size_t len = 0;
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

    if (fd >= 0) {
        close(fd);
    }
    if (n <= 0
        || sodium_hex2bin(clock->boot, sizeof(clock->boot), text, (size_t) n,
                          "-\n", &len, NULL)
               != 0
        || len != sizeof(clock->boot))
    {
        randombytes_buf(clock->boot, sizeof(clock->boot));
    }
}

static bool
is_steady(const struct nf_clock *clock)
{
    nf_time_t by = clock->turn->now - clock->turn->tick - clock->offset;
    nf_time_t least = NF_SECONDS(NF_JUMP_LEAST_S);

    return clock->is_noted && !clock->is_moving && by > -least && by < least;
}

static void
say_set(nf_time_t by)
{
    char words[64];
    struct nf_out out = nf_out(words, sizeof(words) - 1);

    nf_out_duration(&out, by < 0 ? -by : by);
    words[out.len] = '\0';
    nf_log(NF_LOG_WARNING,
           "the clock was set %s by %s: deadlines were moved with it",
           by < 0 ? "back" : "forward", words);
}

static nf_error_t
note_wall(struct nf_clock *clock)
{
    struct nf_turn *turn = clock->turn;
    nf_time_t by = 0;
    NF_CLEAN(w, turn->store);
    struct nf_change c = {.w = &w,
                          .settings = &turn->settings,
                          .now = turn->now,
                          .actor = nf_actor_word(NF_ACTOR_RELAY)};

    nf_error_t err = nf_change_clock_look(&c, clock->boot, turn->tick, &by);
    err = err == NF_OK ? nf_write_commit(&w) : err;
    if (err == NF_OK && by != 0) {
        say_set(by);
    }
    return err;
}

static nf_error_t
move_times(struct nf_clock *clock)
{
    struct nf_turn *turn = clock->turn;
    NF_CLEAN(w, turn->store);
    struct nf_change c = {.w = &w,
                          .settings = &turn->settings,
                          .now = turn->now,
                          .actor = nf_actor_word(NF_ACTOR_RELAY)};

    nf_error_t err = nf_change_clock_move(&c, MOVES, &clock->is_moving);
    return err == NF_OK ? nf_write_commit(&w) : err;
}

/* False: the store did not take it, or there is more to do: until that is done
 * no deadline passes. */
static bool
follow_wall(struct nf_clock *clock)
{
    nf_error_t err = NF_OK;

    if (is_steady(clock)) {
        return true;
    }
    if (!clock->is_moving) {
        err = note_wall(clock);
    }
    clock->is_moving = true;
    while (err == NF_OK && clock->is_moving) {
        err = move_times(clock);
    }
    if (err != NF_OK) {
        nf_turn_blame(clock->turn,
                      "deadlines were not moved after the clock was set", err);
        return false;
    }
    clock->is_noted = true;
    clock->offset = clock->turn->now - clock->turn->tick;
    return true;
}

/* --- what it brings about
 * -----------------------------------------------------
 */

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

    if (turn->tick < clock->at && is_steady(clock)) {
        return clock->at;
    }
    if (!follow_wall(clock)) {
        clock->at = turn->tick + NF_SECONDS(1);
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
        nf_turn_blame(turn, "deadlines were not checked", err);
        next = turn->now + NF_SECONDS(1);
    }
    clock->at = turn->tick + pause_until(next, turn->now);
    return clock->at;
}
