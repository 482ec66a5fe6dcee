#ifndef NF_STORE_SWEEP_H
#define NF_STORE_SWEEP_H

/*
 * Removing contents that nothing names any more, and uploads that nobody goes
 * on with.
 */

#include <stdatomic.h>

#include "store/store.h"

struct nf_sweep {
    const char *dir; /* NF_FILES_DIR */
    /* Set by another thread that wants no more of it; NULL: none does. */
    const atomic_bool *stop;
    nf_time_t now;
    nf_time_t keep; /* how long what is not named stays, from its last put */
    bool is_dry;    /* only tell */

    /* Each that goes, by its path below dir; may be NULL. */
    void (*tell)(void *data, const char *path, uint64_t size);
    void *data;

    uint64_t count, bytes; /* what went, or would */
};

/*
 * A content stays while a catalogue entry names it, or the effective profile
 * of a task that is not over, or one that failed and may be tried again.  Safe
 * beside puts: it is looked at whether it is named still, and it is moved to
 * the trash, while nobody else can write; that takes no longer for a large
 * file or a large catalogue.  Looking at all that is named does, in one read
 * scope: seconds for some ten thousand tasks, so whoever has other things to do
 * gives it a thread.  NF_BUSY: what is named changed all the time, or it was
 * stopped.
 */
nf_error_t nf_sweep_run(nf_store_t *store, struct nf_sweep *sweep);

/*
 * Remove what is in the trash below dir, also what an earlier sweep left there,
 * but nothing that somebody still reads: that goes another time.  Takes seconds
 * for some GB, so that others hardly notice.  Touches no store; any thread, any
 * number of processes.
 */
void nf_sweep_empty_trash(const char *dir);

#endif
