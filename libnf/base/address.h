#ifndef NF_BASE_ADDRESS_H
#define NF_BASE_ADDRESS_H

/*
 * MAC and IPv4 addresses, as bytes in network order.
 */

#include "base/out.h"
#include "base/text.h"

enum {
    NF_MAC_TEXT = 13,
    NF_MAC_COLONS = 18,
    NF_IP4_TEXT = 16
};

typedef struct nf_mac {
    uint8_t b[6];
} nf_mac_t;

/* All zero: no address. */
typedef struct nf_ip4 {
    uint8_t b[4];
} nf_ip4_t;

/*
 * Every usual spelling: 12 hex digits, or pairs or fours divided by one kind
 * of ':', '-' or '.', upper or lower case.  Anything else, and the addresses
 * that no card has (all zero, multicast), is refused.
 */
bool nf_mac_parse(struct nf_text text, nf_mac_t *mac);

/* "525400123456", the spelling of keys and routes. */
void nf_mac_format(nf_mac_t mac, char text[static NF_MAC_TEXT]);

/* "52:54:00:12:34:56" with ':' or "52-54-..." with '-'. */
void nf_mac_format_divided(nf_mac_t mac, char mark,
                           char text[static NF_MAC_COLONS]);

bool nf_mac_equal(nf_mac_t a, nf_mac_t b);

/* Dotted decimal, four numbers, no leading zeros. */
bool nf_ip4_parse(struct nf_text text, nf_ip4_t *ip);
void nf_ip4_format(nf_ip4_t ip, char text[static NF_IP4_TEXT]);
bool nf_ip4_equal(nf_ip4_t a, nf_ip4_t b);
bool nf_ip4_is_set(nf_ip4_t ip);

/* Ones first, then zeros; 255.255.255.255 is that of a machine alone. */
bool nf_ip4_is_netmask(nf_ip4_t ip);

/* As a number, and how many leading ones it has: of a netmask, its bits. */
uint32_t nf_ip4_number(nf_ip4_t ip);
nf_ip4_t nf_ip4_of(uint32_t number);
uint8_t nf_ip4_bits(nf_ip4_t netmask);

/* A network "10.66.0.0/24"; host bits must be zero. */
struct nf_ip4_net {
    nf_ip4_t ip;
    uint8_t bits;
};
bool nf_ip4_net_parse(struct nf_text text, struct nf_ip4_net *net);
bool nf_ip4_net_has(struct nf_ip4_net net, nf_ip4_t ip);

/* The network that an address is in, its netmask, and its last address, which
 * is that of broadcasts. */
struct nf_ip4_net nf_ip4_net_of(nf_ip4_t ip, uint8_t bits);
nf_ip4_t nf_ip4_net_mask(struct nf_ip4_net net);
nf_ip4_t nf_ip4_net_last(struct nf_ip4_net net);

#endif
