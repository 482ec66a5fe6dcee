#ifndef NF_MODEL_SWITCH_PORT_H
#define NF_MODEL_SWITCH_PORT_H

/*
 * What is known of switches and of who is at their ports: when one was scanned,
 * the link of a node to a port, and what a port was before a task moved it.
 */

#include <assert.h>

#include "base/address.h"
#include "base/out.h"
#include "model/managed_device.h"
#include "model/worker.h"

enum {
    NF_LINK_PORT = 64, /* with its end: NF_PORT_NAME */
    NF_LINK_JSON_MAX = 512,
    NF_KEPT_TAGGED = 2048, /* of a printed list of VLANs, with its end */
    NF_KEPT_JSON_MAX = 4096,
    NF_SWITCH_SEEN_JSON_MAX = 512,
};

/* Stored as it is.  All zero: it was never scanned. */
struct nf_switch_seen {
    nf_time_t asked_at;   /* a scan was asked for, */
    nf_time_t scanned_at; /* the last one that came to its end had begun, */
    nf_time_t failed_at; /* the last one that failed had ended, as error says */
    uint64_t scan;       /* number of the command that is on its way, or 0 */
    uint32_t ports;      /* how many the last one brought */
    uint32_t reserved;   /* 0 */
    /* All its commands go to this worker until then: what he has may still be
     * carried out. */
    nf_time_t held_until;
    char worker[NF_WORKER_NAME];
    char error[NF_MANAGED_ERROR];
};

static_assert(sizeof(struct nf_switch_seen) == 208,
              "stored: see docs/store.md");

void nf_switch_seen_json(const struct nf_switch_seen *seen, struct nf_out *out);

/* clang-format off */
#define NF_LINK_WAYS(X)                                                       \
    X(NF_LINK_BY_HAND, "hand")                                                \
    X(NF_LINK_BY_LLDP, "lldp")                                                \
    X(NF_LINK_BY_MAC,  "mac")
/* clang-format on */

#define X(way, word) way,
enum nf_link_way {
    NF_LINK_WAYS(X) NF_LINK_WAY_COUNT
};
#undef X

extern const char *const nf_link_ways[NF_LINK_WAY_COUNT + 1];

/* Which port a node is at.  Stored as it is: those by hand. */
struct nf_port_link {
    uint64_t revision; /* number of the event that told of it last, or 0 */
    nf_time_t created_at;
    nf_mac_t node;
    uint8_t by; /* enum nf_link_way */
    uint8_t reserved;
    char device[NF_MANAGED_NAME]; /* the switch */
    char port[NF_LINK_PORT];      /* as the operator, or the switch, calls it */
};

static_assert(sizeof(struct nf_port_link) == 120, "stored: see docs/store.md");

void nf_port_link_json(const struct nf_port_link *link, struct nf_out *out);

/*
 * A port as it was before a task moved it, so that it can be put back, also
 * months later.  Stored as it is.
 */
struct nf_port_kept {
    uint64_t revision;
    nf_time_t kept_at;
    uint64_t task; /* that moved it first, 0: none */
    nf_mac_t node;
    uint8_t is_open; /* it has been neither put back nor into production */
    uint8_t mode;    /* enum nf_port_mode */
    uint8_t admin;   /* enum nf_port_state */
    uint8_t reserved;
    uint16_t vlan;
    uint8_t reserved_2[4];
    char device[NF_MANAGED_NAME];
    char port[NF_LINK_PORT];
    char description[128];
    char tagged[NF_KEPT_TAGGED]; /* as nf_vlans_print() does */
};

static_assert(sizeof(struct nf_port_kept) == 2312, "stored: see docs/store.md");

void nf_port_kept_json(const struct nf_port_kept *kept, struct nf_out *out);

#endif
