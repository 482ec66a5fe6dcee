#include "allot.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "change/reserve.h"

enum {
    DROP_AT_ONCE = 64,
    TIDY_AT_ONCE = 1024,
    FULL_MS = 2000,
    FULL_NOTE_S = 5,
};

/* A switch port rarely has more machines than a chassis has blades; a relay or
 * a link without one may have a rack or two that are switched on at once. */
static const struct nf_bucket_rate of_port = {32, 6};
static const struct nf_bucket_rate of_link = {1024, 1200};

static uint64_t
place_of(const struct nf_ask *ask, bool is_port)
{
    return (uint64_t) nf_ip4_number(ask->link) << 32
           ^ (is_port ? ask->port : 0);
}

/* Cards of nodes are not counted: somebody knows them. */
static bool
may_have_one(struct nf_reserve *reserve, const struct nf_waiting *waiting)
{
    const struct nf_ask *ask = &waiting->ask;

    if (waiting->is_known || waiting->has_row) {
        return true;
    }
    return (ask->port == 0
            || nf_bucket_take(&reserve->buckets, place_of(ask, true), of_port,
                              reserve->tick))
           && nf_bucket_take(&reserve->buckets, place_of(ask, false), of_link,
                             reserve->tick);
}

static size_t
index_of(const struct nf_reserve *reserve, const struct nf_range *range)
{
    return (size_t) (range - reserve->ranges.each);
}

/* Those first that nobody will miss. */
static void
make_room(struct nf_change *c, const struct nf_waiting *waiting)
{
    static const struct {
        bool is_offered;
        nf_time_t idle;
    } steps[] = {
        {true, NF_MINUTES(1)},        {false, NF_MINUTES(7 * 24 * 60)},
        {false, NF_MINUTES(24 * 60)}, {false, NF_MINUTES(60)},
        {false, NF_SECONDS(1)},
    };
    unsigned n = 0;

    if (waiting->is_known) { /* a stranger may wait where a node must not */
        n = nf_change_reserve_drop(c, waiting->range, true, NF_SECONDS(10),
                                   DROP_AT_ONCE);
    }
    for (size_t i = 0; n == 0 && i < sizeof(steps) / sizeof(steps[0]); i++) {
        n = nf_change_reserve_drop(c, waiting->range, steps[i].is_offered,
                                   steps[i].idle, DROP_AT_ONCE);
    }
}

static void
say_full(struct nf_reserve *reserve, const char *why)
{
    uint64_t withheld;

    if (nf_quota_take(&reserve->said[0], 1, reserve->now, &withheld)) {
        nf_log(NF_LOG_WARNING,
               "a card that asks gets no address: %s; withheld=%" PRIu64, why,
               withheld);
    }
}

static void
write_full(struct nf_reserve *reserve)
{
    uint64_t withheld;

    if (!nf_pool_put(&reserve->settings, &reserve->full)
        && nf_quota_take(&reserve->said[3], 1, reserve->now, &withheld))
    {
        nf_log(NF_LOG_WARNING, "could not write %s/reserve/full: %s",
               reserve->settings.run_dir, strerror(errno));
    }
}

/* For whoever asks why a machine gets no address; of one pool, the latest. */
static void
note_full(struct nf_reserve *reserve, const struct nf_range *range)
{
    struct nf_pool_full *full = &reserve->full;
    nf_time_t ago = reserve->now - full->last;
    bool is_new = !nf_ip4_equal(full->first, range->first)
                  || ago > NF_SECONDS(NF_POOL_FULL_S);

    if (nf_ip4_is_set(range->first)
        && (is_new || ago < 0 || ago >= NF_SECONDS(FULL_NOTE_S)))
    {
        full->since = is_new ? reserve->now : full->since;
        full->last = reserve->now;
        full->first = range->first;
        full->end = range->last;
        write_full(reserve);
    }
}

static void
note_given(struct nf_reserve *reserve, const struct nf_range *range)
{
    if (reserve->full.since != 0
        && nf_ip4_equal(reserve->full.first, range->first)) {
        reserve->full = (struct nf_pool_full){0};
        write_full(reserve);
    }
}

static void
allot_one(struct nf_reserve *reserve, struct nf_change *c,
          struct nf_waiting *waiting, unsigned *given)
{
    size_t range = index_of(reserve, waiting->range);
    uint32_t batch = reserve->batch + 1 + *given / NF_BATCH_LINES;
    struct nf_reserve_ask ask = {.card = waiting->ask.card,
                                 .ranges = &reserve->ranges,
                                 .range = waiting->range,
                                 .wish = waiting->ask.wish,
                                 .batch = batch,
                                 .hint = &reserve->hints[range]};
    bool is_new = false;

    if (!waiting->is_known && reserve->tick < reserve->full_until[range]) {
        waiting->state = NF_WAITING_OVER;
        return;
    }
    nf_error_t err = nf_change_reserve(c, &ask, &waiting->row, &is_new);
    waiting->state = err != NF_OK ? NF_WAITING_OVER
                     : is_new     ? NF_WAITING_TELL
                                  : NF_WAITING_SENT;
    *given += waiting->state == NF_WAITING_TELL;
    if (is_new) {
        note_given(reserve, waiting->range);
    } else if (err == NF_CONFLICT) {
        say_full(reserve, c->fault.reason);
        note_full(reserve, waiting->range);
        reserve->full_until[range] = reserve->tick + FULL_MS;
        make_room(c, waiting);
    }
}

static bool
is_any_new(struct nf_reserve *reserve)
{
    bool is_any = false;

    for (size_t i = 0; i < reserve->queue.n; i++) {
        struct nf_waiting *waiting = &reserve->queue.each[i];
        if (waiting->state == NF_WAITING_NEW && !may_have_one(reserve, waiting))
        {
            say_full(reserve,
                     "too many requests at once from one port or relay");
            waiting->state = NF_WAITING_OVER;
        }
        is_any |= waiting->state == NF_WAITING_NEW;
    }
    return is_any;
}

nf_error_t
nf_allot(struct nf_reserve *reserve)
{
    unsigned given = 0;

    if (!is_any_new(reserve)) {
        return NF_OK;
    }
    NF_WRITE(w, reserve->store);
    struct nf_change c = {
        .w = &w, .settings = &reserve->settings, .now = reserve->now};
    for (size_t i = 0; i < reserve->queue.n && w.read.err == NF_OK; i++) {
        if (reserve->queue.each[i].state == NF_WAITING_NEW) {
            allot_one(reserve, &c, &reserve->queue.each[i], &given);
        }
    }
    nf_error_t err = nf_write_commit(&w);
    if (err == NF_OK) {
        reserve->batch += (given + NF_BATCH_LINES - 1) / NF_BATCH_LINES;
    }
    return err;
}

nf_error_t
nf_allot_tidy(struct nf_reserve *reserve)
{
    NF_CLEAN(w, reserve->store);
    struct nf_change c = {
        .w = &w, .settings = &reserve->settings, .now = reserve->now};

    for (size_t i = 0; i < reserve->ranges.n; i++) {
        (void) nf_change_reserve_drop(&c, &reserve->ranges.each[i], true,
                                      NF_MINUTES(60), TIDY_AT_ONCE);
    }
    return nf_write_commit(&w);
}
