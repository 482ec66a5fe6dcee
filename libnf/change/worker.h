#ifndef NF_CHANGE_WORKER_H
#define NF_CHANGE_WORKER_H

/*
 * Workers come and go, and are trusted with passwords or not.
 */

#include "change/change.h"
#include "model/worker.h"

/* The worker is there, or is not any more; since when is c->now.  key is what
 * it says is its public key, NULL: it says nothing of one.  What is so already
 * changes nothing.  NF_INVALID: no name of a worker; NF_CONFLICT: too many of
 * them are there. */
nf_error_t nf_change_worker(struct nf_change *c, const char *name, bool is_here,
                            const uint8_t *key);

/* An operator lets it have passwords, sealed to the key that it shows.
 * NF_CONFLICT: that is another one, or none.  *worker is it, as it is then. */
nf_error_t nf_change_worker_accept(struct nf_change *c, const char *name,
                                   struct nf_text fingerprint,
                                   struct nf_worker *worker);

/* The same of the worker of this host, whose key was read from its own file
 * and not heard on the bus; it need not have been there yet. */
nf_error_t nf_change_worker_own(struct nf_change *c, const char *name,
                                const uint8_t key[static NF_WORKER_KEY]);

/* NF_CONFLICT: it is connected. */
nf_error_t nf_change_worker_forget(struct nf_change *c, const char *name);

#endif
