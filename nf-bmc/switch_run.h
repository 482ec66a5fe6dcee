#ifndef NF_BMC_SWITCH_RUN_H
#define NF_BMC_SWITCH_RUN_H

/*
 * A session on one switch: operations that are carried out together, from the
 * first ask to the last outcome.
 */

#include "port/batch.h"
#include "switch.h"

struct nf_switch_run {
    struct nf_loop *loop;
    struct nf_switch_batch batch;
    struct nf_switch_dialog *dialog;
    struct nf_timer pause, deadline;
    bool is_asking;
    nf_time_t asked_at, gather, gathers_until;
    nf_time_t hard_at;            /* nothing goes on then */
    enum nf_switch_cause silence; /* how it was silent last; fine: it is not */
    uint32_t asked;               /* requests that went to the switch */
    /* The operation begins to change its port: note it on disk.  False: it
     * can't be, and the port is left alone.  NULL: nobody needs it. */
    bool (*begins)(struct nf_switch_run *run,
                   struct nf_switch_operation *operation);
    /* Its told is the outcome; its lists are valid until it returns.  Never
     * from within start() or add(). */
    void (*ended)(struct nf_switch_run *run,
                  struct nf_switch_operation *operation);
    /* Once: all have ended, and none is added any more. */
    void (*done)(struct nf_switch_run *run);
};

/* begins, ended and done are set already.  device stays the caller's.  The
 * first ask is when none was added for ms, for those that come together.
 * False: no memory. */
bool nf_switch_run_start(struct nf_switch_run *run, struct nf_loop *loop,
                         const struct nf_switch_driver *driver,
                         const struct nf_device *device, nf_time_t ms);

/* With its ends_at, by the loop's clock.  False: it takes no more. */
bool nf_switch_run_add(struct nf_switch_run *run,
                       struct nf_switch_operation *operation);

/* Before its end; nobody is called. */
void nf_switch_run_stop(struct nf_switch_run *run);

#endif
