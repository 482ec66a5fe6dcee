#ifndef NF_AGENT_WIPE_H
#define NF_AGENT_WIPE_H

/*
 * Makes a disk look new, so that no installer stops at what an older system
 * left on it: volume groups, arrays, half of a stripe, encrypted containers.
 */

#include "choice.h"

/* Lets go of what is made of the disks, and overwrites both ends of them and
   of each of their partitions.  False and a sentence when it cannot. */
bool nf_wipe(const struct nf_choice *choice, char *fault, size_t size);

#endif
