#ifndef NF_BMC_RUN_H
#define NF_BMC_RUN_H

/*
 * One operation on one device, from its first ask to its outcome or its
 * deadline.
 */

#include "bmc/operation.h"
#include "driver.h"

struct nf_run {
    struct nf_loop *loop;
    struct nf_bmc_operation operation;
    struct nf_dialog *dialog;
    struct nf_timer pause, deadline;
    nf_time_t begun_at; /* when it was first asked */
    uint32_t asked;     /* requests that went to the device */
    nf_time_t asked_at; /* since then it owes an answer; 0: it owes none */
    bool is_silent;     /* at the end: it did not answer */
    /* operation->act grew: note it on disk.  False: it can't be, and what
     * would follow is not done. */
    bool (*save)(struct nf_run *run);
    /* Once, and never from within start(); operation.told is the outcome. */
    void (*done)(struct nf_run *run);
};

/*
 * run->operation, save and done are set already.  device stays the caller's
 * and is not asked by others meanwhile.  ms: until its deadline.  False: no
 * memory.
 */
bool nf_run_start(struct nf_run *run, struct nf_loop *loop,
                  struct nf_device *device, nf_time_t ms);

/* Before its end; done() is not called. */
void nf_run_stop(struct nf_run *run);

#endif
