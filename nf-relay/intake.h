#ifndef NF_RELAY_INTAKE_H
#define NF_RELAY_INTAKE_H

/*
 * Ports of switches as workers tell of them, part by part, on their way into
 * the store: one part in one transaction, and at last those that the switch has
 * no more.
 */

#include "model/switch_port.h"
#include "model/worker.h"
#include "pace.h"
#include "turn.h"

enum {
    NF_INTAKE_SCANS = 32, /* at once; the oldest one gives way */
};

/* A scan whose parts come. */
struct nf_intake_scan {
    uint64_t number; /* of its command, 0: this place is free */
    char worker[NF_WORKER_NAME];
    char device[NF_MANAGED_NAME];
    nf_time_t at;            /* tick of its last part */
    unsigned next;           /* part */
    uint32_t n;              /* ports so far */
    uint64_t *seen;          /* the hash of each one's name */
    bool is_over;            /* what is not among them goes, */
    char port[NF_LINK_PORT]; /* as far as this one */
};

struct nf_intake {
    struct nf_turn *turn;
    struct nf_intake_scan scans[NF_INTAKE_SCANS];
    struct nf_pace pace;
};

/* One part, of any bytes.  False: the store is not well, and the broker must
 * send it again. */
bool nf_intake_take(struct nf_intake *intake, const char *worker,
                    struct nf_text payload);

/* Forget some of what scans did not find.  Returns the tick to be run at
 * again. */
nf_time_t nf_intake_run(struct nf_intake *intake);

void nf_intake_close(struct nf_intake *intake);

#endif
