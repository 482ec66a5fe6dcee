#ifndef NF_STATUS_FAILING_H
#define NF_STATUS_FAILING_H

/*
 * Which of its programs `nf up` starts again and again, and by what words they
 * end: a file in NF_RUN_DIR, so that whoever asks why nothing happens need not
 * read a log.
 */

#include "base/time.h"
#include "model/settings.h"

enum {
    NF_FAILING_NAME = 16,
    NF_FAILING_WORDS = 128,
    NF_FAILING_MAX = 8,
    NF_FAILING_STEADY_S = 10, /* one that has run so long is well */
};

/* since: when it first ended; started: when it was last started, 0: it waits
 * for that.  Both by the wall clock. */
struct nf_failing {
    char name[NF_FAILING_NAME];
    nf_time_t since, started;
    char words[NF_FAILING_WORDS]; /* "ended with status 2: unknown interface" */
};

/* Replace the file; n 0: none fails.  False: see errno. */
bool nf_failing_put(const struct nf_settings *settings,
                    const struct nf_failing *all, size_t n);

/* False: it runs, as far as anybody says. */
bool nf_failing_get(const struct nf_settings *settings, nf_time_t now,
                    const char *name, struct nf_failing *failing);

#endif
