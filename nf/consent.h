#ifndef NF_CONSENT_H
#define NF_CONSENT_H

/*
 * Before much is changed or a disk is wiped: --dry-run has the server try it
 * and shows what it would be, and a person at a terminal is asked.  Where
 * nobody can be asked, --yes is needed to wipe more than one machine, or one
 * that runs a system.
 */

#include <jansson.h>
#include <stdbool.h>

#include "option.h"

struct nf_consent {
    const char *verb; /* "reinstall" */
    const char *kind; /* "node" or "task": what the names are of */
    bool wipes;       /* else there is --dry-run alone */
    bool is_yes, is_dry;
};

#define NF_DRY_RUN(consent) NF_SWITCH("--dry-run", &(consent)->is_dry)
#define NF_CONSENT(consent)                                                    \
    NF_DRY_RUN(consent), NF_SWITCH("--yes", &(consent)->is_yes)

enum {
    NF_CONSENT_GIVEN = -1
};

/* For those that are named, or that a list of the API has.  NF_CONSENT_GIVEN:
 * go on, in a dry run as if it were none; else the exit status. */
int nf_consent_names(const struct nf_consent *consent, int n, char **names);
int nf_consent_list(const struct nf_consent *consent, const char *path);

/* In a dry run, of one that the server would not refuse, by its name or the one
 * that it was typed by: "would install 52:54:00:00:00:01 (web1), discovered".
 * False: it is no dry run. */
bool nf_consent_would(const struct nf_consent *consent, const char *name);

#endif
