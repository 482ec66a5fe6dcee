#ifndef NF_PORT_SNMP_SWITCH_H
#define NF_PORT_SNMP_SWITCH_H

/*
 * What was read of a switch so far; within libnf/port only.
 */

#include "port/snmp.h"

enum {
    NF_SNMP_INTERFACES = 16384, /* VLANs' interfaces and units among them */
    NF_SNMP_INDEX_ROOM = 32768, /* a power of two */
    NF_SNMP_STATIONS = 4096,    /* local ports, and neighbors, by LLDP */
};

enum nf_snmp_vendor {
    NF_SNMP_CISCO = 9,
    NF_SNMP_JUNIPER = 2636,
};

/* A row of ifTable and what hangs on it.  A slot is its place, 1 the first; 0:
 * there is none. */
struct nf_snmp_interface {
    uint32_t index;
    uint32_t type, admin, oper, mbps;
    char name[NF_PORT_NAME], descr[NF_PORT_NAME], alias[NF_PORT_WORDS];
    uint32_t bridge_port; /* 0: it is none */
    uint32_t pvid;
    struct nf_vlans fixed, fixed_bare; /* by the static table: all, untagged */
    struct nf_vlans live, live_bare;   /* by the current one */
    uint32_t spanning;                 /* dot1dStpPortState */
    uint32_t selected, attached;       /* its aggregate's ifIndex */
    uint32_t above;                    /* the slot of what is stacked on it */
    uint32_t vm_vlan, native, wish, status, wire; /* Cisco's: see their MIBs */
    struct nf_vlans enabled;
    uint32_t whole; /* slot of the port whose unit it is */
    uint32_t port;  /* 1 the first of the ports; 0: it is none */
};

struct nf_snmp_learnt {
    nf_mac_t mac;
    uint16_t vlan; /* of the view that it was read in; 0: fid tells */
    uint32_t fid, slot;
};

struct nf_snmp_fid {
    uint32_t fid;
    uint32_t vlan;
};

struct nf_snmp_pvid {
    uint32_t port, vlan;
};

struct nf_snmp_station {                        /* a local port of LLDP */
    uint32_t number, by_id, by_descr, by_index; /* slots */
};

struct nf_snmp_neighbor {
    uint32_t number, remote; /* the local port, and which neighbor of it */
    char name[NF_PORT_WORDS], chassis[NF_PORT_NAME];
    bool is_bridge;
    unsigned column; /* that told of it last */
};

struct nf_snmp_switch {
    uint32_t vendor;    /* enterprise number */
    const char *excess; /* of what there is too much */
    bool is_out_of_memory;

    struct nf_snmp_interface *interfaces;
    size_t interfaces_n, interfaces_room;
    uint16_t by_index[NF_SNMP_INDEX_ROOM]; /* slots */

    uint16_t bridge[NF_SNMP_BRIDGE_PORT_MAX + 1]; /* slots, of the view */
    bool is_renumbered; /* bridge ports are no ifIndexes */

    struct nf_vlans vlans, views; /* with a bridge of its own */
    unsigned skipped;             /* views in a row that were silent */
    /* Of the column at work, whose rows a switch may tell once for each value
     * of its TimeMark: the VLANs that it told of, and whether it begins anew.
     */
    struct nf_vlans seen;
    bool is_repeated;
    bool has_fixed, has_text_lists, has_q_learnt, has_vtp;

    struct nf_snmp_pvid *pvids;
    size_t pvids_n, pvids_room;
    bool is_pvid_by_index; /* dot1qPvid is told by ifIndex, as by Comware */

    struct nf_snmp_fid fids[NF_VLAN_MAX], tags[NF_VLAN_MAX];
    size_t fids_n, tags_n;
    struct nf_snmp_learnt *learnt;
    size_t learnt_n, learnt_room;

    struct nf_snmp_station *stations;
    size_t stations_n, stations_room;
    struct nf_snmp_neighbor *neighbors;
    size_t neighbors_n, neighbors_room;

    struct nf_port *ports;
    size_t ports_n;
};

/* Room for one more of an array of `max` at most: false, and it is noted why.
 */
bool nf_snmp_make_room(struct nf_snmp_switch *sw, void **rows, size_t size,
                       size_t n, size_t *room, size_t max, const char *what);

static inline struct nf_snmp_interface *
nf_snmp_at(const struct nf_snmp_switch *sw, uint32_t slot)
{
    return slot == 0 ? NULL : &sw->interfaces[slot - 1];
}

/* Slots. */
uint32_t nf_snmp_by_index(const struct nf_snmp_switch *sw, int64_t index);
uint32_t nf_snmp_add_interface(struct nf_snmp_switch *sw, uint32_t index);
uint32_t nf_snmp_by_bridge_port(const struct nf_snmp_switch *sw, int64_t port);
uint32_t nf_snmp_by_name(const struct nf_snmp_switch *sw, struct nf_text name);

/* To their interfaces, while the bridge of the switch's own view is known. */
void nf_snmp_place_pvids(struct nf_snmp_switch *sw);

/* Without the zero bytes that some agents put at the end. */
struct nf_text nf_snmp_words(const struct nf_snmp_row *row);

/* LLDP's rows: index is what stands behind the column. */
void nf_snmp_take_local_id(struct nf_snmp_switch *sw, uint32_t number,
                           const struct nf_snmp_row *row);
void nf_snmp_take_local_descr(struct nf_snmp_switch *sw, uint32_t number,
                              const struct nf_snmp_row *row);
struct nf_snmp_neighbor *nf_snmp_neighbor(struct nf_snmp_switch *sw,
                                          uint32_t number, uint32_t remote);
void nf_snmp_take_chassis(struct nf_snmp_neighbor *neighbor,
                          const struct nf_snmp_row *row);
void nf_snmp_take_abilities(struct nf_snmp_neighbor *neighbor,
                            const struct nf_snmp_row *row);
void nf_snmp_place_neighbors(struct nf_snmp_switch *sw);

/* Calls take() with each port's slot of a list. */
void nf_snmp_each_port(struct nf_snmp_switch *sw, struct nf_text list,
                       void (*take)(struct nf_snmp_interface *, unsigned vlan),
                       unsigned vlan);

/* Whether it is decimal numbers and commas, as Junos tells a port list. */
bool nf_snmp_is_text_list(struct nf_text list);

/* Configuration and state, once all is read. */
void nf_snmp_describe(const struct nf_snmp_switch *sw,
                      const struct nf_snmp_interface *interface,
                      struct nf_port *port);

#endif
