#ifndef NF_AGENT_LLDP_H
#define NF_AGENT_LLDP_H

/*
 * What a switch says of the port that a card is plugged into: one LLDP frame
 * (IEEE 802.1AB) or CDP frame, decoded.  Pure: bytes in, neighbour out.
 *
 * Others say such things too: a host's lldpd, a BMC on a shared port, the
 * firmware of a card (Intel X710).  What forwards frames says so; what says
 * nothing of it, and calls machine and port by one address, is a card.
 */

#include "label.h"

#include <stdbool.h>
#include <stdint.h>

struct nf_neighbour {
    char system[NF_LABEL_SIZE]; /* the switch's name, else its chassis */
    char chassis_mac[18];       /* "" when the chassis is named otherwise */
    char port[NF_LABEL_SIZE];
    char port_description[NF_LABEL_SIZE];
    int vlan; /* of untagged frames; 0 when not told */
    bool is_cdp;
    bool is_host; /* only while it is decoded: what it says it does */
    bool is_switch;
};

/* Decodes a whole Ethernet frame.  False, and the neighbour is untouched,
 * when it is neither protocol, malformed, no switch's, or says that the switch
 * leaves. */
bool nf_neighbour_decode(const uint8_t *frame, size_t len,
                         struct nf_neighbour *neighbour);

#endif
