#ifndef NF_BMC_SWITCH_RUN_H
#define NF_BMC_SWITCH_RUN_H

/*
 * One operation on one switch, from its first ask to its outcome or its
 * deadline.
 */

#include "switch.h"

struct nf_switch_run {
    struct nf_loop *loop;
    struct nf_switch_operation operation;
    struct nf_switch_dialog *dialog;
    struct nf_timer pause, deadline;
    /* Once, and never from within start(); operation.told is the outcome.  Its
     * lists are valid until it returns. */
    void (*done)(struct nf_switch_run *run);
};

/*
 * run->operation and done are set already.  device stays the caller's.  ms:
 * until its deadline.  False: no memory.
 */
bool nf_switch_run_start(struct nf_switch_run *run, struct nf_loop *loop,
                         const struct nf_switch_driver *driver,
                         const struct nf_device *device, nf_time_t ms);

/* Before its end; done() is not called. */
void nf_switch_run_stop(struct nf_switch_run *run);

#endif
