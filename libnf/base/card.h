#ifndef NF_BASE_CARD_H
#define NF_BASE_CARD_H

/*
 * The address of a network card of any kind, as DHCP has it: a hardware type
 * (RFC 826), and up to 16 bytes.  IPoIB cards send none at all (RFC 4390) and
 * are known by their client id alone.
 */

#include "base/address.h"

enum {
    NF_CARD_MAX = 16,
    NF_CARD_TEXT = 4 + 3 * NF_CARD_MAX,
    NF_CARD_ETHERNET = 1, /* the type's number */
};

/* All zero: none. */
struct nf_card {
    uint8_t type;
    uint8_t len;
    uint8_t b[NF_CARD_MAX];
};

/*
 * dnsmasq's spelling: pairs of hex digits divided by colons; a type other than
 * Ethernet stands before them in hex, "20-24:8a:07:03:00:aa:bb:01", and so
 * does that of a card without an address, "20-".
 */
bool nf_card_parse(struct nf_text text, struct nf_card *card);
void nf_card_format(const struct nf_card *card, char text[static NF_CARD_TEXT]);

struct nf_card nf_card_of(nf_mac_t mac);

/* False: it is no Ethernet card, or its address is one that no card has. */
bool nf_card_mac(const struct nf_card *card, nf_mac_t *mac);

bool nf_card_equal(const struct nf_card *a, const struct nf_card *b);

#endif
