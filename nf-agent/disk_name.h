#ifndef NF_AGENT_DISK_NAME_H
#define NF_AGENT_DISK_NAME_H

/*
 * From a name that an operator wrote to the disk: /dev/sda, and udev's names
 * below /dev/disk/by-id and by-path, also where no udev made them.
 */

#include "block.h"

/* False and a sentence when the name leads to no disk as a whole. */
bool nf_disk_by_name(const struct nf_tree *tree, const char *device,
                     struct nf_block *block, char *fault, size_t size);

/* Whether it is plugged in there, as /dev/disk/by-path says it. */
bool nf_disk_is_at(const struct nf_tree *tree, const struct nf_block *block,
                   const char *by_path);

#endif
