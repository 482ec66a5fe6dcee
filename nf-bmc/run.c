#include "run.h"

#include <stdlib.h>

enum {
    SILENT_MS = 5000, /* a deadline that was short says nothing of the device */
};

#define RUN_OF(member, name)                                                   \
    ((struct nf_run *) (void *) ((char *) (member) -offsetof(struct nf_run,    \
                                                             name)))

void
nf_run_stop(struct nf_run *run)
{
    nf_timer_clear(run->loop, &run->pause);
    nf_timer_clear(run->loop, &run->deadline);
    if (run->dialog != NULL) {
        run->asked = run->dialog->asked;
        run->dialog->device->driver->close(run->dialog);
        free(run->dialog);
        run->dialog = NULL;
    }
}

static void
end(struct nf_run *run)
{
    nf_run_stop(run);
    run->done(run);
}

static void
step(struct nf_run *run, const struct nf_bmc_told *told)
{
    uint8_t before = run->operation.act;
    struct nf_bmc_ask ask = {0};
    nf_time_t at = 0;

    switch (nf_bmc_operation_step(&run->operation, told, run->loop->now, &ask,
                                  &at)) {
    case NF_BMC_NEXT_ASK:
        if (run->operation.act != before && !run->save(run)) {
            nf_bmc_fail(&run->operation.told, NF_BMC_LOCAL,
                        NF_TEXT("cannot write the journal"));
            end(run);
            return;
        }
        run->asked_at = run->loop->now;
        run->dialog->device->driver->ask(run->dialog, &ask);
        break;
    case NF_BMC_NEXT_WAIT:
        nf_timer_set(run->loop, &run->pause, at - run->loop->now);
        break;
    case NF_BMC_NEXT_END:
        run->is_silent = run->operation.told.cause == NF_BMC_UNREACHABLE
                         || run->operation.told.cause == NF_BMC_HUNG;
        end(run);
        break;
    }
}

static void
on_told(struct nf_dialog *dialog, const struct nf_bmc_told *told)
{
    struct nf_run *run = dialog->of;

    run->asked_at = 0;
    step(run, told);
}

static void
on_pause(struct nf_timer *timer)
{
    step(RUN_OF(timer, pause), NULL);
}

/* It was looked for, and the device answered all along. */
static bool
is_unseen(const struct nf_run *run)
{
    return run->operation.is_sent && run->operation.looks > 0
           && !run->is_silent;
}

static void
on_deadline(struct nf_timer *timer)
{
    struct nf_run *run = RUN_OF(timer, deadline);
    struct nf_bmc_told *told = &run->operation.told;

    run->is_silent =
        run->asked_at != 0 && run->loop->now - run->asked_at >= SILENT_MS;
    if (told->cause == NF_BMC_FINE) {
        nf_bmc_fail(told,
                    is_unseen(run)
                        ? nf_bmc_operation_unseen(&run->operation)
                        : run->dialog->device->driver->late(run->dialog),
                    NF_TEXT("it timed out"));
    }
    end(run);
}

bool
nf_run_start(struct nf_run *run, struct nf_loop *loop, struct nf_device *device,
             nf_time_t ms)
{
    struct nf_dialog *dialog = calloc(1, device->driver->size);

    if (dialog == NULL) {
        return false;
    }
    dialog->loop = loop;
    dialog->device = device;
    dialog->told = on_told;
    dialog->of = run;
    run->loop = loop;
    run->dialog = dialog;
    run->begun_at = loop->now;
    run->pause = (struct nf_timer){.fire = on_pause};
    run->deadline = (struct nf_timer){.fire = on_deadline};
    nf_timer_set(loop, &run->deadline, ms);
    nf_timer_set(loop, &run->pause, 0); /* begins in the loop */
    return true;
}
