#ifndef NF_MODEL_PROFILE_H
#define NF_MODEL_PROFILE_H

/*
 * What to install and how.  The built-in profiles are a table.
 */

#include "base/text.h"

enum nf_method {
    NF_METHOD_PRESEED,
    NF_METHOD_IMAGE
};

/* Who says that the installed system has come up. */
enum nf_first_boot {
    NF_FIRST_BOOT_AGENT, /* our agent reports `installed` */
    NF_FIRST_BOOT_BOOT,  /* the machine asks for its boot script once more */
    NF_FIRST_BOOT_NONE,
};

struct nf_profile {
    const char *name;
    const char *title;
    enum nf_method method;
    enum nf_first_boot first_boot;
    const char *suite; /* of the distribution: "bookworm" */
    const char *image; /* below the files' directory, for NF_METHOD_IMAGE */
};

/* NULL when there is none of that name. */
const struct nf_profile *nf_profile_find(const char *name);

/* All of them, ended by a NULL name. */
extern const struct nf_profile nf_profiles[];

#endif
