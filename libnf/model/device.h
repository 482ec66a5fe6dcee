#ifndef NF_MODEL_DEVICE_H
#define NF_MODEL_DEVICE_H

/*
 * Names of disks, as an operator may write them.
 */

#include "base/text.h"

/* Whether it is the path of a disk as a whole, by a name that it still has
 * once it is overwritten: not a partition's, and none that udev takes from
 * what is on it. */
bool nf_device_is_disk(struct nf_text path);

#endif
