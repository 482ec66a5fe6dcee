#ifndef NF_MODEL_COMMAND_H
#define NF_MODEL_COMMAND_H

/*
 * A command: what somebody else is to do to a node, its BMC or its switch,
 * and how that went.
 */

#include <assert.h>

#include "base/address.h"
#include "base/out.h"
#include "model/worker.h"

/* clang-format off */
/* Stored: a number never gets another meaning. */
/*    state                 number  word */
#define NF_COMMAND_STATES(X)                                                  \
    X(NF_COMMAND_QUEUED,    0, "queued")    /* not sent yet */                \
    X(NF_COMMAND_SENT,      1, "sent")                                        \
    X(NF_COMMAND_RUNNING,   2, "running")   /* its executor has begun it */   \
    X(NF_COMMAND_DONE,      3, "done")                                        \
    X(NF_COMMAND_FAILED,    4, "failed")                                      \
    X(NF_COMMAND_CANCELLED, 5, "cancelled")                                   \
    X(NF_COMMAND_EXPIRED,   6, "expired")   /* surely not done */             \
    X(NF_COMMAND_UNKNOWN,   7, "unknown")   /* nobody can know */

#define NF_COMMAND_TARGETS(X)                                                 \
    X(NF_COMMAND_NODE,   0, "node")                                           \
    X(NF_COMMAND_BMC,    1, "bmc")                                            \
    X(NF_COMMAND_SWITCH, 2, "switch")
/* clang-format on */

enum nf_command_state {
#define X(state, number, word) state = (number),
    NF_COMMAND_STATES(X)
#undef X
    NF_COMMAND_STATE_COUNT
};

enum nf_command_target {
#define X(target, number, word) target = (number),
    NF_COMMAND_TARGETS(X)
#undef X
    NF_COMMAND_TARGET_COUNT
};

extern const char *const nf_command_states[NF_COMMAND_STATE_COUNT + 1];
extern const char *const nf_command_targets[NF_COMMAND_TARGET_COUNT + 1];

enum {
    NF_COMMAND_ID_TEXT = 38, /* 16 hex digits, '-', a number, the end */
    NF_COMMAND_ARGUMENTS = 512,
    NF_COMMAND_RESULT = 768, /* all that a BMC tells of itself, as JSON */
    NF_COMMAND_JSON_MAX = 3072,
    NF_COMMAND_NO_STEP = 255,
};

/* Stored up to its result; then the two texts up to their ends. */
struct nf_command {
    uint64_t generation, number; /* its id: see nf_command_format() */
    uint64_t task;               /* 0: none */
    nf_time_t created_at, updated_at, ended_at;
    nf_time_t deadline;
    nf_time_t send_at; /* to be sent then, also again; 0: not to be */
    nf_mac_t mac;      /* the node, or the one whose BMC or switch it is */
    uint8_t target, state;
    uint16_t attempts;     /* how often it was sent */
    uint8_t step;          /* of the task, NF_COMMAND_NO_STEP: none */
    uint8_t reserved;      /* 0 */
    uint16_t step_attempt; /* which try of the step, */
    uint16_t round;        /* of which round: nf_task_round() */
    char operation[32];
    char actor[32];
    char worker[NF_WORKER_NAME];          /* which one it was given to, or "" */
    char result[NF_COMMAND_RESULT];       /* the executor's own words */
    char arguments[NF_COMMAND_ARGUMENTS]; /* a JSON object */
};

static_assert(offsetof(struct nf_command, result) == 176,
              "stored: see docs/store.md");

/* Of those that are in no event, and are gone when they end: the number of one
 * has this bit. */
static const uint64_t nf_command_look = (uint64_t) 1 << 62;

/* It has not ended. */
bool nf_command_is_live(const struct nf_command *command);

/* The id: no other store, and no later life of this one, gives it again. */
void nf_command_format(const struct nf_command *command,
                       char id[static NF_COMMAND_ID_TEXT]);

/* False: no id of ours. */
bool nf_command_parse(struct nf_text id, uint64_t *generation,
                      uint64_t *number);

void nf_command_json(const struct nf_command *command, struct nf_out *out);

#endif
