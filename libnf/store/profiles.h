#ifndef NF_STORE_PROFILES_H
#define NF_STORE_PROFILES_H

/*
 * Profiles: those an operator put, by name, over those that are shipped; and
 * the copy that each task works by.
 *
 * What they return borrows its JSON from the store, as long as the scope is
 * open and nothing is written (a shipped one's for ever).
 */

#include <assert.h>

#include "model/profile.h"
#include "store/txn.h"

/* The store's own one of this name, else the shipped one. */
bool nf_profiles_get(struct nf_read *r, const char *name,
                     struct nf_profile *profile);

/* The store's own alone. */
bool nf_profiles_get_own(struct nf_read *r, const char *name,
                         struct nf_profile *profile);

bool nf_profiles_put(struct nf_write *w, const struct nf_profile *profile);
bool nf_profiles_delete(struct nf_write *w, const char *name);

/* The first by name behind after ("": the first of all), own and shipped
 * alike; a shipped one that an own one replaces does not show. */
bool nf_profiles_next(struct nf_read *r, const char *after,
                      struct nf_profile *profile);

/* The profile as it was when the task was made, with its own members. */
bool nf_task_profiles_get(struct nf_read *r, uint64_t task,
                          struct nf_profile *profile);
bool nf_task_profiles_put(struct nf_write *w, uint64_t task,
                          const struct nf_profile *profile);
bool nf_task_profiles_delete(struct nf_write *w, uint64_t task);

#endif
