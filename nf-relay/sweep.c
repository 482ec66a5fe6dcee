#include "sweep.h"

#include <pthread.h>
#include <time.h>

#include "base/log.h"
#include "base/time.h"
#include "store/sweep.h"

enum {
    FIRST_MS = 5000, /* not among everything that a start has to do */
    EACH_MS = 3600 * 1000,
    STOP_MS = 5000,
};

/* Not nf_turn_blame(): the files' own disk may be the reason. */
static void
sweep(struct nf_sweeper *sweeper)
{
    struct nf_sweep sweep = {
        .dir = sweeper->dir,
        .now = sweeper->now,
        .keep = sweeper->keep,
        .stop = &sweeper->stop,
    };

    nf_error_t err = nf_sweep_run(sweeper->turn->store, &sweep);
    if (err != NF_OK && !atomic_load(&sweeper->stop)) {
        nf_log(NF_LOG_ERR, "boot files were not swept: %s path=%s",
               nf_error_text(err), sweep.dir);
    } else if (sweep.count > 0) {
        nf_log(NF_LOG_NOTICE, "removed unused contents: count=%llu bytes=%llu",
               (unsigned long long) sweep.count,
               (unsigned long long) sweep.bytes);
    }
}

/* Nobody waits for the trash to be empty; what a kill leaves goes the next
 * time. */
static void *
run(void *of)
{
    struct nf_sweeper *sweeper = of;

    sweep(sweeper);
    atomic_store(&sweeper->is_reading, false);
    if (!atomic_load(&sweeper->stop)) {
        nf_sweep_empty_trash(sweeper->dir);
    }
    atomic_store(&sweeper->is_running, false);
    return NULL;
}

static void
start(struct nf_sweeper *sweeper)
{
    const struct nf_settings *settings = &sweeper->turn->settings;
    pthread_t thread;

    if (atomic_load(&sweeper->is_running)) {
        return; /* for an hour: the next time */
    }
    (void) nf_text_copy(sweeper->dir, sizeof(sweeper->dir),
                        nf_text(settings->files_dir));
    sweeper->now = sweeper->turn->now;
    sweeper->keep = NF_SECONDS(nf_setting_number(settings->files_keep));
    atomic_store(&sweeper->is_running, true);
    atomic_store(&sweeper->is_reading, true);
    if (pthread_create(&thread, NULL, run, sweeper) == 0) {
        pthread_detach(thread);
        return;
    }
    atomic_store(&sweeper->is_reading, false);
    atomic_store(&sweeper->is_running, false);
}

nf_time_t
nf_sweeper_run(struct nf_sweeper *sweeper)
{
    if (sweeper->at == 0) {
        sweeper->at = sweeper->turn->tick + FIRST_MS;
    } else if (sweeper->turn->tick >= sweeper->at) {
        start(sweeper);
        sweeper->at = sweeper->turn->tick + EACH_MS;
    }
    return sweeper->at;
}

bool
nf_sweeper_stop(struct nf_sweeper *sweeper)
{
    const struct timespec pause = {.tv_nsec = 5000000};

    atomic_store(&sweeper->stop, true);
    for (int i = 0; i < STOP_MS / 5 && atomic_load(&sweeper->is_reading); i++) {
        (void) nanosleep(&pause, NULL);
    }
    return !atomic_load(&sweeper->is_reading);
}
