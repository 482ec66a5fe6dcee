#ifndef NF_AGENT_ADDRESS_H
#define NF_AGENT_ADDRESS_H

/*
 * The addresses that only the agent meets: its own card's, host:port, and host
 * names, each checked for what it is before it is used or written to a file.
 */

#include "base/address.h"

enum {
    NF_IP_SIZE = 46,
    NF_HOST_SIZE = 254,
    NF_PORT_SIZE = 6,
};

struct nf_endpoint {
    char host[NF_HOST_SIZE];
    char port[NF_PORT_SIZE];
};

/* The first physical network card by kernel index; false when there is none. */
bool nf_mac_find(nf_mac_t *mac);

/* The card whose address packets to the endpoint leave from. */
bool nf_mac_towards(const struct nf_endpoint *endpoint, nf_mac_t *mac);

/* "host", "host:port" or "[v6]:port"; port is used when text names none. */
bool nf_endpoint_parse(const char *text, const char *port,
                       struct nf_endpoint *endpoint);

/* A host name of RFC 1123: letters, digits, '-' and '.', labels up to 63. */
bool nf_host_name_is_valid(const char *name);

/* The prefix length of a dotted netmask, or -1 when it isn't one. */
int nf_netmask_prefix(const char *netmask);

/* The local address that packets to the endpoint leave from; "" if unknown. */
void nf_source_address(const struct nf_endpoint *endpoint, char ip[NF_IP_SIZE]);

#endif
