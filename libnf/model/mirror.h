#ifndef NF_MODEL_MIRROR_H
#define NF_MODEL_MIRROR_H

/*
 * NF_MIRROR_URL in its parts.
 */

#include "base/text.h"

/* All point into the setting. */
struct nf_mirror {
    struct nf_text socket; /* the path of a Unix socket, or empty */
    struct nf_text host;   /* HOST[:PORT]; "localhost" by a socket */
    struct nf_text path;   /* of the archive's root, without slashes around */
};

/* The setting is one that was checked. */
void nf_mirror_split(const char *setting, struct nf_mirror *mirror);

#endif
