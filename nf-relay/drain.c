#include <inttypes.h>

#include "base/log.h"
#include "bus/spool.h"
#include "relay.h"

static void
tell(struct nf_relay *relay, const struct nf_spool_count *count)
{
    uint64_t withheld;

    relay->counts.spooled += count->taken;
    if ((count->taken > 0 || count->lost_bytes > 0)
        && nf_pace_allows(&relay->spool_pace, relay->tick, &withheld))
    {
        nf_log(count->lost_bytes > 0 ? NF_LOG_WARNING : NF_LOG_NOTICE,
               "took lease events from the spool: taken=%u left=%u "
               "lost_bytes=%" PRIu64,
               count->taken, count->left, count->lost_bytes);
    }
}

/* Not nf_relay_blame(): the spool's files may be the reason, and ending would
 * not mend them. */
static void
blame(struct nf_relay *relay, nf_error_t err)
{
    uint64_t withheld;

    if (nf_pace_allows(&relay->spool_pace, relay->tick, &withheld)) {
        nf_log(NF_LOG_ERR,
               "the spool was not emptied: %s path=%s withheld=%" PRIu64,
               nf_error_text(err), relay->settings.spool_dir, withheld);
    }
}

static void
drain(struct nf_relay *relay)
{
    struct nf_spool_count count = {0};
    struct nf_spool_target target = {
        .store = relay->store,
        .settings = &relay->settings,
        .now = relay->now,
        .actor = nf_actor_word(NF_ACTOR_HOOK),
    };

    nf_error_t err = nf_spool_drain(relay->settings.spool_dir, nf_spool_store,
                                    &target, &count);
    tell(relay, &count);
    if (err != NF_OK && err != NF_BUSY) { /* busy: somebody else drains */
        blame(relay, err);
    }
}

nf_time_t
nf_drain_run(struct nf_relay *relay)
{
    const char *dir = relay->settings.spool_dir;

    if (nf_watch_take(&relay->watch, NF_WATCH_SPOOL)
        || relay->tick >= relay->drain_at)
    {
        nf_watch_add(&relay->watch, NF_WATCH_SPOOL, dir);
        if (!nf_spool_is_empty(dir)) {
            drain(relay);
        }
        relay->drain_at = relay->tick + NF_LOOK_MS;
    }
    return relay->drain_at;
}
