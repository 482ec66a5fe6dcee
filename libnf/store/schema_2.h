#ifndef NF_STORE_SCHEMA_2_H
#define NF_STORE_SCHEMA_2_H

/*
 * Records and numbers as schema 2 stored them.  Frozen: what is stored today is
 * described elsewhere, and only the way from here to there may change.
 */

#include <assert.h>

#include "base/address.h"
#include "base/text.h"

enum {
    NF_STEPS_2 = 16,
    NF_SPEC_MAX_2 = 8192,
    NF_EXTRA_MAX_2 = 2048,
};

struct nf_node_2 {
    nf_time_t created_at, updated_at;
    uint64_t revision, last_event, task;
    nf_mac_t mac;
    uint8_t status; /* 0 discovered, 1 installing, 2 installed */
    uint8_t boot;   /* 0 wait, 1 install, 2 agent, 3 local, 4 stuck */
    uint16_t attempt, extra_len;
    uint8_t macs_n, dns_n, online, is_bound;
    nf_ip4_t ip, netmask, gateway;
    nf_ip4_t dns[3];
    nf_mac_t macs[8];
    char hostname[64], serial[64], profile[32], bootfile[48];
};

/* Steps in the order of the plan as it was then: 0 approval, 1 node_match,
 * 2 switch_install_vlan, 3 boot_config, 4 dhcp_binding, 5 bmc_boot_pxe,
 * 6 bmc_reset, 7 node_boot, 8 hardware_config, 9 network_config, 10 os_install,
 * 11 first_boot, 12 switch_production_vlan, 13 bmc_boot_disk, 14 cleanup.
 * Statuses: 0 waiting, 1 running, 2 retrying, 3 done, 4 skipped, 5 failed. */
enum {
    NF_STEP_KINDS_2 = 15,
    NF_STEP_STATUSES_2 = 6,
};

struct nf_step_2 {
    nf_time_t started, ended, deadline;
    uint16_t attempts;
    uint8_t kind, status;
    char error[108];
};

struct nf_task_2 {
    uint64_t id, revision;
    nf_time_t created_at, updated_at, approved_at, deadline;
    nf_mac_t mac;
    uint8_t status; /* 0 pending, 1 approved, 2 installing, 3 completed,
                       4 rejected, 5 cancelled, 6 failed */
    uint8_t percent, steps_n, step;
    uint16_t attempt, scripts, flags, tries, spec_len;
    uint8_t method, first_boot, is_undoing;
    uint8_t reserved[9];
    char sn[64], profile[32], os_type[32], os_version[32], bootfile[48];
    char actor[32], approver[32], reason[128];
    struct nf_step_2 steps[NF_STEPS_2];
};

/* Ethernet alone. */
struct nf_lease_2 {
    nf_time_t expires, changed_at;
    nf_ip4_t ip;
    nf_mac_t mac;
    uint8_t client_id_len, is_pxe;
    uint8_t client_id[64];
    char hostname[64], vendor_class[64];
    uint8_t is_gone;
    uint8_t reserved[3];
};

static_assert(sizeof(struct nf_lease_2) == 224, "as it was stored");
static_assert(sizeof(struct nf_node_2) == 336, "as it was stored");
static_assert(sizeof(struct nf_step_2) == 136, "as it was stored");
static_assert(sizeof(struct nf_task_2) == 480 + NF_STEPS_2 * 136,
              "as it was stored");

#endif
