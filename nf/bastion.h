#ifndef NF_BASTION_H
#define NF_BASTION_H

/*
 * The settings of this bastion, complete: what was left open is taken from
 * the machine, relative paths start at the working directory.
 */

#include "model/settings.h"

/* False: said why.  On failure *settings is undefined. */
bool nf_bastion_load(struct nf_settings *settings);

/* The same for who serves nobody: where NF_DHCP_INTERFACE is gone the address
 * is that of the last start, or loopback, and a warning says so. */
bool nf_bastion_load_offline(struct nf_settings *settings);

/* Whether there is a pool (or another DHCP server) to serve DHCP with; if not
 * dnsmasq is not started. */
bool nf_bastion_serves_dhcp(const struct nf_settings *settings);

/* Make path absolute, from the working directory; false: it gets too long. */
bool nf_bastion_path(char *path, size_t size);

#endif
