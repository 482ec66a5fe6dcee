#ifndef NF_INTERFACE_H
#define NF_INTERFACE_H

/*
 * What the kernel says about this machine's network interfaces.
 */

#include <net/if.h>

#include "base/address.h"

/* Whether the machine has an interface of this name, up or not. */
bool nf_interface_exists(const char *name);

/* The names of all, comma-separated, for a sentence; cut where they do not
 * fit. */
void nf_interface_names(char *names, size_t size);

/* The first IPv4 address of the interface; false when it has none. */
bool nf_interface_address(const char *name, nf_ip4_t *ip);

/* The interface that has the address; false when none does. */
bool nf_interface_of(nf_ip4_t ip, char name[static IF_NAMESIZE]);

/* The address that packets to the world leave from, or else the first that is
 * not a loopback one; false when there is no network. */
bool nf_interface_own_address(nf_ip4_t *ip);

#endif
