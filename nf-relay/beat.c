#include "beat.h"

#include <errno.h>
#include <inttypes.h>
#include <unistd.h>

#include "base/log.h"
#include "status/find.h"
#include "store/txn.h"

enum {
    FORGIVEN_S = 30, /* whoever was refused tries again more often */
};

static void
write_it(struct nf_beater *beater)
{
    struct nf_turn *turn = beater->turn;
    uint64_t withheld;

    turn->beat.said = turn->now;
    turn->beat.process = (uint64_t) getpid();
    if (!nf_beat_put(&turn->settings, &turn->beat)
        && nf_pace_allows(&beater->pace, turn->tick, &withheld))
    {
        nf_log(NF_LOG_ERR,
               "could not write %s/relay/state: %s withheld=%" PRIu64,
               turn->settings.run_dir, strerror(errno), withheld);
    }
    beater->told = turn->beat;
}

/* Since when is only known to who is always there. */
static void
look(struct nf_turn *turn)
{
    NF_READ(r, turn->store);

    nf_status_watch(&turn->settings, &r, turn->now, &turn->beat);
}

nf_time_t
nf_beater_run(struct nf_beater *beater)
{
    struct nf_turn *turn = beater->turn;
    bool is_refused = turn->beat.ills[NF_ILL_STORE].since != 0;

    if (is_refused && turn->tick - turn->refused_at > NF_SECONDS(FORGIVEN_S)) {
        nf_ill_set(&turn->beat.ills[NF_ILL_STORE], 0, NULL);
    }
    if (turn->tick >= beater->at) {
        look(turn);
    }
    bool has_changed =
        memcmp(turn->beat.ills, beater->told.ills, sizeof(turn->beat.ills))
        != 0;
    if (has_changed || turn->tick >= beater->at) {
        write_it(beater);
        beater->at = turn->tick + NF_SECONDS(NF_BEAT_S);
    }
    return beater->at;
}
