#ifndef NF_STATUS_MIRROR_H
#define NF_STATUS_MIRROR_H

/*
 * Whether NF_MIRROR_URL serves what installations fetch from it, as nf-relay
 * looks now and then: a file in NF_RUN_DIR with a line for each of the
 * distribution's suites that a profile needs.
 */

#include "base/time.h"
#include "model/profile.h"
#include "model/settings.h"

enum {
    NF_MIRROR_SUITES = 8, /* others are not looked at */
    NF_MIRROR_WORDS = 96,
    NF_MIRROR_LOOK_S = 60,
    NF_MIRROR_STALE_S = 180, /* what was said before counts no more */
};

struct nf_mirror_suite {
    char name[sizeof(((struct nf_profile *) 0)->suite)];
    bool is_wanted;              /* by a task that is not over */
    nf_time_t since;             /* 0: it is served */
    char words[NF_MIRROR_WORDS]; /* why not */
};

struct nf_mirror_state {
    nf_time_t said;
    size_t n;
    struct nf_mirror_suite each[NF_MIRROR_SUITES];
};

/* Replace the file.  False: see errno. */
bool nf_mirror_put(const struct nf_settings *settings,
                   const struct nf_mirror_state *state);

/* False: nobody has looked lately, and nothing is known. */
bool nf_mirror_get(const struct nf_settings *settings, nf_time_t now,
                   struct nf_mirror_state *state);

/* Whether this suite is known not to be served, and why. */
bool nf_mirror_fails(const struct nf_settings *settings, nf_time_t now,
                     const char *suite, char words[static NF_MIRROR_WORDS]);

#endif
