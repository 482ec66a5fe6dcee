#ifndef NF_MODEL_LEASE_H
#define NF_MODEL_LEASE_H

/*
 * A DHCP lease: which client holds an address until when (RFC 2131).  A MAC
 * may hold several (client ids differ between firmware and system), so leases
 * are keyed by address.  Cards of other kinds than Ethernet hold leases too,
 * and never become nodes.
 */

#include <assert.h>

#include "base/card.h"
#include "base/error.h"
#include "base/out.h"

enum {
    NF_LEASE_CLIENT_ID = 100, /* dnsmasq tells no more of one */
    NF_LEASE_JSON_MAX = 1024
};

struct nf_lease {
    nf_time_t expires;    /* 0: never */
    nf_time_t changed_at; /* when dnsmasq last spoke of it */
    nf_ip4_t ip;
    nf_mac_t mac;        /* all zero: the card is no Ethernet card */
    struct nf_card card; /* of another kind; type 0: it is Ethernet, see mac */
    uint8_t client_id_len;
    uint8_t is_pxe;  /* a PXE client held it once */
    uint8_t is_gone; /* given back: kept a while, to know a late report */
    uint8_t reserved[5];
    uint8_t client_id[NF_LEASE_CLIENT_ID];
    char hostname[64];
    char vendor_class[64]; /* printable; what is not is '?' */
};

static_assert(sizeof(struct nf_lease) == 280, "stored: see docs/store.md");

/* The client's card, Ethernet or not. */
struct nf_card nf_lease_card(const struct nf_lease *lease);

/* Whether two leases are of one client: of one card, or where it has no
 * address (RFC 4390) of one client id. */
bool nf_lease_is_same_client(const struct nf_lease *a,
                             const struct nf_lease *b);

void nf_lease_json(const struct nf_lease *lease, struct nf_out *out);

/* As dnsmasq reads its lease file: "expires mac ip name client-id\n". */
void nf_lease_line(const struct nf_lease *lease, struct nf_out *out);

#endif
