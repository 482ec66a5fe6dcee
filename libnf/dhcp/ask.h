#ifndef NF_DHCP_ASK_H
#define NF_DHCP_ASK_H

/*
 * What a DHCP client asks, as far as it matters for keeping an address for it
 * (RFC 2131).  Anybody on the install network writes these bytes.
 */

#include "base/card.h"

enum nf_ask_kind {
    NF_ASK_DISCOVER = 1,
    NF_ASK_REQUEST = 3,
};

struct nf_ask {
    enum nf_ask_kind kind;
    struct nf_card card;
    nf_ip4_t link; /* of the relay, or what it says the subnet is by (RFC 3011,
                      3527); not set: it asks on our own link */
    nf_ip4_t wish; /* an address that it has or had; not set: none */
    nf_ip4_t server; /* whose offer it takes; not set: it does not say */
    uint64_t port; /* a hash of where the relay has it (RFC 3046); 0: unknown */
    bool is_firmware; /* it says what machine it is, and is no iPXE */
    bool is_pi;       /* a Raspberry Pi's boot ROM */
    uint16_t arch;    /* model/arch.h, of firmware */
};

/* The payload of a datagram to the server's port.  False: nothing that an
 * address is kept for, or nonsense. */
bool nf_ask_read(const uint8_t *data, size_t len, struct nf_ask *ask);

/* Whose answer a datagram from the server's port is. */
bool nf_ask_read_reply(const uint8_t *data, size_t len, struct nf_card *card);

#endif
