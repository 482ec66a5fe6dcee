#ifndef NF_AGENT_TARGET_H
#define NF_AGENT_TARGET_H

/*
 * The new system, mounted: makes it this node's own.
 */

#include "order.h"

#include <stdbool.h>
#include <stddef.h>

/* Where it is mounted while it is installed. */
#define NF_TARGET "/target"

/*
 * Gives programs of the new system what they need to run below NF_TARGET:
 * /dev, /proc, /sys and a /run of its own.  nf_target_release takes it back.
 */
bool nf_target_enter(char *fault, size_t size);

/* Unmounts NF_TARGET and all below it; also when nothing is mounted. */
bool nf_target_release(void);

/*
 * Writes host name, agent, network, accounts, keys, time zone, language and
 * keyboard into the mounted system.  On failure false and a sentence in fault.
 */
bool nf_target_configure(const struct nf_boot *boot,
                         const struct nf_order *order, char *fault,
                         size_t size);

#endif
