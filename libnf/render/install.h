#ifndef NF_RENDER_INSTALL_H
#define NF_RENDER_INSTALL_H

/*
 * The variable `install`: a profile's members, and what installers want said
 * of them in another way.
 */

#include "model/profile.h"
#include "model/settings.h"
#include "render/build.h"

struct nf_install {
    const struct nf_profile *profile;
    const struct nf_value *document; /* the profile's JSON */
    const struct nf_settings *settings;
    struct nf_text server; /* that nodes reach us by, with its port */
    const char *group;     /* what this attempt's volume group is called */
    struct nf_text image_sha256; /* when the profile does not say it */
    struct nf_text loader_root;  /* where GRUB's paths begin; empty: TFTP */
};

/* build->failed afterwards: there was no memory, or the profile is larger
 * than a profile can be. */
struct nf_value nf_install_value(struct nf_build *build,
                                 const struct nf_install *install);

#endif
