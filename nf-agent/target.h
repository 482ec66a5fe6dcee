#ifndef NF_AGENT_TARGET_H
#define NF_AGENT_TARGET_H

/*
 * The freshly written system: mounts its root and makes it this node's own.
 */

#include "order.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Writes host name, agent settings and network below the root file system on
 * device, and unmounts it.  On failure false and a sentence in fault.
 */
bool nf_target_configure(const char *device, const struct nf_boot *boot,
                         const struct nf_order *order, char *fault,
                         size_t size);

#endif
