#ifndef NF_INTERFACE_H
#define NF_INTERFACE_H

/*
 * What the kernel says about this machine's network interfaces.
 */

#include <net/if.h>

#include "base/address.h"

/* The first IPv4 address of the interface; false when it has none. */
bool nf_interface_address(const char *name, nf_ip4_t *ip);

/* The interface that has the address; false when none does. */
bool nf_interface_of(nf_ip4_t ip, char name[static IF_NAMESIZE]);

/* The address that packets to the world leave from, or else the first that is
 * not a loopback one; false when there is no network. */
bool nf_interface_own_address(nf_ip4_t *ip);

#endif
