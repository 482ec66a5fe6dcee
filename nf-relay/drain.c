#include "drain.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

static void
tell(struct nf_drain *drain, const struct nf_spool_count *count)
{
    uint64_t withheld;

    drain->turn->counts.spooled += count->taken;
    if ((count->taken > 0 || count->lost_bytes > 0)
        && nf_pace_allows(&drain->pace, drain->turn->tick, &withheld))
    {
        nf_log(count->lost_bytes > 0 ? NF_LOG_WARNING : NF_LOG_NOTICE,
               "took lease events from the spool: taken=%u is_all=%d "
               "lost_bytes=%" PRIu64,
               count->taken, !count->has_more, count->lost_bytes);
    }
}

/* Not nf_turn_blame(): the spool itself may be what cannot be read. */
static void
blame(struct nf_drain *drain, nf_error_t err)
{
    const char *dir = drain->turn->settings.spool_dir;
    char words[NF_ILL_WORDS];
    uint64_t withheld;

    snprintf(words, sizeof(words), "%.100s: %s", dir,
             access(dir, R_OK | W_OK | X_OK) != 0 ? strerror(errno)
                                                  : nf_error_text(err));
    nf_ill_set(&drain->turn->beat.ills[NF_ILL_SPOOL], drain->turn->now, words);
    if (nf_pace_allows(&drain->pace, drain->turn->tick, &withheld)) {
        nf_log(NF_LOG_ERR, "the spool was not emptied: %s withheld=%" PRIu64,
               words, withheld);
    }
}

/* True: there is more. */
static bool
take_some(struct nf_drain *drain)
{
    struct nf_spool_count count = {0};
    struct nf_spool_target target = {
        .store = drain->turn->store,
        .settings = &drain->turn->settings,
        .now = drain->turn->now,
        .actor = nf_actor_word(NF_ACTOR_HOOK),
    };

    nf_error_t err =
        nf_spool_drain_some(drain->turn->settings.spool_dir, nf_spool_store,
                            &target, &drain->place, &count);
    tell(drain, &count);
    if (err != NF_OK && err != NF_BUSY) { /* busy: somebody else drains */
        blame(drain, err);
    } else if (err == NF_OK) {
        nf_ill_set(&drain->turn->beat.ills[NF_ILL_SPOOL], 0, NULL);
    }
    return err == NF_OK && count.has_more;
}

nf_time_t
nf_drain_run(struct nf_drain *drain)
{
    const char *dir = drain->turn->settings.spool_dir;

    if (nf_watch_take(drain->watch, NF_WATCH_SPOOL)
        || drain->turn->tick >= drain->at)
    {
        nf_watch_add(drain->watch, NF_WATCH_SPOOL, dir);
        bool is_empty = nf_spool_is_empty(dir);
        bool has_more = !is_empty && take_some(drain);
        if (is_empty) {
            nf_ill_set(&drain->turn->beat.ills[NF_ILL_SPOOL], 0, NULL);
        }
        drain->at = drain->turn->tick + (has_more ? 0 : NF_LOOK_MS);
    }
    return drain->at;
}
