#include "store/sweep.h"

#include "base/log.h"
#include "base/time.h"
#include "relay.h"

enum {
    FIRST_MS = 5000, /* not among everything that a start has to do */
    EACH_MS = 3600 * 1000,
};

/* Not nf_relay_blame(): the files' own disk may be the reason, and ending
 * would not mend it. */
static void
sweep(struct nf_relay *relay)
{
    struct nf_sweep sweep = {
        .dir = relay->settings.files_dir,
        .now = relay->now,
        .keep = NF_SECONDS(nf_setting_number(relay->settings.files_keep)),
    };

    nf_error_t err = nf_sweep_run(relay->store, &sweep);
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
nf_sweep_files(struct nf_relay *relay)
{
    if (relay->sweep_at == 0) {
        relay->sweep_at = relay->tick + FIRST_MS;
    } else if (relay->tick >= relay->sweep_at) {
        sweep(relay);
        relay->sweep_at = relay->tick + EACH_MS;
    }
    return relay->sweep_at;
}
