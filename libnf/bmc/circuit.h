#ifndef NF_BMC_CIRCUIT_H
#define NF_BMC_CIRCUIT_H

/*
 * What becomes of commands for a device that did not answer.  To ask it costs a
 * place among those that are asked at once, and half a minute: it is asked once
 * a minute.  What only looks is answered from memory meanwhile; what changes
 * something waits, and is never given up unasked.
 */

#include "bmc/device.h"

enum {
    NF_CIRCUIT_MS = 60000,      /* from silence to the next question */
    NF_CIRCUIT_LAST_MS = 20000, /* what a deadline leaves for a question */
};

struct nf_circuit {
    nf_time_t silent_at; /* when it had not answered; 0: it answers */
    uint8_t cause;       /* enum nf_bmc_cause: unreachable or hung */
};

enum nf_circuit_verdict {
    NF_CIRCUIT_ASK,
    NF_CIRCUIT_WAIT,     /* until *at */
    NF_CIRCUIT_ANSWERED, /* it is silent still, as far as anybody knows */
};

/* now and ends_at, its deadline, are of a clock that only goes forward. */
enum nf_circuit_verdict nf_circuit_judge(const struct nf_circuit *circuit,
                                         bool changes_something,
                                         nf_time_t ends_at, nf_time_t now,
                                         nf_time_t *at);

/* "not asked again: it was silent 12 s ago" */
void nf_circuit_put(const struct nf_circuit *circuit, nf_time_t now,
                    struct nf_out *out);

#endif
