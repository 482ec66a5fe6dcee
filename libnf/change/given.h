#ifndef NF_CHANGE_GIVEN_H
#define NF_CHANGE_GIVEN_H

/*
 * The addresses that tasks give their nodes.  While a task is not over DHCP
 * keeps its address for the node; when it is over, the system that it installed
 * has it, and DHCP gives it to nobody; where nothing was installed the node has
 * what it had before.  What an operator gave a node no task changes.  For the
 * files of this folder: the caller holds the node and stores it.
 */

#include "change/change.h"
#include "model/profile.h"

/* A task's address, by its own profile, becomes the node's. */
nf_error_t nf_record_give(struct nf_change *c, struct nf_node *node,
                          const struct nf_profile *profile);

/* What the node has by the tasks that are stored now; else what it leases. */
void nf_record_give_again(struct nf_change *c, struct nf_node *node);

#endif
