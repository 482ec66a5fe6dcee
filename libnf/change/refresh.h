#ifndef NF_CHANGE_REFRESH_H
#define NF_CHANGE_REFRESH_H

/*
 * A task's own copy of its profile: kept, and taken anew.  For the files of
 * this folder.
 */

#include "change/change.h"

/*
 * An address of its own must be nobody else's (NF_CONFLICT) and, since DHCP
 * keeps it, be one that DHCP can give.  It may be of a network that is not
 * served where the machine is moved there (is_moved), or where the profile says
 * so.  *is_kept: DHCP keeps it.
 */
nf_error_t nf_refresh_check(struct nf_change *c, nf_mac_t mac,
                            const struct nf_profile *profile, bool is_moved,
                            bool *is_kept);

/* Keep the copy, which nothing changes any more. */
nf_error_t nf_refresh_keep(struct nf_change *c, uint64_t id,
                           const struct nf_profile *profile);

/*
 * The task works by this profile from now on; its node gets what follows.  The
 * caller stores the task.  What the operator said of the task itself is laid
 * over the profile already, but for its boot file, which stays.
 */
nf_error_t nf_refresh(struct nf_change *c, struct nf_task *task,
                      const struct nf_profile *profile);

/* What a profile has, as flags of its task; has_bootfile: so has the task. */
uint16_t nf_refresh_flags(const struct nf_profile *profile, bool has_bootfile);

#endif
