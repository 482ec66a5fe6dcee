#ifndef NF_AGENT_NETFILE_H
#define NF_AGENT_NETFILE_H

/*
 * The new system's network, in the words of whatever manages it there:
 * netplan, NetworkManager, or systemd-networkd.
 */

#include "network.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Writes what network asks for; the card that has mac is the one booted from.
 * False and a sentence when a file can't be written.
 */
bool nf_netfiles_write(const struct nf_network *network, nf_mac_t mac, int root,
                       char *fault, size_t size);

#endif
