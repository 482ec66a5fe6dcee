#ifndef NF_RELAY_MIRROR_ASK_H
#define NF_RELAY_MIRROR_ASK_H

/*
 * Asking the mirror for what an installer fetches first, by HEAD, on a thread
 * of its own: it may be on another continent, or say nothing.
 */

#include <stdatomic.h>

#include "status/mirror.h"

struct nf_mirror_ask {
    const char *setting; /* NF_MIRROR_URL: set by the owner, and stays */
    atomic_bool is_running;
    /* The owner's while it is not running: the suites to ask for, and of each
     * why it was not served, "" when it was. */
    size_t n;
    struct nf_mirror_suite each[NF_MIRROR_SUITES];
};

/* Once, before there are threads. */
void nf_mirror_ask_open(void);

/* Begin; it must not be running.  False: there can be no thread. */
bool nf_mirror_ask_start(struct nf_mirror_ask *ask);

#endif
