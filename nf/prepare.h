#ifndef NF_PREPARE_H
#define NF_PREPARE_H

/*
 * What must lie on the disk before anything starts.  All of it leaves alone
 * what exists; false: said why.
 */

#include "model/settings.h"

/* Directories, for the account of NF_USER when there is one. */
bool nf_prepare_directories(const struct nf_settings *settings);

/* The store and the key file. */
bool nf_prepare_store(const struct nf_settings *settings);

/* The same before the store is replaced: one that is damaged, or that another
 * version wrote, is no obstacle, and is left as it is. */
bool nf_prepare_replacement(const struct nf_settings *settings);

/* The broker's certificate and its file of passwords, where workers of other
 * hosts may connect: without them mosquitto would not start. */
bool nf_prepare_workers(const struct nf_settings *settings);

/* The address that such workers reach the broker by. */
struct nf_text nf_worker_address(const struct nf_settings *settings);

/* The boot loaders that firmware asks for, from the packages that have them;
 * what this machine lacks is warned of. */
void nf_prepare_loaders(const struct nf_settings *settings);

#endif
