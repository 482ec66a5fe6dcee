#ifndef NF_MODEL_TASK_H
#define NF_MODEL_TASK_H

/*
 * One installation of one machine: a plan of steps, each with what it waits
 * for, since when and how often it was tried.
 *
 * struct nf_task is the stored record as well: see model/node.h.
 */

#include <assert.h>

#include "base/address.h"
#include "base/error.h"
#include "base/out.h"

enum {
    NF_TASK_STEPS = 32,       /* at most; stored are those of its plan */
    NF_TASK_TEXT = 14,        /* "task-0000001a" */
    NF_TASK_SPEC_MAX = 8192,  /* bytes of what the operator asked for */
    NF_TASK_JSON_MAX = 24576, /* of the whole object, in an event too */
};

/* Stored, as what follows: a number never gets another meaning. */
enum nf_task_status {
    NF_TASK_PENDING = 0,
    NF_TASK_APPROVED = 1,
    NF_TASK_INSTALLING = 2,
    NF_TASK_COMPLETED = 3,
    NF_TASK_REJECTED = 4,
    NF_TASK_CANCELLED = 5,
    NF_TASK_FAILED = 6,
};

/*
 * What a step does, with the number that is stored for it.  A number is never
 * changed nor used again, and says nothing of the step's place: flow/plan.c has
 * the order.  A new kind gets the next one, at the end.
 */
/* clang-format off */
#define NF_STEP_KIND_LIST(X)                                                  \
    X(NF_STEP_APPROVAL,               0, "approval")                          \
    X(NF_STEP_NODE_MATCH,             1, "node_match")                        \
    X(NF_STEP_SWITCH_INSTALL_VLAN,    2, "switch_install_vlan")               \
    X(NF_STEP_BOOT_CONFIG,            3, "boot_config")                       \
    X(NF_STEP_DHCP_BINDING,           4, "dhcp_binding")                      \
    X(NF_STEP_BMC_BOOT_PXE,           5, "bmc_boot_pxe")                      \
    X(NF_STEP_BMC_RESET,              6, "bmc_reset")                         \
    X(NF_STEP_NODE_BOOT,              7, "node_boot")                         \
    X(NF_STEP_HARDWARE_CONFIG,        8, "hardware_config")                   \
    X(NF_STEP_NETWORK_CONFIG,         9, "network_config")                    \
    X(NF_STEP_OS_INSTALL,            10, "os_install")                        \
    X(NF_STEP_FIRST_BOOT,            11, "first_boot")                        \
    X(NF_STEP_SWITCH_PRODUCTION_VLAN, 12, "switch_production_vlan")           \
    X(NF_STEP_BMC_BOOT_DISK,         13, "bmc_boot_disk")                     \
    X(NF_STEP_CLEANUP,               14, "cleanup")
/* clang-format on */

enum nf_step_kind {
#define X(kind, number, word) kind = (number),
    NF_STEP_KIND_LIST(X)
#undef X
    NF_STEP_KINDS, /* none: behind the last number */
};

enum nf_step_status {
    NF_STEP_WAITING = 0, /* its turn has not come */
    NF_STEP_RUNNING = 1,
    NF_STEP_RETRYING = 2, /* it failed and begins again at its deadline */
    NF_STEP_DONE = 3,
    NF_STEP_SKIPPED = 4,
    NF_STEP_FAILED = 5,
};

struct nf_step {
    nf_time_t started, ended, deadline; /* 0: not yet, or none */
    uint16_t attempts;
    uint8_t kind;    /* enum nf_step_kind */
    uint8_t status;  /* enum nf_step_status */
    char error[108]; /* the last one, printable */
};

/* What a task has and wants, fixed when it is created; and how it goes. */
enum nf_task_flag {
    NF_TASK_HAS_BMC = 1 << 0,
    NF_TASK_HAS_SWITCH = 1 << 1,
    NF_TASK_HAS_IMAGE = 1 << 2,    /* nf-agent does os_install */
    NF_TASK_HAS_HARDWARE = 1 << 3, /* scripts or RAID before the install */
    NF_TASK_HAS_FILES = 1 << 4,    /* boots by files that nf-relay writes */
    NF_TASK_NO_PXE = 1 << 5,       /* its PXELINUX file was taken away */
    NF_TASK_BY_BIOS = 1 << 6,    /* its boot flag is the BIOS's, else UEFI's */
    NF_TASK_OTHER_MODE = 1 << 7, /* that of the other was set in vain */
    NF_TASK_WHEN_IT_BOOTS = 1 << 8, /* its machine is off: no time runs yet */
    NF_TASK_CONSENTED = 1 << 9,     /* an operator named the node to be wiped */
};

struct nf_task {
    uint64_t id; /* sequence number of the event that created it */
    uint64_t revision;
    nf_time_t created_at, updated_at;
    nf_time_t approved_at; /* or rejected; 0: not yet */
    nf_time_t deadline;    /* of the step that runs, 0: none */
    nf_mac_t mac;          /* all zero: no machine matches yet */
    uint8_t status;        /* enum nf_task_status */
    uint8_t percent;       /* never goes down in one attempt */
    uint8_t steps_n;
    uint8_t step;     /* the one that runs; steps_n when all are over */
    uint16_t attempt; /* counts the node's install attempts, from 1 */
    uint16_t scripts; /* install scripts served in this attempt */
    uint16_t flags;   /* enum nf_task_flag */
    uint16_t tries;   /* how often an operator asked for it again */
    uint16_t spec_len;
    uint8_t method;     /* enum nf_method, of its profile then */
    uint8_t first_boot; /* enum nf_first_boot */
    uint8_t is_undoing; /* over, and undoing what was done */
    uint8_t node_was;   /* enum nf_node_status, before it was installed by it */
    nf_time_t script_at; /* when the last install script was counted */
    char sn[64];         /* the serial number asked for, or the node's */
    char profile[32];
    char os_type[32], os_version[32];
    char bootfile[48]; /* what boot.ipxe chains instead, "": nothing */
    char actor[32];    /* who created it */
    char approver[32]; /* who approved or rejected it */
    char reason[128];  /* why it failed, was cancelled or rejected */
    struct nf_step steps[NF_TASK_STEPS];
};

static_assert(sizeof(struct nf_step) == 136, "stored: see docs/store.md");
static_assert(sizeof(struct nf_task) == 480 + NF_TASK_STEPS * 136, "stored");

extern const char *const nf_task_statuses[];
extern const char *const nf_step_kinds[];
extern const char *const nf_step_statuses[];

/* Still to be installed: not completed, rejected, cancelled or failed. */
bool nf_task_is_live(const struct nf_task *task);

/* A machine is known for it. */
bool nf_task_has_node(const struct nf_task *task);

void nf_task_format(uint64_t id, char text[static NF_TASK_TEXT + 8]);
bool nf_task_parse(struct nf_text text, uint64_t *id);

/* The index of a step's name, NF_STEP_KINDS when there is none. */
enum nf_step_kind nf_step_find(struct nf_text name);

/*
 * The task as a JSON object without its closing brace, so that progress and
 * such may follow.  spec is a JSON object whose members are shown as the
 * task's own, or empty; it holds no secrets.
 */
void nf_task_json(const struct nf_task *task, struct nf_text spec,
                  struct nf_out *out);

#endif
