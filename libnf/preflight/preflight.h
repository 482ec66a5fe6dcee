#ifndef NF_PREFLIGHT_PREFLIGHT_H
#define NF_PREFLIGHT_PREFLIGHT_H

/*
 * What an installation will need, looked at before anything restarts.  One
 * table of checks; each reads the store and the files' sizes and changes
 * nothing.  Their cost is bounded: a few lookups, and one rendering.
 */

#include "base/arena.h"
#include "base/out.h"
#include "model/profile.h"
#include "model/settings.h"
#include "render/templates.h"
#include "store/txn.h"

/* Everything is borrowed for the call. */
struct nf_preflight {
    struct nf_read *r;
    const struct nf_settings *settings;
    const nf_templates_t *templates;
    nf_arena_t *arena; /* for what is rendered: freed by the caller */
    const struct nf_profile *profile; /* as the task will work by it */
    nf_time_t now;
    nf_mac_t mac;             /* zero: no machine is known yet */
    bool has_bmc, has_switch; /* the task names one itself */
};

enum {
    NF_FINDINGS_MAX = 12,
    NF_FINDING_TEXT = 144
};

/* What will go wrong, and what to do about it. */
struct nf_finding {
    const char *word;           /* of the table */
    bool refuses;               /* the machine would restart for nothing */
    char field[32];             /* the profile's or task's member */
    char text[NF_FINDING_TEXT]; /* follows the field */
};

struct nf_findings {
    size_t n;
    struct nf_finding each[NF_FINDINGS_MAX]; /* those that refuse first */
};

/* All checks.  Anything but NF_OK is an error of the store or of memory, and
 * what was found does not count. */
nf_error_t nf_preflight_run(const struct nf_preflight *flight,
                            struct nf_findings *findings);

/* Whether one of them refuses; that one is the first. */
bool nf_findings_refuse(const struct nf_findings *findings);

/* [{"check":...,"field":...,"message":...},...] */
void nf_findings_json(const struct nf_findings *findings, struct nf_out *out);

/* The words of the table in its order, NULL behind the last. */
const char *nf_preflight_word(size_t i);

#endif
