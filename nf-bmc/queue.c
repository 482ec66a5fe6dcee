#include "queue.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"

#define WORK_OF(run_)                                                          \
    ((struct nf_work *) (void *) ((char *) (run_) -offsetof(struct nf_work,    \
                                                            run)))

/* A password goes with it. */
void
nf_work_discard(struct nf_work *work)
{
    explicit_bzero(&work->device, sizeof(work->device));
    free(work);
}

static void
forget(struct nf_work *work)
{
    struct nf_queue *queue = work->queue;
    struct nf_work **at = &queue->works;

    while (*at != work) {
        at = &(*at)->next;
    }
    *at = work->next;
    queue->works_n--;
    queue->running_n -= work->is_running;
    nf_work_discard(work);
}

static void
say_running(struct nf_work *work)
{
    struct nf_outcome outcome = {.state = NF_COMMAND_RUNNING,
                                 .driver = NF_BMC_DRIVER_COUNT};

    work->queue->said(work->queue->of, work, &outcome);
}

/* The journal has it before anybody hears of it. */
static void
conclude(struct nf_work *work, const struct nf_outcome *outcome)
{
    struct nf_queue *queue = work->queue;

    if (!nf_journal_end(queue->journal, work->entry, outcome)) {
        nf_log(NF_LOG_ERR, "could not write the journal: %s path=%s",
               strerror(errno), queue->journal->path);
    }
    queue->said(queue->of, work, outcome);
    forget(work);
}

static void
conclude_unasked(struct nf_work *work, enum nf_command_state state,
                 const char *words)
{
    struct nf_outcome outcome = {.state = (uint8_t) state,
                                 .driver = NF_BMC_DRIVER_COUNT,
                                 .words = words};

    conclude(work, &outcome);
}

/* --- running -----------------------------------------------------------------
 */

/* "no_effect: the BMC says that it has, and nothing changes (its words)" */
static void
put_failure(const struct nf_bmc_told *told, struct nf_out *out)
{
    nf_out_printf(out, "%s: %s", nf_bmc_causes[told->cause],
                  nf_bmc_cause_text(told->cause));
    if (told->words[0] != '\0') {
        nf_out_printf(out, " (%s)", told->words);
    }
}

static void start_some(struct nf_queue *queue);

static void
on_done(struct nf_run *run)
{
    struct nf_work *work = WORK_OF(run);
    struct nf_queue *queue = work->queue;
    const struct nf_bmc_told *told = &run->operation.told;
    char words[NF_COMMAND_RESULT], mac[NF_MAC_TEXT];
    struct nf_out out = nf_out(words, sizeof(words) - 1);
    struct nf_outcome outcome = {
        .state =
            told->cause == NF_BMC_FINE ? NF_COMMAND_DONE : NF_COMMAND_FAILED,
        .driver = (uint8_t) work->device.driver->kind,
        .cause = (uint8_t) told->cause,
        .took_ms = (uint32_t) (queue->loop->now - run->begun_at),
        .asked = run->asked,
        .words = words};

    if (told->cause == NF_BMC_CIPHER) {
        work->device.cipher = 0; /* it has changed: the next try begins anew */
    }
    nf_known_note(&queue->known, &work->device);
    if (told->cause == NF_BMC_FINE) {
        nf_bmc_told_json(told, nf_bmc_operation_verb(&run->operation), &out);
    } else {
        put_failure(told, &out);
    }
    words[out.len] = '\0';
    nf_mac_format(work->mac, mac);
    nf_log(NF_LOG_INFO, "command %s: %s id=%s mac=%s", work->command, words,
           work->id, mac);
    conclude(work, &outcome);
    start_some(queue);
}

static bool
on_save(struct nf_run *run)
{
    struct nf_work *work = WORK_OF(run);

    work->entry->act = run->operation.act;
    return nf_journal_save(work->queue->journal, work->entry);
}

static bool
is_same_device(const struct nf_device *a, const struct nf_device *b)
{
    return a->port == b->port && strcmp(a->address, b->address) == 0;
}

static bool
is_device_busy(const struct nf_work *work)
{
    for (const struct nf_work *other = work->queue->works; other != NULL;
         other = other->next)
    {
        if (other->is_running && is_same_device(&other->device, &work->device))
        {
            return true;
        }
    }
    return false;
}

static void
start(struct nf_work *work)
{
    struct nf_queue *queue = work->queue;
    nf_time_t left = work->ends_at - queue->loop->now;

    if (left <= 0) {
        conclude_unasked(work, NF_COMMAND_EXPIRED,
                         "its deadline passed before its turn");
        return;
    }
    nf_known_recall(&queue->known, &work->device);
    work->run.save = on_save;
    work->run.done = on_done;
    work->run.operation.act = work->entry->act;
    if (!nf_run_start(&work->run, queue->loop, &work->device, left)) {
        conclude_unasked(work, NF_COMMAND_FAILED, "local: no memory");
        return;
    }
    work->is_running = true;
    queue->running_n++;
    say_running(work);
}

/* Oldest first; one whose device is busy waits and lets others go first. */
static void
start_some(struct nf_queue *queue)
{
    struct nf_work *work = queue->works, *next;

    for (; work != NULL && queue->running_n < queue->running_max; work = next) {
        next = work->next;
        if (!work->is_running && !is_device_busy(work)) {
            start(work);
        }
    }
}

/* --- coming and going --------------------------------------------------------
 */

const struct nf_work *
nf_queue_find(const struct nf_queue *queue, const char *id)
{
    const struct nf_work *work = queue->works;

    while (work != NULL && strcmp(work->id, id) != 0) {
        work = work->next;
    }
    return work;
}

void
nf_queue_add(struct nf_queue *queue, struct nf_work *work)
{
    struct nf_work **at = &queue->works;

    while (*at != NULL) {
        at = &(*at)->next;
    }
    *at = work;
    work->queue = queue;
    queue->works_n++;
    start_some(queue);
}

void
nf_queue_close(struct nf_queue *queue)
{
    while (queue->works != NULL) {
        if (queue->works->is_running) {
            nf_run_stop(&queue->works->run);
        }
        forget(queue->works);
    }
    nf_known_close(&queue->known);
}
