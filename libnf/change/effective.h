#ifndef NF_CHANGE_EFFECTIVE_H
#define NF_CHANGE_EFFECTIVE_H

/*
 * What a task's copy of its profile has that no other task's has: boot files
 * fixed to their content, and the addresses of one machine.
 */

#include "base/arena.h"
#include "model/file.h"
#include "model/node.h"
#include "model/profile.h"
#include "store/txn.h"

/*
 * Let the profile name the contents that stand at its paths now, so that an
 * installation never sees a file change; its JSON is then in the arena.  What
 * is not in the catalogue stays as it is.
 */
nf_error_t nf_effective_pin(struct nf_read *r, nf_arena_t *arena,
                            struct nf_profile *profile);

/* ip is unset when the machine has none of its own. */
struct nf_address {
    nf_ip4_t ip, netmask, gateway;
    nf_ip4_t dns[NF_NODE_DNS];
    uint8_t dns_n;
    bool is_elsewhere; /* of a VLAN, or of another card than it boots by */
};
nf_error_t nf_effective_address(const struct nf_profile *profile,
                                struct nf_address *address);

/* The host name that a task was made with, as it stands in its spec. */
nf_error_t nf_effective_hostname(struct nf_text spec, char hostname[static 64]);

/*
 * A file of the task's profile has another content by now than was pinned when
 * the task was made; false: none has, or the task has no profile.
 */
bool nf_effective_replaced(struct nf_read *r, uint64_t task,
                           char path[static NF_FILE_PATH]);

#endif
