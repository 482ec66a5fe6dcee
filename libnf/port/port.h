#ifndef NF_PORT_PORT_H
#define NF_PORT_PORT_H

/*
 * A switch's ports as they are read and wanted, whatever protocol tells of
 * them.
 */

#include "base/address.h"
#include "base/out.h"
#include "base/text.h"

enum {
    NF_VLAN_MAX = 4094,
    NF_PORT_NAME = 64, /* with its end; so the others */
    NF_PORT_WORDS = 128,
    NF_PORTS_MAX = 4096, /* of one switch */
};

/* A set of VLANs, 1 to NF_VLAN_MAX. */
struct nf_vlans {
    uint64_t bits[64];
};

static inline bool
nf_vlans_has(const struct nf_vlans *vlans, unsigned vlan)
{
    return vlan <= NF_VLAN_MAX
           && (vlans->bits[vlan / 64] >> vlan % 64 & 1) != 0;
}

/* One that is no VLAN is left out. */
void nf_vlans_add(struct nf_vlans *vlans, unsigned first, unsigned last);
void nf_vlans_remove(struct nf_vlans *vlans, unsigned vlan);
unsigned nf_vlans_count(const struct nf_vlans *vlans);
bool nf_vlans_equal(const struct nf_vlans *a, const struct nf_vlans *b);

/* "1,5-7,4094"; "" of none.  Parsing takes blanks beside commas, and words
 * "none" and "all"; false: it is no such list, and *vlans is as it was. */
void nf_vlans_print(const struct nf_vlans *vlans, struct nf_out *out);
bool nf_vlans_parse(struct nf_text text, struct nf_vlans *vlans);

/* clang-format off */
#define NF_PORT_MODES(X)                                                      \
    X(NF_PORT_OTHER,  "other")   /* routed, dynamic, or not told */           \
    X(NF_PORT_ACCESS, "access")                                               \
    X(NF_PORT_TRUNK,  "trunk")

#define NF_PORT_STATES(X)                                                     \
    X(NF_PORT_UNTOLD, "unknown")                                              \
    X(NF_PORT_DOWN,   "down")                                                 \
    X(NF_PORT_UP,     "up")
/* clang-format on */

#define X(name, ...) name,
enum nf_port_mode {
    NF_PORT_MODES(X) NF_PORT_MODE_COUNT
};
enum nf_port_state {
    NF_PORT_STATES(X) NF_PORT_STATE_COUNT
};
#undef X

extern const char *const nf_port_modes[NF_PORT_MODE_COUNT + 1];
extern const char *const nf_port_states[NF_PORT_STATE_COUNT + 1];

/* What is set by hand, and what an undo restores. */
struct nf_port_config {
    enum nf_port_mode mode;
    unsigned vlan;          /* of access; of a trunk the native one, 0: none */
    struct nf_vlans tagged; /* of a trunk */
    enum nf_port_state admin; /* up unless it is shut down */
    char description[NF_PORT_WORDS];
};

struct nf_port {
    char name[NF_PORT_NAME]; /* as the switch calls it */
    uint32_t index;          /* by which the switch knows it; 0: by its name */
    struct nf_port_config config;
    enum nf_port_state link;
    enum nf_port_state forwards;  /* by its spanning tree */
    uint32_t mbps;                /* 0: not told */
    char lag[NF_PORT_NAME];       /* the aggregate that it is part of, or "" */
    uint32_t macs;                /* addresses that it has learnt */
    char neighbor[NF_PORT_WORDS]; /* who is behind it by LLDP, or "" */
    bool is_bridge_behind;        /* and says that it is a bridge or router */
};

/* An address that a switch has learnt. */
struct nf_port_mac {
    nf_mac_t mac;
    unsigned vlan; /* 0: not told */
    char port[NF_PORT_NAME];
};

/* Whether the two are the same port's name, however it is shortened: "Gi1/0/1"
 * and "GigabitEthernet1/0/1", "Eth 1/1" and "Ethernet1/1". */
bool nf_port_is_named(struct nf_text a, struct nf_text b);

/* Same in all that is set by hand. */
bool nf_port_config_equal(const struct nf_port_config *a,
                          const struct nf_port_config *b);

/* What differs, in words: "vlan is 7, not 1; description is ..."; "" when
 * nothing does. */
void nf_port_config_difference(const struct nf_port_config *is,
                               const struct nf_port_config *was,
                               struct nf_out *out);

/* The port as a JSON object. */
void nf_port_json(const struct nf_port *port, struct nf_out *out);

/* --- which port a machine is at ---------------------------------------------
 */

/* Where a switch has seen the machine's MAC. */
struct nf_port_sighting {
    const char *device; /* the switch */
    const struct nf_port *port;
};

/* Why a port is no edge, to follow "is": NULL: it may be one.  A port with more
 * than max_macs addresses, with a bridge behind it, or in an aggregate leads to
 * other switches. */
const char *nf_port_uplink(const struct nf_port *port, unsigned max_macs);

/*
 * The only one of them that can be an edge, its number; -1: there is none, or
 * more than one, and words say so with the names of two.
 */
int nf_port_find_edge(const struct nf_port_sighting *seen, size_t n,
                      unsigned max_macs, struct nf_out *words);

#endif
