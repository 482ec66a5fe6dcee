#include "switch_run.h"

#include <stdlib.h>

#define RUN_OF(member, name)                                                   \
    ((struct nf_switch_run *) (void *) ((char *) (member) -offsetof(           \
        struct nf_switch_run, name)))

void
nf_switch_run_stop(struct nf_switch_run *run)
{
    nf_timer_clear(run->loop, &run->pause);
    nf_timer_clear(run->loop, &run->deadline);
    if (run->dialog != NULL) {
        run->dialog->driver->close(run->dialog);
        free(run->dialog);
        run->dialog = NULL;
    }
}

static void
end(struct nf_switch_run *run)
{
    run->done(run); /* before the driver's lists go */
    nf_switch_run_stop(run);
}

static void
step(struct nf_switch_run *run, const struct nf_switch_told *told)
{
    struct nf_switch_ask ask = {0};
    nf_time_t at = 0;

    switch (nf_switch_operation_step(&run->operation, told, run->loop->now,
                                     &ask, &at))
    {
    case NF_SWITCH_NEXT_ASK:
        run->dialog->driver->ask(run->dialog, &ask);
        break;
    case NF_SWITCH_NEXT_WAIT:
        nf_timer_set(run->loop, &run->pause, at - run->loop->now);
        break;
    case NF_SWITCH_NEXT_END:
        end(run);
        break;
    }
}

static void
on_told(struct nf_switch_dialog *dialog, const struct nf_switch_told *told)
{
    step(dialog->of, told);
}

static void
on_pause(struct nf_timer *timer)
{
    step(RUN_OF(timer, pause), NULL);
}

static void
on_deadline(struct nf_timer *timer)
{
    struct nf_switch_run *run = RUN_OF(timer, deadline);
    struct nf_switch_told *told = &run->operation.told;

    *told = (struct nf_switch_told){0}; /* its lists may be gone */
    nf_switch_fail(told, NF_SWITCH_HUNG,
                   run->operation.failed_at == 0
                           && run->operation.asked != NF_SWITCH_SET
                       ? NF_TEXT("its time was over")
                       : NF_TEXT("its time was over in the middle of a "
                                 "change: look at the port"));
    end(run);
}

bool
nf_switch_run_start(struct nf_switch_run *run, struct nf_loop *loop,
                    const struct nf_switch_driver *driver,
                    const struct nf_device *device, nf_time_t ms)
{
    struct nf_switch_dialog *dialog = calloc(1, driver->size);

    if (dialog == NULL) {
        return false;
    }
    dialog->loop = loop;
    dialog->device = device;
    dialog->driver = driver;
    dialog->told = on_told;
    dialog->of = run;
    run->loop = loop;
    run->dialog = dialog;
    run->pause = (struct nf_timer){.fire = on_pause};
    run->deadline = (struct nf_timer){.fire = on_deadline};
    nf_timer_set(loop, &run->deadline, ms);
    nf_timer_set(loop, &run->pause, 0); /* begins in the loop */
    return true;
}
