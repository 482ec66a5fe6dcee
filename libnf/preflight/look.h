#ifndef NF_PREFLIGHT_LOOK_H
#define NF_PREFLIGHT_LOOK_H

/*
 * What all checks look at.  For the files of this folder.
 */

#include "base/value.h"
#include "model/node.h"
#include "preflight/preflight.h"

struct nf_look {
    const struct nf_preflight *of;
    struct nf_value document; /* the profile's JSON */
    struct nf_node node;      /* as it will be while it installs */
    bool has_node;            /* it is one that is stored */
    nf_error_t err;           /* no memory: nothing is known then */
};

/* Each true: it found something, which is in *found; only field and text are
 * its to fill. */
typedef bool nf_check_t(struct nf_look *look, struct nf_finding *found);
nf_check_t nf_check_agent;
nf_check_t nf_check_files;
nf_check_t nf_check_whole;
nf_check_t nf_check_digest;
nf_check_t nf_check_address;
nf_check_t nf_check_render;
nf_check_t nf_check_disk;
nf_check_t nf_check_mirror;
nf_check_t nf_check_worker;

/* Bytes that the profile's image fills; 0: there is none, or it does not tell,
 * as an archive or a compressed one. */
uint64_t nf_look_image_size(struct nf_look *look);

/* Fill in a finding, and true. */
bool nf_found(struct nf_finding *found, const char *field, const char *format,
              ...) __attribute__((format(printf, 3, 4)));

#endif
