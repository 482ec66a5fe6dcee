#ifndef NF_PLACE_PLACE_H
#define NF_PLACE_PLACE_H

/*
 * Which port of which switch a node is at: as an operator says, else as its
 * switch told it by LLDP, else where switches have learnt its addresses.
 */

#include "model/switch_port.h"
#include "port/seen.h"
#include "store/txn.h"

enum nf_place {
    NF_PLACE_FOUND,
    NF_PLACE_NONE,   /* nobody has seen it */
    NF_PLACE_TWO,    /* it may be either of two ports */
    NF_PLACE_UPLINK, /* it was seen only behind other switches */
};

/*
 * FOUND: *link says where and by what, and its port is named as the switch
 * does, where the switch was scanned; else words say why, with the ports that
 * might be it ("two ports can be the machine's own: Gi1/0/1 of sw1 and Eth4 of
 * sw2").  The scope may fail: NONE then.
 */
enum nf_place nf_place_find(struct nf_read *r, nf_mac_t mac,
                            struct nf_port_link *link, struct nf_out *words);

/*
 * The same where somebody named the port: "sw1 Gi1/0/1", or "Gi1/0/1", of the
 * switch that the node is known to be at, or of the only one that there is.
 * The link is as if by hand.
 */
enum nf_place nf_place_named(struct nf_read *r, nf_mac_t mac,
                             struct nf_text name, struct nf_port_link *link,
                             struct nf_out *words);

/* What a scan told of a port, by any of its names; false: there is no such
 * port, or the switch was not scanned. */
bool nf_place_port(struct nf_read *r, const char *device, const char *port,
                   struct nf_port_seen *seen);

#endif
