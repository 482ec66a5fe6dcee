#ifndef NF_STORE_PORTS_H
#define NF_STORE_PORTS_H

/*
 * Ports of switches as they were last seen, and who was seen at them: by
 * switch and name, and by MAC.
 */

#include "model/switch_port.h"
#include "store/txn.h"

enum {
    NF_PORT_SIGHTINGS = 16,   /* of one MAC */
    NF_PORT_ADDRESSES = 8,    /* at one port: more are not listed */
    NF_PORT_JSON_MAX = 12288, /* with the longest list of VLANs */
};

/* False: there is none, or the scope has failed. */
bool nf_switches_get(struct nf_read *r, const char *device,
                     struct nf_switch_seen *seen);
bool nf_switches_put(struct nf_write *w, const char *device,
                     const struct nf_switch_seen *seen);

/* By name: the one behind device, "" for the very first, whose name is written
 * there.  It need not be a device any more. */
bool nf_switches_next(struct nf_read *r, char device[static NF_MANAGED_NAME],
                      struct nf_switch_seen *seen);

/* Its JSON, in the store. */
bool nf_ports_get(struct nf_read *r, const char *device, const char *port,
                  struct nf_text *json);

/* Those of a switch by name: the one behind port, "" for the very first, whose
 * name is written there. */
bool nf_ports_next(struct nf_read *r, const char *device,
                   char port[static NF_LINK_PORT], struct nf_text *json);

/* One MAC at one port. */
struct nf_port_sight {
    char device[NF_MANAGED_NAME];
    char port[NF_LINK_PORT];
    nf_time_t last; /* when it was there last; 0: it is, by the latest scan */
};

/* Where a MAC was seen; at most n. */
size_t nf_ports_of_mac(struct nf_read *r, nf_mac_t mac,
                       struct nf_port_sight sights[], size_t n);

/* By the key of its row, "525400000001/sw1/Ethernet1". */
bool nf_ports_sight(struct nf_read *r, const char *row, nf_time_t *last);

/*
 * A port as it is now, and who is at it; nothing is written where that is so
 * already.  Who was there before `now` and is not is remembered, as long as he
 * is not seen at another port of the switch.
 */
bool nf_ports_put(struct nf_write *w, const char *device, const char *port,
                  struct nf_text json, const nf_mac_t addresses[], size_t n,
                  nf_time_t now);

/* The switch has it no more. */
bool nf_ports_delete(struct nf_write *w, const char *device, const char *port);

/* Some of its ports, at most max, and at last the switch itself; *is_over:
 * nothing is left of it. */
bool nf_ports_forget(struct nf_write *w, const char *device, unsigned max,
                     bool *is_over);

#endif
