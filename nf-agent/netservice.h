#ifndef NF_AGENT_NETSERVICE_H
#define NF_AGENT_NETSERVICE_H

/*
 * What the new system asks of its network: the time, and packages by way of a
 * proxy.
 */

#include "network.h"

/* For systemd-timesyncd or chrony.  True when no server is named; false and a
   sentence when the system has neither. */
bool nf_time_servers_write(const struct nf_network *network, int root,
                           char *fault, size_t size);

/* For APT or DNF; direct is a host that is reached without it, "" for none. */
bool nf_proxy_write(const struct nf_network *network, const char *direct,
                    int root, char *fault, size_t size);

#endif
