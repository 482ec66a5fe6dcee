#ifndef NF_AGENT_IN_USE_H
#define NF_AGENT_IN_USE_H

/*
 * Whether anything lives on a disk at this moment: the stick that an installer
 * runs from is such a disk.
 */

#include "tree.h"

/* Whether a file system of the disk is mounted, or it is swapped to, also
 * through volumes and arrays. */
bool nf_block_in_use(const struct nf_tree *tree, const char *name);

#endif
