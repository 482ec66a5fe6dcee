#ifndef NF_CHANGE_WORKER_H
#define NF_CHANGE_WORKER_H

/*
 * Workers come and go.
 */

#include "change/change.h"

/* The worker is there, or is not any more; since when is c->now.  What is so
 * already changes nothing.  NF_INVALID: no name of a worker; NF_CONFLICT: too
 * many of them are there. */
nf_error_t nf_change_worker(struct nf_change *c, const char *name,
                            bool is_here);

#endif
