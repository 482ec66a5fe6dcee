#ifndef NF_OWN_WORKER_H
#define NF_OWN_WORKER_H

/*
 * The nf-bmc of this host: its key is read from its own file, so nobody need
 * compare it before passwords are sealed for it.
 */

#include "children.h"

/* Once its settings are rendered and the store is there.  What fails is said,
 * and an operator can still accept the worker. */
void nf_own_worker_accept(const struct nf_children *children);

#endif
