#ifndef NF_FLOW_WHY_H
#define NF_FLOW_WHY_H

/*
 * Why a node or a task is where it is: what it waits for, since when, what
 * follows and what a person can do, in words.
 */

#include "flow/task.h"
#include "flow/trouble.h"
#include "model/command.h"
#include "model/sign.h"
#include "model/switch_port.h"

enum {
    NF_WHY_MAX = 2560,
    NF_WHY_REPORTS = 3
};

/* How a machine's report differs from what a task or another node says; in
 * the order of enum nf_unmatched_reason, and then a card that seems to be
 * another node's. */
enum nf_why_clash {
    NF_WHY_NO_TASK,
    NF_WHY_SERIAL_CLASH,
    NF_WHY_SERIAL_OTHER,
    NF_WHY_MAC_OTHER,
    NF_WHY_CARD,
};

struct nf_why_report {
    nf_mac_t mac, other; /* the machine; what it clashes with, or zero */
    uint64_t task;       /* the one that nearly fits, or 0 */
    const char *sn;      /* "": it says none */
    enum nf_why_clash clash;
    bool is_bare; /* its node is one that another may take over */
};

/* Where the node of a task is. */
enum nf_why_place {
    NF_WHY_HERE,    /* it is still the task's, or never came */
    NF_WHY_DELETED, /* there is none any more */
    NF_WHY_BACK,    /* another one of its MAC is there */
    NF_WHY_NEWER,   /* it has a newer task */
};

/* All that is known.  Times are 0 where nothing happened yet. */
struct nf_why_facts {
    nf_time_t now;
    const struct nf_node *node; /* NULL: no machine is known */
    const struct nf_task *task; /* its latest, or NULL */
    nf_time_t heard;            /* nf-agent of the installed system */
    nf_time_t in_ram;           /* nf-agent in RAM */
    nf_time_t at_script;        /* asked for its boot script, and got none */
    nf_time_t leased;           /* when DHCP last spoke of it */
    nf_time_t told;             /* its latest progress, and what that said */
    const char *progress;
    nf_time_t poll;  /* how often nf-agent in RAM speaks, */
    nf_time_t beat;  /* and that of the installed system */
    unsigned tries;  /* of a step that is tried again */
    unsigned starts; /* of an installer */
    /* Of this machine, or those that nearly are what a task waits for. */
    struct nf_why_report reports[NF_WHY_REPORTS];
    size_t reports_n;
    /* Nodes by themselves that may be this machine: by cards of its that do not
     * count, or because they report its serial number. */
    struct nf_why_report kin[NF_WHY_REPORTS];
    size_t kin_n;
    nf_mac_t taken; /* has the serial number, but is installed or has a task; or
                       zero */
    uint64_t twin;  /* another live task for this machine, or 0 */
    struct {
        uint64_t task; /* 0: none */
        char sn[64], said[64];
    } nearly; /* a task that waits for nearly the number that it reported */
    struct {
        uint64_t task; /* 0: none */
        uint8_t status;
    } before; /* the last task of a node of this MAC that was deleted */
    enum nf_why_place place;
    uint64_t newer; /* NF_WHY_NEWER: that task */
    /* What a worker has to do for the step that runs, or NULL; is one there,
     * and when the last one went, 0: there never was one. */
    const struct nf_command *command;
    bool has_worker;
    nf_time_t worker_gone;
    nf_time_t his_worker_gone; /* the one that has it is, since; 0: it is not */
    /* Of nf_why_step(), where that is a switch's: which port of which switch,
     * or "" each; of any device: what a worker said of it last, or NULL. */
    const char *at_switch, *at_port, *said;
    /* The switches whose ports are read before a worker can be told, or "". */
    const char *read_first;
    const struct nf_port_kept
        *kept; /* it was moved and not put back, or NULL */
    const struct nf_command *wanted; /* of the node itself, or NULL */
    const char *unfit; /* why its own address cannot be kept for it, or NULL */
    const char *not_enrolled; /* why its BMC was not enrolled, or NULL */
    /* Of a task that is over.  Its profile, or the content of that file of it,
     * is another one since the task was made; NULL: none is. */
    bool has_new_profile, is_profile_gone;
    const char *replaced;
    const char *diagnosis; /* what was known when it failed, or NULL */
    nf_time_t diagnosed_at;
    bool may_reinstall; /* NF_ALLOW_REINSTALL */
    /* Its firmware asked for a boot file and was offered none: what it is, what
     * lacks, and when it last asked; NULL: that is not known of it. */
    const char *firmware, *lacks;
    nf_time_t refused;
    const struct nf_signs *signs; /* what it was sent and refused, or NULL */
    bool lacks_mirror;  /* its profile needs packages that the mirror does not
                           serve */
    bool lacks_address; /* its profile's network is static, and it has none */
    struct {
        nf_time_t at, by; /* 0: never; forward, or back where negative */
    } clock_set;          /* the last time */
    nf_mac_t mac;         /* of the machine where there is no node */
    const struct nf_troubles
        *troubles; /* of the bastion; NULL: none is known */
};

struct nf_why {
    const char *state;     /* one word for it, such as "never_seen" */
    const char *trouble;   /* what of the bastion is in front, or NULL */
    const char *waits_for; /* NULL: for nothing */
    nf_time_t since, deadline;
    const char *then; /* the step that follows, or "completed" */
    char sentence[NF_WHY_MAX];
};

/* The step that it is about: the one that runs, else the one that the task, or
 * undoing it, failed by; NULL: none. */
const struct nf_step *nf_why_step(const struct nf_task *task);

void nf_why(const struct nf_why_facts *facts, struct nf_why *why);

/* What holds up the step that runs, alone, and its word; which may be "". */
const char *nf_why_hint(const struct nf_why_facts *facts, struct nf_out *out);

#endif
