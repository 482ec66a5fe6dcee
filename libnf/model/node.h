#ifndef NF_MODEL_NODE_H
#define NF_MODEL_NODE_H

/*
 * A machine, as the store keeps it and as the API shows it.
 *
 * struct nf_node is also the flat record in the store (docs/store.md): fixed
 * widths, no padding, little endian, so that a boot script is made from it
 * without parsing anything.  Changing it means a new schema number.
 */

#include <assert.h>

#include "base/address.h"
#include "base/error.h"
#include "base/text.h"
#include "model/boot_mode.h"

enum {
    NF_NODE_MACS = 8, /* further MACs of the same machine */
    NF_NODE_DNS = 3,
    NF_NODE_EXTRA_MAX = 2048, /* bytes of the operator's own JSON object */
    NF_NODE_JSON_MAX = 8192,
};

/* Stored, as what follows: a number never gets another meaning. */
enum nf_node_status {
    NF_NODE_DISCOVERED = 0,
    NF_NODE_INSTALLING = 1,
    NF_NODE_INSTALLED = 2,
};

/* What the node's boot script says; kept up to date by the flow. */
enum nf_node_boot {
    NF_BOOT_WAIT = 0,    /* discovered: ask again */
    NF_BOOT_INSTALL = 1, /* a live task's install script */
    NF_BOOT_AGENT = 2,   /* nf-agent in RAM, for its first operations */
    NF_BOOT_LOCAL = 3,   /* its own disk */
    NF_BOOT_STUCK = 4,   /* installing, but not by now: wait and say why */
};

/* Where its host name is from. */
enum nf_name_kind {
    NF_NAME_SAID = 0,   /* the machine said so */
    NF_NAME_GIVEN = 1,  /* an operator, or its task */
    NF_NAME_SHARED = 2, /* it said so as others did: nobody's name */
};

/* By whom a node has an address of its own (its netmask is set). */
enum nf_node_given {
    NF_GIVEN_BY_OPERATOR = 0,
    NF_GIVEN_BY_TASK = 1,   /* that is not over */
    NF_GIVEN_BY_SYSTEM = 2, /* a task that is over put it onto the disk */
};

struct nf_node {
    nf_time_t created_at;
    nf_time_t updated_at;
    uint64_t revision;   /* sequence number of the event that last changed it */
    uint64_t last_event; /* of any kind: its events are a chain from here */
    uint64_t task;       /* its latest task, 0: never had one */
    nf_mac_t mac;
    uint8_t status;   /* enum nf_node_status */
    uint8_t boot;     /* enum nf_node_boot */
    uint16_t attempt; /* of the live task; install tokens depend on it */
    uint16_t extra_len;
    uint8_t macs_n;
    uint8_t dns_n;
    uint8_t online;                /* a heartbeat came lately */
    uint8_t is_bound : 1;          /* an operator's DHCP binding */
    uint8_t given : 2;             /* enum nf_node_given */
    uint8_t boot_mode : 2;         /* it started so when its BMC told it to */
    uint8_t is_profile_chosen : 1; /* by an operator, for its next task */
    uint8_t unused : 2;            /* zero, as those three were before */
    nf_ip4_t ip, netmask, gateway; /* leased, or set by an operator or task */
    nf_ip4_t dns[NF_NODE_DNS];
    nf_mac_t macs[NF_NODE_MACS];
    char hostname[64];
    char serial[64];
    char profile[32];  /* of its latest task, or chosen for the next one */
    char bootfile[48]; /* what its boot script chains instead, "": nothing */
    nf_time_t heard;   /* its system's last heartbeat, 0: never; in no event */
    nf_ip4_t agent_ip; /* what its agent says: shown, and nothing goes by it */
    uint8_t is_leased; /* one of its MACs had a lease of ours, ever */
    uint8_t is_known;  /* an operator has named it */
    uint8_t found;     /* bit i: macs[i] showed itself, nobody named it */
    uint8_t name_kind; /* enum nf_name_kind */
};

static_assert(sizeof(struct nf_node) == 352, "stored: see docs/store.md");

/* The words of enum nf_node_status, NULL at the end. */
extern const char *const nf_node_statuses[];

/*
 * The node as the API shows it, without the closing brace: what changes too
 * often to be stored (last_heartbeat) is written behind it.  extra and labels
 * are each a JSON object or empty.
 */
void nf_node_json(const struct nf_node *node, struct nf_text extra,
                  struct nf_text labels, struct nf_out *out);

/* DHCP keeps its address for it: bound by hand, static, or its task's. */
bool nf_node_is_bound(const struct nf_node *node);

/* It has an address that is nobody else's, whether DHCP gives it or not. */
bool nf_node_is_static(const struct nf_node *node);

/* Its host name; "" when it has none of its own. */
const char *nf_node_name(const struct nf_node *node);

/* The same, or "node-525400123456". */
void nf_node_hostname(const struct nf_node *node, char name[static 64]);

/* Members that an operator may set; what is absent is left as it was. */
struct nf_node_edit {
    struct nf_node node;   /* values; which are meant is in `has` */
    struct nf_text extra;  /* borrowed: lives as long as the arena */
    struct nf_text labels; /* the same: which change, as JSON; empty: all go */
    char action[16];
    char profile[32];
    nf_mac_t consent; /* the node that may be wiped */
    bool force;       /* what it lacks is no reason not to install it */
    uint32_t has;     /* bits of enum nf_node_member */
};

enum nf_node_member {
    NF_HAS_MAC = 1 << 0,
    NF_HAS_IP = 1 << 1,
    NF_HAS_NETMASK = 1 << 2,
    NF_HAS_GATEWAY = 1 << 3,
    NF_HAS_DNS = 1 << 4,
    NF_HAS_HOSTNAME = 1 << 5,
    NF_HAS_SERIAL = 1 << 6,
    NF_HAS_MACS = 1 << 7,
    NF_HAS_EXTRA = 1 << 8,
    NF_HAS_ACTION = 1 << 9,
    NF_HAS_PROFILE = 1 << 10,
    NF_HAS_LABELS = 1 << 11,
    NF_HAS_CONSENT = 1 << 12,
    NF_HAS_FORCE = 1 << 13,
};

#endif
