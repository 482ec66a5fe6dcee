#ifndef NF_MODEL_PROFILE_SENSE_H
#define NF_MODEL_PROFILE_SENSE_H

/*
 * Parts of nf_profile_check_sense(), for the files that share it.  Each refuses
 * with the member's name what no installer, or not this one, can carry out.
 */

#include "model/profile.h"

struct nf_sense {
    const struct nf_value *root, *disk, *network;
    enum nf_method method;
    bool is_tar; /* the agent unpacks an archive into file systems it makes */
    struct nf_fault *fault;
};

/* Whether a map has a member that is not empty. */
bool nf_sense_has(const struct nf_value *map, const char *name);

/* Whether a member is this text, or this number. */
bool nf_sense_is(const struct nf_value *map, const char *name,
                 const char *text);

nf_error_t nf_sense_disk(const struct nf_sense *d);
nf_error_t nf_sense_raid(const struct nf_sense *d); /* before it */
nf_error_t nf_sense_network(const struct nf_sense *d);
nf_error_t nf_sense_packages(const struct nf_sense *d);

#endif
