#ifndef NF_PORT_SNMP_H
#define NF_PORT_SNMP_H

/*
 * A switch by SNMP: which columns to walk, what their rows say of its ports,
 * and what to set for another configuration.  By IF-MIB (RFC 2863), BRIDGE-MIB
 * (RFC 4188), Q-BRIDGE-MIB (RFC 4363), LLDP-MIB and LAG-MIB of IEEE 802, and
 * where these do not tell, Cisco's and Juniper's own.
 *
 * A port has up to four numbers: ifIndex, the bridge's, LLDP's and an
 * aggregate's.  They are the same on some switches only.
 */

#include "base/error.h"
#include "port/port.h"

enum {
    NF_SNMP_OID = 128,         /* numbers of one */
    NF_SNMP_MACS_MAX = 100000, /* addresses that a switch has learnt */
    NF_SNMP_BRIDGE_PORT_MAX = 65535,
    NF_SNMP_MAP = 8192, /* bytes of a port list */
};

/* What is asked about. */
enum nf_snmp_group {
    NF_SNMP_CONFIG = 1, /* ports, and what is set by hand */
    NF_SNMP_STATE = 2,  /* speed, spanning tree, aggregates */
    NF_SNMP_LEARNT = 4, /* addresses */
    NF_SNMP_SEEN = 8,   /* neighbors by LLDP */
    NF_SNMP_ALL = 15,
};

enum nf_snmp_type {
    NF_SNMP_NONE, /* noSuchObject and the like */
    NF_SNMP_INTEGER,
    NF_SNMP_UNSIGNED, /* Gauge32 and its kin */
    NF_SNMP_OCTETS,
    NF_SNMP_OBJECT, /* an OID */
};

/* A varbind.  What it points to is borrowed. */
struct nf_snmp_row {
    const uint32_t *oid;
    size_t n;
    enum nf_snmp_type type;
    int64_t number;
    struct nf_text octets;
};

struct nf_snmp_switch;

/* NULL: no memory. */
struct nf_snmp_switch *nf_snmp_new(void);
void nf_snmp_free(struct nf_snmp_switch *sw);

/* --- reading -----------------------------------------------------------------
 */

/* sysObjectID, which goes before all walks: whose switch it is. */
extern const uint32_t nf_snmp_object_id[9];
void nf_snmp_vendor(struct nf_snmp_switch *sw, const uint32_t *oid, size_t n);

/* A column to be walked; of a switch with a bridge per VLAN in the view of
 * `vlan`, which is community@VLAN, or the context vlan-VLAN of v3; 0: as it
 * is. */
struct nf_snmp_walk {
    const uint32_t *oid;
    size_t n;
    unsigned vlan;
    unsigned column; /* ours */
};

/* The next of these groups' columns; begins with a zeroed walk.  What was read
 * so far decides what is needed.  False: there is none more. */
bool nf_snmp_next(struct nf_snmp_switch *sw, unsigned groups,
                  struct nf_snmp_walk *walk);

/* The switch does not answer in a VLAN's view: what is left of it is left out;
 * of eight in a row, all further ones. */
void nf_snmp_skip_view(struct nf_snmp_switch *sw, struct nf_snmp_walk *walk);

/*
 * A row of the walk that is at work, of any bytes: one that makes no sense is
 * left out.  False: it is beyond the column, which is over.  NF_TOO_LARGE and
 * NF_NO_MEMORY come from nf_snmp_finish().
 */
bool nf_snmp_take(struct nf_snmp_switch *sw, const struct nf_snmp_walk *walk,
                  const struct nf_snmp_row *row);

/* Once, when all walks are over: NF_TOO_LARGE (fault says of what there is too
 * much), NF_NO_MEMORY. */
nf_error_t nf_snmp_finish(struct nf_snmp_switch *sw, struct nf_fault *fault);

/* Afterwards.  They stay the switch's. */
const struct nf_port *nf_snmp_ports(const struct nf_snmp_switch *sw, size_t *n);

/* Of the addresses, the i-th, sorted by MAC; one at a port that the switch does
 * not name has "" for it.  False: there are not so many. */
bool nf_snmp_mac(const struct nf_snmp_switch *sw, size_t i,
                 struct nf_port_mac *mac);

/* The VLANs that exist. */
const struct nf_vlans *nf_snmp_vlans(const struct nf_snmp_switch *sw);

/* --- changing ----------------------------------------------------------------
 */

enum {
    NF_SNMP_SET_MAX = 64,     /* varbinds of one request */
    NF_SNMP_SET_BYTES = 1200, /* of values: what one datagram carries */
};

/* What is set with one request. */
struct nf_snmp_set {
    const char *what; /* in words: "the description" */
    size_t n;
    struct nf_snmp_var {
        uint32_t oid[16];
        size_t oid_n;
        enum nf_snmp_type type;
        int64_t number;
        struct nf_text octets; /* borrowed from the change */
    } vars[NF_SNMP_SET_MAX];
};

struct nf_snmp_change;

/*
 * The change from how the port is to how it is wanted.  NF_INVALID: fault says
 * why not, as "VLAN 7 does not exist on this switch"; NF_NO_MEMORY.
 */
nf_error_t nf_snmp_change_new(const struct nf_snmp_switch *sw,
                              const struct nf_port *port,
                              const struct nf_port_config *wanted,
                              struct nf_snmp_change **change,
                              struct nf_fault *fault);
void nf_snmp_change_free(struct nf_snmp_change *change);

/*
 * The port lists that must be read just before they are written, some at a
 * time, as OIDs in set->vars.  False: there are none more.
 */
bool nf_snmp_change_reads(struct nf_snmp_change *change,
                          struct nf_snmp_set *set);

/* What came of one.  False: it is no port list that can be written. */
bool nf_snmp_change_read(struct nf_snmp_change *change,
                         const struct nf_snmp_row *row);

/*
 * The next request.  The order never leaves the port in no VLAN: it joins new
 * ones before it leaves old ones, in one request where that fits.  False: there
 * is none more.
 */
bool nf_snmp_change_next(struct nf_snmp_change *change,
                         struct nf_snmp_set *set);

#endif
