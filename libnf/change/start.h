#ifndef NF_CHANGE_START_H
#define NF_CHANGE_START_H

/*
 * Having the caller look at what an installation needs, before it is written
 * down.  For the files of this folder.
 */

#include "change/change.h"
#include "model/profile.h"

/* Of one that is to be created; mac: zero when its machine is not known. */
nf_error_t nf_start_look_draft(struct nf_change *c,
                               const struct nf_task_draft *draft, nf_mac_t mac);

/* Of a task that is stored; fresh: its profile from now on, or NULL. */
nf_error_t nf_start_look_of(struct nf_change *c, const struct nf_task *task,
                            const struct nf_profile *fresh, bool begins);

#endif
