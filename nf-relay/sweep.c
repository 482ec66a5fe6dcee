#include "sweep.h"

#include "base/log.h"
#include "base/time.h"
#include "store/sweep.h"

enum {
    FIRST_MS = 5000, /* not among everything that a start has to do */
    EACH_MS = 3600 * 1000,
};

/* Not nf_turn_blame(): the files' own disk may be the reason. */
static void
sweep(struct nf_sweeper *sweeper)
{
    struct nf_sweep sweep = {
        .dir = sweeper->turn->settings.files_dir,
        .now = sweeper->turn->now,
        .keep =
            NF_SECONDS(nf_setting_number(sweeper->turn->settings.files_keep)),
    };

    nf_error_t err = nf_sweep_run(sweeper->turn->store, &sweep);
    if (err != NF_OK) {
        nf_log(NF_LOG_ERR, "boot files were not swept: %s path=%s",
               nf_error_text(err), sweep.dir);
    } else if (sweep.count > 0) {
        nf_log(NF_LOG_NOTICE,
               "removed contents that nothing names: count=%llu bytes=%llu",
               (unsigned long long) sweep.count,
               (unsigned long long) sweep.bytes);
    }
}

nf_time_t
nf_sweeper_run(struct nf_sweeper *sweeper)
{
    if (sweeper->at == 0) {
        sweeper->at = sweeper->turn->tick + FIRST_MS;
    } else if (sweeper->turn->tick >= sweeper->at) {
        sweep(sweeper);
        sweeper->at = sweeper->turn->tick + EACH_MS;
    }
    return sweeper->at;
}
