#ifndef NF_CHANGE_BOOT_MODE_H
#define NF_CHANGE_BOOT_MODE_H

/*
 * Of which mode a BMC's boot flag is, so that its machine goes by it.
 */

#include "model/node.h"
#include "store/txn.h"

/*
 * The mode in which the machine started when its BMC told it to, else that
 * which nf-agent found it in, else the one in which its firmware asked for an
 * address last, else UEFI's.
 */
enum nf_boot_mode nf_boot_mode_of(struct nf_read *r,
                                  const struct nf_node *node);

#endif
