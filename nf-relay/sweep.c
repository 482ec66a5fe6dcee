#include "sweep.h"

#include <pthread.h>

#include "base/log.h"
#include "base/time.h"
#include "store/sweep.h"

enum {
    FIRST_MS = 5000, /* not among everything that a start has to do */
    EACH_MS = 3600 * 1000,
};

static void *
empty(void *of)
{
    struct nf_sweeper *sweeper = of;

    nf_sweep_empty_trash(sweeper->dir);
    atomic_store(&sweeper->is_emptying, false);
    return NULL;
}

/* Removing some GB takes a file system seconds: not here.  Nobody waits for
 * the thread; what a kill leaves goes the next time. */
static void
empty_trash(struct nf_sweeper *sweeper)
{
    pthread_t thread;

    if (atomic_exchange(&sweeper->is_emptying, true)) {
        return; /* the one that runs meets it, or the next one */
    }
    (void) nf_text_copy(sweeper->dir, sizeof(sweeper->dir),
                        nf_text(sweeper->turn->settings.files_dir));
    if (pthread_create(&thread, NULL, empty, sweeper) == 0) {
        pthread_detach(thread);
    } else {
        atomic_store(&sweeper->is_emptying, false);
    }
}

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
        empty_trash(sweeper);
        sweeper->at = sweeper->turn->tick + EACH_MS;
    }
    return sweeper->at;
}
