#ifndef NF_AGENT_NETWORK_H
#define NF_AGENT_NETWORK_H

/*
 * The network of the new system: addresses or DHCP, on the card the machine
 * was booted from or another one, on a bond, or on a VLAN of either.
 */

#include "address.h"

#include "base/ip.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum {
    NF_DNS_MAX = 4,
    NF_NTP_MAX = 4,
    NF_ADDRESSES_MAX = 17,
    NF_MEMBERS_MAX = 8,
    NF_CARD_SIZE = 16,   /* IFNAMSIZ */
    NF_MEMBER_SIZE = 18, /* a card's name, or its MAC with colons */
    NF_NTP_SIZE = 64,
    NF_PROXY_SIZE = 128,
};

/* An address within its network. */
struct nf_network_address {
    struct nf_ip ip;
    uint8_t bits;
};

struct nf_network {
    bool is_dhcp; /* of IPv4, beside addresses */
    int address_count;
    struct nf_network_address addresses[NF_ADDRESSES_MAX];
    struct nf_network_address gateway, gateway6; /* bits 0: none */
    int dns_count; /* instead of those that DHCP gives */
    struct nf_ip dns[NF_DNS_MAX];
    bool is_ipv6_off;
    bool listens;              /* to routers' announcements */
    int mtu;                   /* 0: the card's own */
    char card[NF_MEMBER_SIZE]; /* "": the one that was booted from */
    char bond[NF_CARD_SIZE];   /* its name; "" without one */
    char bond_mode[NF_CARD_SIZE];
    int member_count;
    char members[NF_MEMBERS_MAX][NF_MEMBER_SIZE];
    int vlan;                       /* 1 to 4094; 0 without one */
    char vlan_link[NF_MEMBER_SIZE]; /* the bond, or "" for the boot card */
    int ntp_count;
    char ntp[NF_NTP_MAX][NF_NTP_SIZE];
    char proxy[NF_PROXY_SIZE]; /* of the package manager; "" without one */
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

/* DHCP on the card that was booted from, and nothing else: a system that is
   installed by its network can do that already. */
bool nf_network_is_plain(const struct nf_network *network);

/* Whether there is an address of this kind, beside DHCP's. */
bool nf_network_has(const struct nf_network *network, bool is_v6);

/* Whether a router is in none of the machine's networks: it is reached by the
   link alone. */
bool nf_network_is_on_link(const struct nf_network *network,
                           const struct nf_network_address *router);

/* Whether a member is a MAC, not a name. */
bool nf_member_is_mac(const char *member);

#endif
