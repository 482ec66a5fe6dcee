#ifndef NF_BASE_IP_H
#define NF_BASE_IP_H

/*
 * Addresses of either kind, IPv4 and IPv6, as networks of machines are written
 * down with; what is stored of IPv4 alone is in base/address.h.
 */

#include "base/text.h"

enum {
    NF_IP_TEXT = 46, /* the longest, and a NUL */
};

struct nf_ip {
    uint8_t b[16]; /* of IPv4 the first four */
    bool is_v6;
};

/* Without a zone ("%eth0") and without a prefix. */
bool nf_ip_parse(struct nf_text text, struct nf_ip *ip);

/* "10.66.0.5/24", "2001:db8::5/64": an address within its network. */
bool nf_ip_parse_within(struct nf_text text, struct nf_ip *ip, uint8_t *bits);

void nf_ip_print(struct nf_ip ip, char text[static NF_IP_TEXT]);
bool nf_ip_same(struct nf_ip a, struct nf_ip b);

/* Whether both are in one network of so many bits; false for two kinds. */
bool nf_ip_is_beside(struct nf_ip a, struct nf_ip b, uint8_t bits);

/* The bits of a whole address. */
uint8_t nf_ip_bits(struct nf_ip ip);

/* fe80::/10: every link has these, and a machine makes its own. */
bool nf_ip_is_link_local(struct nf_ip ip);

/*
 * Why no machine can have the address in a network of so many bits, to follow
 * its name: "is a loopback address".  NULL: one may.  With two addresses or
 * one (RFC 3021, /32; /127 and /128) none is the network's own.
 */
const char *nf_ip_misfit(struct nf_ip ip, uint8_t bits);

#endif
