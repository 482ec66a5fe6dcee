#ifndef NF_MODEL_TASK_H
#define NF_MODEL_TASK_H

/*
 * One installation of one node: a plan of steps, each with what it waits for,
 * since when and how often it was tried.
 *
 * struct nf_task is the stored record as well: see model/node.h.
 */

#include <assert.h>

#include "base/address.h"
#include "base/error.h"
#include "base/out.h"

enum {
    NF_TASK_STEPS = 12,
    NF_TASK_TEXT = 14, /* "task-0000001a" */
    NF_TASK_JSON_MAX = 8192,
};

enum nf_task_status {
    NF_TASK_PENDING,
    NF_TASK_APPROVED,
    NF_TASK_INSTALLING,
    NF_TASK_COMPLETED,
    NF_TASK_REJECTED,
    NF_TASK_CANCELLED,
    NF_TASK_FAILED,
};

enum nf_step_kind {
    NF_STEP_BOOT_CONFIG,
    NF_STEP_NODE_BOOT,
    NF_STEP_OS_INSTALL,
    NF_STEP_FIRST_BOOT,
    NF_STEP_CLEANUP,
    NF_STEP_KINDS,
};

enum nf_step_status {
    NF_STEP_WAITING, /* its turn has not come */
    NF_STEP_RUNNING,
    NF_STEP_DONE,
    NF_STEP_SKIPPED,
    NF_STEP_FAILED,
};

struct nf_step {
    nf_time_t started, ended, deadline; /* 0: not yet, or none */
    uint16_t attempts;
    uint8_t kind;    /* enum nf_step_kind */
    uint8_t status;  /* enum nf_step_status */
    char error[108]; /* the last one, printable */
};

struct nf_task {
    uint64_t id; /* sequence number of the event that created it */
    uint64_t revision;
    nf_time_t created_at, updated_at;
    nf_time_t deadline; /* of the step that runs, 0: none */
    nf_mac_t mac;
    uint8_t status;  /* enum nf_task_status */
    uint8_t percent; /* never goes down */
    uint8_t steps_n;
    uint8_t step;     /* the one that runs; steps_n when all are over */
    uint16_t attempt; /* counts the node's install attempts, from 1 */
    uint16_t scripts; /* install scripts served in this attempt */
    uint8_t reserved[2];
    char profile[32];
    char actor[32];
    char reason[128]; /* why it failed or was cancelled */
    struct nf_step steps[NF_TASK_STEPS];
};

static_assert(sizeof(struct nf_step) == 136, "stored: see docs/store.md");
static_assert(sizeof(struct nf_task) == 248 + 12 * 136, "stored");

extern const char *const nf_task_statuses[];
extern const char *const nf_step_kinds[];
extern const char *const nf_step_statuses[];

/* Still running: not completed, rejected, cancelled or failed. */
bool nf_task_is_live(const struct nf_task *task);

void nf_task_format(uint64_t id, char text[static NF_TASK_TEXT + 8]);
bool nf_task_parse(struct nf_text text, uint64_t *id);

/* The whole task as a JSON object. */
void nf_task_json(const struct nf_task *task, struct nf_out *out);

#endif
