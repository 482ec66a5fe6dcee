#ifndef NF_BMC_OPERATION_H
#define NF_BMC_OPERATION_H

/*
 * How what a command wants is reached: a pure step function from what the
 * device told last to what it is asked next.  Whatever is set is read back.  A
 * reset is off, seen off, on, seen on, so that one which was interrupted goes
 * on by looking, and never happens twice.
 */

#include "base/error.h"
#include "bmc/device.h"

enum {
    NF_BMC_PATIENCE_S = 60, /* until what a BMC took is to be seen */
    NF_BMC_ARGS = 512,
};

struct nf_bmc_goal; /* a row of the table of commands */

struct nf_bmc_operation {
    const struct nf_bmc_goal *goal;
    struct nf_boot boot;
    unsigned seconds;
    uint8_t act;   /* which of the goal's acts is at work; see below */
    bool is_sent;  /* it was sent in this life */
    uint8_t said;  /* enum nf_bmc_cause: what came of the sending */
    uint8_t looks; /* since then */
    enum nf_bmc_verb asked;
    nf_time_t sent_at;
    struct nf_bmc_told told; /* the last answer; at the end the outcome */
};

enum nf_bmc_next {
    NF_BMC_NEXT_ASK,  /* *ask, and step again with the answer */
    NF_BMC_NEXT_WAIT, /* step again with NULL at *at */
    NF_BMC_NEXT_END,  /* operation->told is the outcome */
};

/*
 * By a command's word and its arguments, a JSON object.  NF_INVALID or
 * NF_NOT_FOUND (no such command): fault says why.
 */
nf_error_t nf_bmc_operation_read(struct nf_bmc_operation *operation,
                                 struct nf_text command, struct nf_text args,
                                 struct nf_fault *fault);

/*
 * told: what the ask brought, NULL at first and after a wait.  now is a clock
 * that only goes forward.  Where operation->act grew, it must be on disk before
 * the ask is made; an operation that goes on after a crash begins with it.
 */
enum nf_bmc_next nf_bmc_operation_step(struct nf_bmc_operation *operation,
                                       const struct nf_bmc_told *told,
                                       nf_time_t now, struct nf_bmc_ask *ask,
                                       nf_time_t *at);

/* The device answers, and what was sent is not to be seen: no effect, unless
 * it had not even said yes. */
enum nf_bmc_cause
nf_bmc_operation_unseen(const struct nf_bmc_operation *operation);

/* What kind of answer the outcome is. */
enum nf_bmc_verb
nf_bmc_operation_verb(const struct nf_bmc_operation *operation);

/* Else it only looks. */
bool nf_bmc_operation_changes(const struct nf_bmc_operation *operation);

/* The name of the argument that may be said without one, as in `power on`;
 * NULL: command takes none or is unknown. */
const char *nf_bmc_operation_argument(struct nf_text command);

#endif
