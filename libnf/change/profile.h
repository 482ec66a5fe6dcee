#ifndef NF_CHANGE_PROFILE_H
#define NF_CHANGE_PROFILE_H

/*
 * What operators do to profiles.  Tasks have copies of their own: none of this
 * changes an installation that has begun.
 */

#include "change/change.h"
#include "model/profile.h"

enum {
    NF_PROFILES_MAX = 1000 /* of operators' own */
};

/*
 * Store a profile that nf_profile_read() has made, under profile->name; fills
 * in its revision.  *is_new: there was none of an operator's.  NF_CONFLICT:
 * there are too many.
 */
nf_error_t nf_change_profile_put(struct nf_change *c,
                                 struct nf_profile *profile, bool *is_new);

/* An operator's own; the shipped one of the name, if any, shows again.
 * NF_CONFLICT: it is shipped, and nobody has replaced it. */
nf_error_t nf_change_profile_delete(struct nf_change *c, const char *name);

#endif
