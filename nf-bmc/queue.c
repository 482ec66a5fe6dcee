#include "queue.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"

enum {
    LIGHT_OUT_MS = 120000, /* to put one out, from when it should be */
    ANSWER_MS = 3000,      /* an answer's way, at most */
};

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
    queue->running[work->device.driver->kind] -= work->is_running;
    nf_work_discard(work);
}

static void
append(struct nf_queue *queue, struct nf_work *work)
{
    struct nf_work **at = &queue->works;

    while (*at != NULL) {
        at = &(*at)->next;
    }
    *at = work;
    work->queue = queue;
    queue->works_n++;
}

static void
say_running(struct nf_work *work)
{
    struct nf_outcome outcome = {.state = NF_COMMAND_RUNNING};

    if (work->entry != NULL) {
        work->queue->said(work->queue->of, work, &outcome);
    }
}

static void
warn_of_light(const struct nf_work *work, const char *why)
{
    char mac[NF_MAC_TEXT];

    nf_mac_format(work->mac, mac);
    nf_log(NF_LOG_WARNING, "an identify light stays on: %s mac=%s", why, mac);
}

static void
tell(const struct nf_work *work, const struct nf_outcome *outcome)
{
    char mac[NF_MAC_TEXT];

    nf_mac_format(work->mac, mac);
    nf_log(NF_LOG_INFO,
           "command %s: %s id=%s mac=%s driver=%s took_ms=%u asked=%u",
           work->command, outcome->words, work->id, mac,
           outcome->driver != NULL ? outcome->driver : "none", outcome->took_ms,
           outcome->asked);
}

/* The journal has it before anybody hears of it. */
static void
conclude(struct nf_work *work, const struct nf_outcome *outcome)
{
    struct nf_queue *queue = work->queue;

    tell(work, outcome);
    if (work->entry == NULL) {
        if (outcome->state != NF_COMMAND_DONE) {
            warn_of_light(work, outcome->words);
        }
        forget(work);
        return;
    }
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
    struct nf_outcome outcome = {.state = (uint8_t) state, .words = words};

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

/* For the next command. */
static void
learn(struct nf_work *work)
{
    struct nf_queue *queue = work->queue;
    uint8_t cause = (uint8_t) work->run.operation.told.cause;
    struct nf_circuit circuit = {0};

    if (cause == NF_BMC_CIPHER) {
        work->device.cipher = 0; /* it has changed: the next try begins anew */
    }
    if (work->run.is_silent) {
        circuit = (struct nf_circuit){queue->loop->now, cause};
    } else if (cause == NF_BMC_LOCAL) { /* it was not asked */
        circuit = nf_known_circuit(&queue->known, &work->device);
    }
    nf_known_note(&queue->known, &work->device, circuit);
}

/* What was to be put out later is another's to put out now. */
static void
forget_light(struct nf_queue *queue, const struct nf_device *device)
{
    for (struct nf_work *work = queue->works, *next; work != NULL; work = next)
    {
        next = work->next;
        if (work->entry == NULL && !work->is_running
            && nf_device_is_same(&work->device, device))
        {
            forget(work);
        }
    }
}

/* It was lit, or put out, for so many seconds as was asked for. */
static void
mind_light(struct nf_work *work)
{
    struct nf_queue *queue = work->queue;
    unsigned seconds = work->run.operation.seconds;
    struct nf_work *out = NULL;
    struct nf_fault fault;

    forget_light(queue, &work->device);
    if (seconds == 0) {
        return;
    }
    if (queue->works_n < NF_QUEUE_MAX) {
        out = calloc(1, sizeof(*out));
    }
    if (out == NULL
        || nf_bmc_operation_read(&out->run.operation, NF_TEXT("identify"),
                                 NF_TEXT("{\"seconds\":0}"), &fault)
               != NF_OK)
    {
        warn_of_light(work,
                      "too many commands are queued to turn it off later");
        free(out);
        return;
    }
    snprintf(out->command, sizeof(out->command), "%s", work->command);
    out->mac = work->mac;
    out->device = work->device;
    out->starts_at = queue->loop->now + (nf_time_t) seconds * 1000;
    out->ends_at = out->starts_at + LIGHT_OUT_MS;
    append(queue, out);
}

static void start_some(struct nf_queue *queue);

static void
on_done(struct nf_run *run)
{
    struct nf_work *work = WORK_OF(run);
    struct nf_queue *queue = work->queue;
    const struct nf_bmc_told *told = &run->operation.told;
    char words[NF_COMMAND_RESULT];
    struct nf_out out = nf_out(words, sizeof(words) - 1);
    struct nf_outcome outcome = {
        .state =
            told->cause == NF_BMC_FINE ? NF_COMMAND_DONE : NF_COMMAND_FAILED,
        .driver = nf_bmc_drivers[work->device.driver->kind],
        .cause = told->cause == NF_BMC_FINE ? NULL : nf_bmc_causes[told->cause],
        .took_ms = (uint32_t) (queue->loop->now - run->begun_at),
        .asked = run->asked,
        .words = words};

    learn(work);
    if (told->cause == NF_BMC_FINE) {
        if (nf_bmc_operation_verb(&run->operation) == NF_BMC_IDENTIFY
            && work->device.driver->lights_stay)
        {
            mind_light(work);
        }
        nf_bmc_told_json(told, nf_bmc_operation_verb(&run->operation), &out);
    } else {
        put_failure(told, &out);
    }
    words[out.len] = '\0';
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
is_device_busy(const struct nf_work *work)
{
    for (const struct nf_work *other = work->queue->works; other != NULL;
         other = other->next)
    {
        if (other->is_running
            && nf_device_is_same(&other->device, &work->device)) {
            return true;
        }
    }
    return false;
}

/* Its answer is on its way for a moment, and counts no more once whoever waits
 * for it has given up. */
static nf_time_t
for_asking(nf_time_t left)
{
    return left - (left / 10 < ANSWER_MS ? left / 10 : ANSWER_MS);
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
    work->run.operation.act = work->entry == NULL ? 0 : work->entry->act;
    if (!nf_run_start(&work->run, queue->loop, &work->device, for_asking(left)))
    {
        conclude_unasked(work, NF_COMMAND_FAILED, "local: no memory");
        return;
    }
    work->is_running = true;
    queue->running[work->device.driver->kind]++;
    say_running(work);
}

/* As it was a moment ago. */
static void
conclude_silent(struct nf_work *work, const struct nf_circuit *circuit)
{
    char words[NF_COMMAND_RESULT];
    struct nf_out out = nf_out(words, sizeof(words) - 1);
    struct nf_outcome outcome = {.state = NF_COMMAND_FAILED,
                                 .driver =
                                     nf_bmc_drivers[work->device.driver->kind],
                                 .cause = nf_bmc_causes[circuit->cause],
                                 .words = words};

    nf_out_printf(&out, "%s: %s (", nf_bmc_causes[circuit->cause],
                  nf_bmc_cause_text(circuit->cause));
    nf_circuit_put(circuit, work->queue->loop->now, &out);
    nf_out_putc(&out, ')');
    words[out.len] = '\0';
    conclude(work, &outcome);
}

/* The device is free.  Until when it waits, 0: it begins if there is room. */
static nf_time_t
consider(struct nf_work *work)
{
    struct nf_queue *queue = work->queue;
    enum nf_bmc_driver kind = work->device.driver->kind;
    struct nf_circuit circuit = nf_known_circuit(&queue->known, &work->device);
    nf_time_t at = 0;

    if (work->starts_at > queue->loop->now) {
        return work->starts_at;
    }
    switch (nf_circuit_judge(&circuit,
                             nf_bmc_operation_changes(&work->run.operation),
                             work->ends_at, queue->loop->now, &at))
    {
    case NF_CIRCUIT_ASK:
        if (queue->running[kind] < queue->max[kind]) {
            start(work);
        }
        return 0;
    case NF_CIRCUIT_ANSWERED:
        conclude_silent(work, &circuit);
        return 0;
    default:
        return at;
    }
}

/* Oldest first; one whose device is busy waits and lets others go first. */
static void
start_some(struct nf_queue *queue)
{
    nf_time_t soonest = 0;

    for (struct nf_work *work = queue->works, *next; work != NULL; work = next)
    {
        next = work->next;
        if (work->is_running || is_device_busy(work)) {
            continue;
        }
        nf_time_t at = consider(work);
        soonest = at != 0 && (soonest == 0 || at < soonest) ? at : soonest;
    }
    if (soonest != 0) {
        nf_timer_set(queue->loop, &queue->timer, soonest - queue->loop->now);
    } else {
        nf_timer_clear(queue->loop, &queue->timer);
    }
}

static void
on_timer(struct nf_timer *timer)
{
    start_some((void *) ((char *) timer - offsetof(struct nf_queue, timer)));
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
    queue->timer.fire = on_timer;
    append(queue, work);
    start_some(queue);
}

void
nf_queue_close(struct nf_queue *queue)
{
    while (queue->works != NULL) {
        if (queue->works->is_running) {
            nf_run_stop(&queue->works->run);
        }
        if (queue->works->entry == NULL) {
            warn_of_light(queue->works, "nf-bmc is stopping");
        }
        forget(queue->works);
    }
    nf_timer_clear(queue->loop, &queue->timer);
    nf_known_close(&queue->known);
}
