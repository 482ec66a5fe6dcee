#ifndef NF_RESERVE_WIRE_H
#define NF_RESERVE_WIRE_H

/*
 * The install network as it is on the wire: what clients and relays ask the
 * DHCP server, and what it answers.  Opening needs CAP_NET_RAW; nothing later
 * does.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    NF_WIRE_PAYLOAD = 1472, /* of one datagram of Ethernet's usual size */
};

struct nf_wire {
    int in, out;
    uint16_t port; /* the server's */
};

enum nf_wire_read {
    NF_WIRE_NOTHING, /* for now */
    NF_WIRE_ASKED,   /* somebody asks the server */
    NF_WIRE_ANSWERED,
    NF_WIRE_GONE, /* the interface is down or away: see errno */
};

struct nf_datagram {
    size_t len;
    uint8_t data[NF_WIRE_PAYLOAD];
};

/* False: see errno. */
bool nf_wire_open(struct nf_wire *wire, const char *interface, uint16_t port);

/* The next datagram, if one is there. */
enum nf_wire_read nf_wire_read(const struct nf_wire *wire,
                               struct nf_datagram *datagram);

/* Ask the server again, as if the client did. */
bool nf_wire_send(const struct nf_wire *wire,
                  const struct nf_datagram *datagram);

#endif
