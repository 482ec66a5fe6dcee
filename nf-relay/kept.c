#include "kept.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/log.h"
#include "render/config_templates.h"
#include "render/templates.h"

enum {
    LOOK_S = 5,
};

static void
say_failure(struct nf_kept_templates *kept, nf_error_t err, int reason)
{
    uint64_t withheld;

    if (nf_pace_allows(&kept->pace, kept->turn->tick, &withheld)) {
        nf_log(
            NF_LOG_ERR,
            "templates were not kept for the next start: %s withheld=%" PRIu64,
            err == NF_IO ? strerror(reason) : nf_error_text(err), withheld);
    }
}

nf_time_t
nf_kept_run(struct nf_kept_templates *kept)
{
    struct nf_turn *turn = kept->turn;
    struct nf_ill *ill = &turn->beat.ills[NF_ILL_TEMPLATE];
    struct nf_fault fault;
    char words[sizeof(fault.field) + sizeof(fault.reason) + 2];

    if (turn->tick < kept->at) {
        return kept->at;
    }
    nf_error_t err = nf_templates_keep(&turn->settings, &fault);
    int reason = errno;
    if (err == NF_OK) { /* `nf up` keeps these: here they are only looked at */
        struct nf_own own;
        err = nf_config_templates_read(&turn->settings, &own, &fault);
        nf_own_free(&own);
    }
    if (err == NF_INVALID) {
        snprintf(words, sizeof(words), "%s: %s", fault.field, fault.reason);
        if (ill->since == 0) {
            nf_log(NF_LOG_ERR, "a template has a fault: %s", words);
        }
    } else if (err != NF_OK) {
        say_failure(kept, err, reason);
    }
    nf_ill_set(ill, turn->now, err == NF_INVALID ? words : NULL);
    kept->at = turn->tick + NF_SECONDS(LOOK_S);
    return kept->at;
}
