#ifndef NF_AGENT_NETWORK_H
#define NF_AGENT_NETWORK_H

/*
 * The network of the new system: an address or DHCP, on the card the machine
 * was booted from, or on a bond, or on a VLAN of either.
 */

#include "address.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum {
    NF_DNS_MAX = 4,
    NF_MEMBERS_MAX = 8,
    NF_CARD_SIZE = 16,   /* IFNAMSIZ */
    NF_MEMBER_SIZE = 18, /* a card's name, or its MAC with colons */
};

struct nf_network {
    char ip[NF_IP_SIZE]; /* "" is DHCP */
    int prefix;
    char gateway[NF_IP_SIZE];
    int dns_count;
    char dns[NF_DNS_MAX][NF_IP_SIZE];
    char bond[NF_CARD_SIZE]; /* its name; "" without one */
    char bond_mode[NF_CARD_SIZE];
    int member_count;
    char members[NF_MEMBERS_MAX][NF_MEMBER_SIZE];
    int vlan;                     /* 1 to 4094; 0 without one */
    char vlan_link[NF_CARD_SIZE]; /* the bond, or "" for the boot card */
};

/* Reads an object of these members, all of them optional.  The name of the
   first that is wrong, or NULL. */
const char *nf_network_read(const json_t *object, struct nf_network *network);

/*
 * Whether this machine has the cards that are named.  False and the one that
 * isn't there in missing.  A name that udev would give (eno1, enp3s0) can't be
 * told from here, where no udev runs, and counts as there.
 */
bool nf_network_has_cards(const struct nf_network *network,
                          char missing[NF_MEMBER_SIZE]);

/* Whether a member is a MAC, not a name. */
bool nf_member_is_mac(const char *member);

#endif
