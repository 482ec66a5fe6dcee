#ifndef NF_STORE_SCHEMA_1_H
#define NF_STORE_SCHEMA_1_H

/*
 * Records and numbers as schema 1 (version 0.1.0) stored them.  Frozen.
 */

#include <assert.h>

#include "base/address.h"
#include "base/text.h"

enum {
    NF_STEPS_1 = 12
};

struct nf_node_1 {
    nf_time_t created_at, updated_at;
    uint64_t revision, last_event, task;
    nf_mac_t mac;
    uint8_t status; /* 0 discovered, 1 installing, 2 installed */
    uint8_t boot;   /* 0 wait, 1 install, 2 local, 3 stuck */
    uint16_t attempt, extra_len;
    uint8_t macs_n, dns_n, online;
    uint8_t reserved[1];
    nf_ip4_t ip, netmask, gateway;
    nf_ip4_t dns[3];
    nf_mac_t macs[8];
    char hostname[64], serial[64], profile[32];
};

/* Kinds: 0 boot_config, 1 node_boot, 2 os_install, 3 first_boot, 4 cleanup.
 * Statuses: 0 waiting, 1 running, 2 done, 3 skipped, 4 failed. */
struct nf_step_1 {
    nf_time_t started, ended, deadline;
    uint16_t attempts;
    uint8_t kind, status;
    char error[108];
};

struct nf_task_1 {
    uint64_t id, revision;
    nf_time_t created_at, updated_at, deadline;
    nf_mac_t mac;
    uint8_t status, percent, steps_n, step;
    uint16_t attempt, scripts;
    uint8_t reserved[2];
    char profile[32], actor[32], reason[128];
    struct nf_step_1 steps[NF_STEPS_1];
};

static_assert(sizeof(struct nf_node_1) == 288, "as it was stored");
static_assert(sizeof(struct nf_task_1) == 248 + NF_STEPS_1 * 136,
              "as it was stored");

#endif
