#ifndef NF_API_TASK_PROFILE_H
#define NF_API_TASK_PROFILE_H

/*
 * A task's own members, in an operator's words, laid over a profile.  For the
 * files of this folder.
 */

#include "base/arena.h"
#include "base/value.h"
#include "model/profile.h"

/*
 * The profile as it is for this task, in the arena; body has the form of a
 * task.  NF_INVALID: the fault is about the body's member, not the profile's.
 */
nf_error_t nf_task_profile_make(const struct nf_profile *profile,
                                const struct nf_value *body, nf_arena_t *arena,
                                struct nf_profile *effective,
                                struct nf_fault *fault);

#endif
