#ifndef NF_RENDER_LAYOUT_H
#define NF_RENDER_LAYOUT_H

/*
 * A profile's disk as installers want it: what stands on a partition of its
 * own, what in a volume, and in which order.
 */

#include "model/profile.h"
#include "render/build.h"

/*
 * The value `install.disk`.  disk is the profile's member, NULL: none; device
 * is "auto" or /dev/NAME when it names none.
 */
struct nf_value nf_layout_value(struct nf_build *build,
                                const struct nf_value *disk,
                                enum nf_method method, const char *device);

#endif
