#ifndef NF_MODEL_RANGE_H
#define NF_MODEL_RANGE_H

/*
 * The subnets that DHCP is served to: the install network itself, and those
 * behind relays (RFC 2131's giaddr) that NF_DHCP_RANGES lists:
 *
 *     10.81.0.50-10.81.0.99/24,gateway=10.81.0.1,dns=10.77.0.1+10.77.0.2
 *
 * with `lease` in seconds and `vlan` besides, each of them optional, and a
 * blank before the next range.
 */

#include "model/node.h"
#include "model/settings.h"

enum {
    NF_RANGES_MAX = 64, /* with the install network's */
    NF_RANGE_DNS = 3,
    NF_SITE_DNS = 63, /* as many as one option of DHCP holds */
};

struct nf_range {
    struct nf_ip4_net net;
    nf_ip4_t first, last; /* not set: nobody is given an address there */
    nf_ip4_t gateway;     /* not set: none */
    nf_ip4_t dns[NF_RANGE_DNS];
    uint8_t dns_n; /* 0: as NF_DHCP_DNS says */
    uint16_t vlan; /* that nodes there have to tag; 0: none */
    uint32_t lease_s;
};

struct nf_ranges {
    nf_ip4_t server;           /* ourselves */
    nf_ip4_t dns[NF_SITE_DNS]; /* NF_DHCP_DNS; none set: ourselves */
    size_t n;
    struct nf_range each[NF_RANGES_MAX]; /* the first: the install network */
};

/*
 * Those of the settings, whose server_addr must be set.  A fault names the
 * setting, and of NF_DHCP_RANGES what is wrong with which range.
 */
nf_error_t nf_ranges_read(const struct nf_settings *settings,
                          struct nf_ranges *ranges, struct nf_fault *fault);

/* Whether text looks like a list of ranges; nf_ranges_read() looks closer. */
bool nf_ranges_is_list(struct nf_text text);

/* The subnet of an address; NULL: none that is served. */
const struct nf_range *nf_ranges_of(const struct nf_ranges *ranges,
                                    nf_ip4_t ip);

/* Whether addresses of it are leased, and this is one of them. */
bool nf_range_leases(const struct nf_range *range, nf_ip4_t ip);

/*
 * A node may have the address here, as far as the settings tell.  Without DHCP
 * of ours, or an address of our own that says where we are, any machine's.
 */
bool nf_ranges_serve(const struct nf_settings *settings, nf_ip4_t ip);

/* The VLAN that a machine with this address has to tag, 0: none.  Not set: it
 * is in the install network. */
uint16_t nf_ranges_vlan(const struct nf_settings *settings, nf_ip4_t ip);

/* Why no node may have the address, to follow its name; NULL: one may. */
const char *nf_ranges_misfit(const struct nf_ranges *ranges, nf_ip4_t ip);

/*
 * Why the address cannot be kept for a node, by the settings; NULL: it can.
 * Where DHCP is not ours to serve, any machine's can but the bastion's own.
 */
const char *nf_ranges_unfit(const struct nf_settings *settings, nf_ip4_t ip);

/* Whether DHCP is ours to serve, and to no subnet that has the address. */
bool nf_ranges_miss(const struct nf_settings *settings, nf_ip4_t ip);

/*
 * The same of the node's own address; NULL also where there is none to keep, as
 * a static one of a network that is not served is none.
 */
const char *nf_ranges_unfit_of(const struct nf_settings *settings,
                               const struct nf_node *node);

#endif
