#ifndef NF_CONSENT_H
#define NF_CONSENT_H

/*
 * Before much is changed or a disk is wiped: --dry-run shows what it would be,
 * and a person at a terminal is asked.  Where nobody can be asked, --yes is
 * needed to wipe more than one machine, or one that runs a system.
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
 * go on; else the exit status, of a dry run or of what was not agreed to. */
int nf_consent_names(const struct nf_consent *consent, int n, char **names);
int nf_consent_list(const struct nf_consent *consent, const char *path);

/* "would install 52:54:00:00:00:01 (web1), discovered" */
void nf_consent_tell(const struct nf_consent *consent, const json_t *object);

#endif
