#ifndef NF_PORT_SEEN_H
#define NF_PORT_SEEN_H

/*
 * A port as a scan tells of it: what nf_port_json() says, and the addresses
 * that it has learnt.
 */

#include "base/error.h"
#include "port/port.h"

enum {
    NF_SEEN_ADDRESSES = 8,   /* a port that has more lists none */
    NF_SEEN_JSON_MAX = 12288 /* with the longest list of VLANs */
};

struct nf_port_seen {
    struct nf_port port;
    nf_mac_t addresses[NF_SEEN_ADDRESSES];
    uint8_t addresses_n;
};

/* Any bytes may come: NF_INVALID, and fault says why.  Members that are not
 * known are ignored; words of the switch are made printable. */
nf_error_t nf_port_seen_read(struct nf_text json, struct nf_port_seen *seen,
                             struct nf_fault *fault);

/* What that reads. */
void nf_port_seen_json(const struct nf_port_seen *seen, struct nf_out *out);

#endif
