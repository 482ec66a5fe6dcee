#ifndef NF_AGENT_BY_PATH_H
#define NF_AGENT_BY_PATH_H

/*
 * Where a disk is plugged in, in udev's words, as below /dev/disk/by-path:
 * known here too, where no udev runs.
 */

#include "tree.h"

/* "pci-0000:00:1f.2-ata-1" of a name below /sys/block; "" for a place that is
 * told otherwise (SAS expanders, networks). */
void nf_by_path(const struct nf_tree *tree, const char *name,
                char path[static NF_LABEL_SIZE]);

/* Where the kernel has the device, with all links followed; "" for one of its
 * own making that is nowhere. */
void nf_block_place(const struct nf_tree *tree, const char *name, char *place,
                    size_t size);

#endif
