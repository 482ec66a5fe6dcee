#include "switch_run.h"

#include <stdlib.h>

enum {
    SILENT_MS = 5000, /* a deadline that was short says nothing of the switch */
    GATHER_MAX = 16,  /* times as long, at most */
    HARD_MS = 150000, /* to put back what was begun, after the last deadline */
};

#define RUN_OF(member, name)                                                   \
    ((struct nf_switch_run *) (void *) ((char *) (member) -offsetof(           \
        struct nf_switch_run, name)))

void
nf_switch_run_stop(struct nf_switch_run *run)
{
    nf_timer_clear(run->loop, &run->pause);
    nf_timer_clear(run->loop, &run->deadline);
    if (run->dialog != NULL) {
        run->asked = run->dialog->asked;
        run->dialog->driver->close(run->dialog);
        free(run->dialog);
        run->dialog = NULL;
    }
}

static void
tell_ended(struct nf_switch_run *run)
{
    struct nf_switch_operation *operation;

    run->asked = run->dialog->asked;
    while ((operation = nf_switch_batch_ended(&run->batch)) != NULL) {
        run->ended(run, operation);
    }
}

/* The next deadline of an operation, or the end of all. */
static void
set_deadline(struct nf_switch_run *run)
{
    nf_time_t at = nf_switch_batch_deadline(&run->batch);

    at = at == 0 || at > run->hard_at ? run->hard_at : at;
    nf_timer_set(run->loop, &run->deadline,
                 at > run->loop->now ? at - run->loop->now : 0);
}

static void
end(struct nf_switch_run *run)
{
    nf_switch_run_stop(run);
    run->done(run);
}

static bool
may_ask(struct nf_switch_run *run)
{
    struct nf_switch_batch *batch = &run->batch;

    return !batch->begins || run->begins == NULL
           || run->begins(run, batch->set);
}

static void
go_on(struct nf_switch_run *run, enum nf_switch_next next,
      const struct nf_switch_ask *ask, nf_time_t at)
{
    switch (next) {
    case NF_SWITCH_NEXT_ASK:
        if (!may_ask(run)) {
            nf_switch_batch_cannot(&run->batch, "cannot write the journal");
            nf_timer_set(run->loop, &run->pause, 0);
            return;
        }
        run->is_asking = true;
        run->asked_at = run->loop->now;
        run->dialog->driver->ask(run->dialog, ask);
        break;
    case NF_SWITCH_NEXT_WAIT:
        nf_timer_set(run->loop, &run->pause,
                     at > run->loop->now ? at - run->loop->now : 0);
        break;
    case NF_SWITCH_NEXT_END:
        if (run->batch.n > 0) { /* one was added meanwhile */
            nf_timer_set(run->loop, &run->pause, 0);
        } else {
            end(run);
        }
        break;
    }
}

static void
step(struct nf_switch_run *run, const struct nf_switch_told *told)
{
    struct nf_switch_ask ask = {0};
    nf_time_t at = 0;
    enum nf_switch_next next =
        nf_switch_batch_step(&run->batch, told, run->loop->now, &ask, &at);

    tell_ended(run);
    set_deadline(run);
    go_on(run, next, &ask, at);
}

static void
on_told(struct nf_switch_dialog *dialog, const struct nf_switch_told *told)
{
    struct nf_switch_run *run = dialog->of;

    run->is_asking = false;
    run->silence =
        told->cause == NF_SWITCH_UNREACHABLE || told->cause == NF_SWITCH_HUNG
            ? told->cause
            : NF_SWITCH_FINE;
    step(run, told);
}

static void
on_pause(struct nf_timer *timer)
{
    step(RUN_OF(timer, pause), NULL);
}

/* While it is asked nothing is stepped: what has begun goes on. */
static void
on_deadline(struct nf_timer *timer)
{
    struct nf_switch_run *run = RUN_OF(timer, deadline);

    if (run->loop->now >= run->hard_at) {
        nf_switch_batch_abandon(&run->batch);
    } else {
        nf_switch_batch_expire(&run->batch, run->loop->now);
    }
    tell_ended(run);
    if (run->batch.n == 0) {
        if (run->is_asking && run->loop->now - run->asked_at >= SILENT_MS) {
            run->silence = NF_SWITCH_HUNG;
        }
        end(run);
    } else {
        set_deadline(run);
    }
}

bool
nf_switch_run_add(struct nf_switch_run *run,
                  struct nf_switch_operation *operation)
{
    nf_time_t hard_at = operation->ends_at + HARD_MS;

    if (!nf_switch_batch_add(&run->batch, operation)) {
        return false;
    }
    run->hard_at = hard_at > run->hard_at ? hard_at : run->hard_at;
    set_deadline(run);
    if (run->asked_at == 0 && run->loop->now < run->gathers_until) {
        nf_timer_set(run->loop, &run->pause, run->gather);
    } else if (!run->is_asking) {
        nf_timer_set(run->loop, &run->pause, 0);
    }
    return true;
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
    run->batch = (struct nf_switch_batch){.n = 0};
    run->hard_at = run->asked_at = 0;
    run->gather = ms;
    run->gathers_until = loop->now + GATHER_MAX * ms;
    run->pause = (struct nf_timer){.fire = on_pause};
    run->deadline = (struct nf_timer){.fire = on_deadline};
    nf_timer_set(loop, &run->pause, ms);
    return true;
}
