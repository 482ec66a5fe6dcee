#ifndef NF_AGENT_OPERATION_H
#define NF_AGENT_OPERATION_H

/*
 * What the server may tell a node to do in RAM.  Each returns true when it is
 * done; else false and a sentence in fault, which goes to the server as it is.
 * Any of them may be told again, after a failure or after the agent was
 * killed in its middle, and then begins anew.
 */

#include "boot_words.h"
#include "order.h"
#include "progress.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Writes the order's system to a disk.  The caller has told install_start and
 * tells completed; partitioning to finalizing are told in here.
 */
bool nf_os_install(const struct nf_order *order, const struct nf_boot *boot,
                   struct nf_reporter *progress, char *fault, size_t size);

/* config is the server's answer to getHardwareConfig. */
bool nf_hardware_config(const json_t *config, struct nf_reporter *progress,
                        char *fault, size_t size);

/* data is what came with the operation. */
bool nf_network_config(const json_t *data, struct nf_reporter *progress,
                       char *fault, size_t size);

#endif
