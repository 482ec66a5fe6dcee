#ifndef NF_PORT_OPERATION_H
#define NF_PORT_OPERATION_H

/*
 * What a command wants of a switch, what it is asked, and what comes of it.  A
 * change is: read the port, refuse what must not be changed, change, read back,
 * save.  One that failed half-way is put back.  In which order the switch is
 * asked is libnf/port/batch.h's.
 */

#include "base/error.h"
#include "port/port.h"

/* clang-format off */
/*    cause                     word              what a person reads */
#define NF_SWITCH_CAUSES(X)                                                   \
    X(NF_SWITCH_FINE,           "fine",           "")                         \
    X(NF_SWITCH_UNREACHABLE,    "unreachable",    "the switch does not "      \
                                                  "answer")                   \
    X(NF_SWITCH_HUNG,           "hung",           "the switch stopped answering")       \
    X(NF_SWITCH_WRONG_PASSWORD, "wrong_password", "the switch rejects the user or the password")     \
    X(NF_SWITCH_KEY,            "host_key",       "the switch's key is not the pinned one")  \
    X(NF_SWITCH_PRIVILEGE,      "privilege",      "the user is not allowed to do this") \
    X(NF_SWITCH_UNSUPPORTED,    "unsupported",    "the switch does not support this")                     \
    X(NF_SWITCH_REFUSED,        "refused",        "the switch refuses this")  \
    X(NF_SWITCH_NO_PORT,        "no_port",        "the switch has no such "   \
                                                  "port")                     \
    X(NF_SWITCH_NO_VLAN,        "no_vlan",        "a VLAN is missing on the switch")  \
    X(NF_SWITCH_NO_MAC,         "no_mac",         "the switch has not "       \
                                                  "learnt the address")       \
    X(NF_SWITCH_UPLINK,         "uplink",         "the port leads to other "  \
                                                  "switches")                 \
    X(NF_SWITCH_CHANGED,        "changed",        "somebody changed the port in the meantime")           \
    X(NF_SWITCH_OTHER_MACHINE,  "other_machine", "another machine is at "    \
                                                 "the port")                 \
    X(NF_SWITCH_BUSY,           "busy",           "the switch is busy")       \
    X(NF_SWITCH_MALFORMED,      "malformed",      "the switch's answer makes no sense")           \
    X(NF_SWITCH_NO_EFFECT,      "no_effect",      "the switch reports success, but nothing changes") \
    X(NF_SWITCH_NOT_FORWARDING, "not_forwarding", "the port does not "        \
                                                  "forward")                  \
    X(NF_SWITCH_UNSAVED,        "not_saved",      "the port was changed, but the switch did not save it")                       \
    X(NF_SWITCH_LOCAL,          "local",          "the worker could not do it")

#define NF_SWITCH_VERBS(X)                                                    \
    X(NF_SWITCH_PORTS,     "ports")     /* all, as far as the switch tells */ \
    X(NF_SWITCH_PORT,      "port")      /* one, with all that is known */     \
    X(NF_SWITCH_FIND,      "find")      /* where a MAC has been learnt */     \
    X(NF_SWITCH_NEIGHBORS, "neighbors") /* ports with one behind, by LLDP */  \
    X(NF_SWITCH_VLANS,     "vlans")                                           \
    X(NF_SWITCH_SET,       "set")                                             \
    X(NF_SWITCH_SAVE,      "save")
/* clang-format on */

#define X(name, ...) name,
enum nf_switch_cause {
    NF_SWITCH_CAUSES(X) NF_SWITCH_CAUSE_COUNT
};
enum nf_switch_verb {
    NF_SWITCH_VERBS(X) NF_SWITCH_VERB_COUNT
};
#undef X

/* By whom a switch is driven: words of its protocol or its command line. */
extern const char *const nf_switch_drivers[];
extern const char *const nf_switch_causes[NF_SWITCH_CAUSE_COUNT + 1];
extern const char *const nf_switch_verbs[NF_SWITCH_VERB_COUNT + 1];
const char *nf_switch_cause_text(enum nf_switch_cause cause);

enum {
    NF_SWITCH_WORDS = 256,
    NF_SWITCH_PIN = 80,
    NF_SWITCH_DRIVER = 16,
    NF_SWITCH_ARGS = 4096,
    NF_SWITCH_UPLINK_MACS = 8, /* more behind a port: it is no machine's */
    NF_SWITCH_MACHINE = 16,    /* MACs of one machine */
    NF_SWITCH_PATIENCE_S = 60, /* until one that died in mid-change is back */
};

/* One thing that is asked.  What it points to is borrowed until it is told. */
struct nf_switch_ask {
    enum nf_switch_verb verb;
    char port[NF_PORT_NAME];         /* PORT, SET */
    nf_mac_t mac;                    /* FIND */
    const struct nf_port_config *is; /* SET: only what differs is sent */
    const struct nf_port_config *wanted;
};

/*
 * What came of it.  Lists are the driver's, and valid until it is asked again
 * or closed.  PORTS, NEIGHBORS: ports; PORT: one, with macs, lag, neighbor, and
 * NF_SWITCH_NO_PORT without one; FIND: macs, none when it is not learnt; VLANS:
 * vlans.  PORTS and PORT: macs too, what these ports have learnt, named as they
 * are; others may be among them.
 */
struct nf_switch_told {
    enum nf_switch_cause cause;
    char words[NF_SWITCH_WORDS]; /* the device's own, or "" */
    char pin[NF_SWITCH_PIN];     /* the key that it showed, or "" */
    const struct nf_port *ports;
    size_t ports_n;
    const struct nf_port_mac *macs;
    size_t macs_n;
    struct nf_vlans vlans;
};

/* Fail with a cause, in words if there are any. */
void nf_switch_fail(struct nf_switch_told *told, enum nf_switch_cause cause,
                    struct nf_text words);

/* Which members of a configuration are wanted. */
enum {
    NF_SWITCH_SETS_MODE = 1,
    NF_SWITCH_SETS_VLAN = 2,
    NF_SWITCH_SETS_TAGGED = 4,
    NF_SWITCH_SETS_ADMIN = 8,
    NF_SWITCH_SETS_DESCRIPTION = 16,
};

enum nf_switch_stage {
    NF_SWITCH_LOOKS,    /* it has not been read */
    NF_SWITCH_JUDGED,   /* it is to be changed, if the VLANs exist */
    NF_SWITCH_READY,    /* they do */
    NF_SWITCH_WAS_SET,  /* it is to be read back */
    NF_SWITCH_TO_SAVE,  /* it is as it is wanted, and to be saved */
    NF_SWITCH_BACK,     /* it is to be put back */
    NF_SWITCH_WAS_BACK, /* and to be read */
    NF_SWITCH_FORWARDS, /* it is saved, and to be watched */
    NF_SWITCH_ENDED,
};

struct nf_switch_operation {
    enum nf_switch_verb goal;
    char port[NF_PORT_NAME];
    nf_mac_t mac;
    uint32_t sets;
    struct nf_port_config set;
    bool is_forced; /* an uplink too */
    /* What the port was when it was decided to change it. */
    bool has_expected;
    struct nf_port_config expected;
    nf_mac_t machine[NF_SWITCH_MACHINE]; /* whose port it must be */
    uint8_t machine_n;                   /* 0: anyone's */
    bool must_forward;                   /* at the end */
    /* It began to change the port, perhaps in an earlier life: what it was is
     * expected then. */
    bool is_begun;
    nf_time_t ends_at; /* 0: at no time */

    enum nf_switch_stage stage;
    struct nf_port was, is; /* of a change; `is` of PORT too */
    struct nf_port_config wanted;
    bool is_changed, is_undone, is_asked, is_lost;
    uint8_t looks, backs;
    nf_time_t at;                  /* when it looks next */
    nf_time_t failed_at;           /* since then the switch is waited for */
    nf_time_t since;               /* the port is watched */
    struct nf_switch_told failure; /* of the change; fine: none */
    struct nf_switch_told told;    /* at the end the outcome */
};

/*
 * By a command's word ("ports" or "scan", "port", "find", "neighbors", "vlans")
 * and its arguments, a JSON object of an operator or of whoever sends for him:
 * port, mac, mode, vlan, tagged, admin, description, force, expected, machine,
 * forward; which switch it is for, in "switch", is not looked at.  NF_INVALID
 * or NF_NOT_FOUND (no such command): fault says why.
 */
nf_error_t nf_switch_operation_read(struct nf_switch_operation *operation,
                                    struct nf_text command, struct nf_text args,
                                    struct nf_fault *fault);

/* What nf_port_json() says of a configuration; other members are ignored. */
nf_error_t nf_port_config_read(struct nf_text json,
                               struct nf_port_config *config,
                               struct nf_fault *fault);

/* The argument that may be said without its name; NULL: there is none. */
const char *nf_switch_operation_argument(struct nf_text command);

/*
 * What a command answers: of a port and of a scan a JSON object, of one that
 * failed "cause: text (the switch's words)".  Where the room is small a port's
 * VLANs are left out, then its texts.
 */
void nf_switch_operation_result(const struct nf_switch_operation *operation,
                                struct nf_out *out);

/* The outcome as a JSON object, with all that was told. */
void nf_switch_operation_json(const struct nf_switch_operation *operation,
                              struct nf_out *out);

#endif
