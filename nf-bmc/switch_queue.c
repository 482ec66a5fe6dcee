#include "switch_queue.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "port/scan.h"

enum {
    GATHER_MS = 20,   /* those that come together go together */
    ANSWER_MS = 3000, /* an answer's way, at most */
};

struct nf_switch_session {
    struct nf_switch_run run; /* first */
    struct nf_switch_queue *queue;
    struct nf_device device;
    const struct nf_switch_driver *driver;
    struct nf_switch_session *next;
};

#define WORK_OF(operation_)                                                    \
    ((struct nf_switch_work *) (void *) ((char *) (operation_) -offsetof(      \
        struct nf_switch_work, operation)))

void
nf_switch_work_discard(struct nf_switch_work *work)
{
    explicit_bzero(&work->device, sizeof(work->device));
    free(work);
}

static void
forget(struct nf_switch_work *work)
{
    struct nf_switch_queue *queue = work->queue;
    struct nf_switch_work **at = &queue->works;

    while (*at != work) {
        at = &(*at)->next;
    }
    *at = work->next;
    queue->works_n--;
    nf_switch_work_discard(work);
}

/* --- outcomes ----------------------------------------------------------------
 */

static void
log_outcome(const struct nf_switch_work *work, const struct nf_outcome *outcome)
{
    char mac[NF_MAC_TEXT];

    nf_mac_format(work->mac, mac);
    nf_log(NF_LOG_INFO,
           "command %s: %s id=%s mac=%s switch=%s port=%s driver=%s took_ms=%u "
           "asked=%u",
           work->command, outcome->words, work->id, mac, work->device.address,
           work->operation.port, work->driver->name, outcome->took_ms,
           outcome->asked);
}

/* The journal has it before anybody hears of it. */
static void
conclude(struct nf_switch_work *work, const struct nf_outcome *outcome)
{
    struct nf_switch_queue *queue = work->queue;

    log_outcome(work, outcome);
    if (!nf_journal_end(queue->journal, work->entry, outcome)) {
        nf_log(NF_LOG_ERR, "could not write the journal: %s path=%s",
               strerror(errno), queue->journal->path);
    }
    queue->said(queue->of, work, outcome);
    forget(work);
}

static void
conclude_unasked(struct nf_switch_work *work, enum nf_command_state state,
                 const char *words)
{
    struct nf_outcome outcome = {.state = (uint8_t) state, .words = words};

    conclude(work, &outcome);
}

static void
say_running(struct nf_switch_work *work)
{
    struct nf_outcome outcome = {.state = NF_COMMAND_RUNNING};

    work->queue->said(work->queue->of, work, &outcome);
}

/* False: not all of it could be said. */
static bool
tell_ports(const struct nf_switch_work *work)
{
    struct nf_switch_scan scan;
    bool is_said = true;
    char *part = malloc(NF_SWITCH_SCAN_MAX);

    if (part == NULL
        || !nf_switch_scan_open(&scan, &work->operation.told,
                                nf_text(work->id)))
    {
        free(part);
        return false;
    }
    for (;;) {
        struct nf_out out = nf_out(part, NF_SWITCH_SCAN_MAX);
        if (!is_said || !nf_switch_scan_part(&scan, &out)) {
            break;
        }
        is_said =
            !out.full && work->queue->ports(work->queue->of, nf_out_text(&out));
    }
    nf_switch_scan_close(&scan);
    free(part);
    return is_said;
}

static void
on_ended(struct nf_switch_run *run, struct nf_switch_operation *operation)
{
    struct nf_switch_work *work = WORK_OF(operation);
    struct nf_switch_told *told = &operation->told;
    char words[NF_COMMAND_RESULT];
    struct nf_out out = nf_out(words, sizeof(words) - 1);

    if (operation->goal == NF_SWITCH_PORTS && told->cause == NF_SWITCH_FINE
        && !tell_ports(work))
    {
        nf_switch_fail(told, NF_SWITCH_LOCAL,
                       NF_TEXT("what was found could not be published"));
    }
    nf_switch_operation_result(operation, &out);
    words[out.len] = '\0';
    bool is_fine = told->cause == NF_SWITCH_FINE;
    struct nf_outcome outcome = {
        .state = is_fine ? NF_COMMAND_DONE : NF_COMMAND_FAILED,
        .driver = work->driver->name,
        .cause = is_fine ? NULL : nf_switch_causes[told->cause],
        .took_ms = (uint32_t) (work->queue->loop->now - work->begun_at),
        .asked = run->asked,
        .words = words};
    conclude(work, &outcome);
}

/* What the port was goes with it: whoever goes on puts it back to that. */
static bool
on_begins(struct nf_switch_run *run, struct nf_switch_operation *operation)
{
    struct nf_switch_work *work = WORK_OF(operation);
    struct nf_port was = {.config = operation->was.config};
    char text[NF_COMMAND_RESULT];
    struct nf_out out = nf_out(text, sizeof(text) - 1);

    (void) run;
    nf_port_json(&was, &out);
    text[out.full ? 0 : out.len] = '\0';
    return nf_journal_note(work->queue->journal, work->entry, 1, nf_text(text));
}

/* --- sessions ----------------------------------------------------------------
 */

static void start_some(struct nf_switch_queue *queue);

static void
close_session(struct nf_switch_session *session)
{
    struct nf_switch_queue *queue = session->queue;
    struct nf_switch_session **at = &queue->sessions;

    while (*at != session) {
        at = &(*at)->next;
    }
    *at = session->next;
    queue->sessions_n--;
    nf_switch_run_stop(&session->run);
    explicit_bzero(&session->device, sizeof(session->device));
    free(session);
}

static void
on_done(struct nf_switch_run *run)
{
    struct nf_switch_session *session = (void *) run;
    struct nf_switch_queue *queue = session->queue;
    struct nf_circuit circuit = {0};

    if (run->silence != NF_SWITCH_FINE) {
        circuit = (struct nf_circuit){queue->loop->now, (uint8_t) run->silence};
    }
    nf_known_note(&queue->known, &session->device, circuit);
    close_session(session);
    start_some(queue);
}

static struct nf_switch_session *
open_session(struct nf_switch_work *work)
{
    struct nf_switch_queue *queue = work->queue;
    struct nf_switch_session *session = calloc(1, sizeof(*session));

    if (session == NULL) {
        return NULL;
    }
    session->queue = queue;
    session->device = work->device;
    session->driver = work->driver;
    session->run.begins = on_begins;
    session->run.ended = on_ended;
    session->run.done = on_done;
    if (!nf_switch_run_start(&session->run, queue->loop, session->driver,
                             &session->device, GATHER_MS))
    {
        free(session);
        return NULL;
    }
    session->next = queue->sessions;
    queue->sessions = session;
    queue->sessions_n++;
    return session;
}

/* And by the same way, as the same user. */
static bool
is_same_way(const struct nf_switch_session *session,
            const struct nf_switch_work *work)
{
    const struct nf_device *a = &session->device, *b = &work->device;

    return session->driver == work->driver && strcmp(a->user, b->user) == 0
           && strcmp(a->password, b->password) == 0
           && strcmp(a->pin, b->pin) == 0 && strcmp(a->auth, b->auth) == 0
           && strcmp(a->priv, b->priv) == 0
           && strcmp(a->priv_password, b->priv_password) == 0;
}

static struct nf_switch_session *
find_session(const struct nf_switch_work *work)
{
    struct nf_switch_session *session = work->queue->sessions;

    while (session != NULL
           && !nf_device_is_same(&session->device, &work->device)) {
        session = session->next;
    }
    return session;
}

/* --- the queue ---------------------------------------------------------------
 */

/* As it was a moment ago. */
static void
conclude_silent(struct nf_switch_work *work, const struct nf_circuit *circuit)
{
    char words[NF_COMMAND_RESULT];
    struct nf_out out = nf_out(words, sizeof(words) - 1);
    struct nf_outcome outcome = {.state = NF_COMMAND_FAILED,
                                 .driver = work->driver->name,
                                 .cause = nf_switch_causes[circuit->cause],
                                 .words = words};

    nf_out_printf(&out, "%s: %s (", nf_switch_causes[circuit->cause],
                  nf_switch_cause_text(circuit->cause));
    nf_circuit_put(circuit, work->queue->loop->now, &out);
    nf_out_putc(&out, ')');
    words[out.len] = '\0';
    conclude(work, &outcome);
}

static void
join(struct nf_switch_session *session, struct nf_switch_work *work)
{
    if (!nf_switch_run_add(&session->run, &work->operation)) {
        return; /* for the next one */
    }
    work->session = session;
    work->begun_at = work->queue->loop->now;
    say_running(work);
}

static void
start(struct nf_switch_work *work)
{
    struct nf_switch_session *session;

    if (work->queue->sessions_n == NF_SWITCH_SESSIONS_MAX) {
        return;
    }
    session = open_session(work);
    if (session == NULL) {
        conclude_unasked(work, NF_COMMAND_FAILED, "local: no memory");
        return;
    }
    join(session, work);
}

/* Until when it waits, 0: for a session's end, or not at all. */
static nf_time_t
consider(struct nf_switch_work *work)
{
    struct nf_switch_queue *queue = work->queue;
    struct nf_circuit circuit = nf_known_circuit(&queue->known, &work->device);
    struct nf_switch_session *session = find_session(work);
    nf_time_t at = 0, ends_at = work->operation.ends_at;

    if (ends_at <= queue->loop->now) {
        conclude_unasked(work, NF_COMMAND_EXPIRED,
                         "its deadline passed before its turn");
        return 0;
    }
    if (session != NULL) {
        if (is_same_way(session, work)) {
            join(session, work);
        }
        return 0;
    }
    switch (nf_circuit_judge(&circuit, work->operation.goal == NF_SWITCH_SET,
                             ends_at, queue->loop->now, &at))
    {
    case NF_CIRCUIT_ASK:
        start(work);
        return 0;
    case NF_CIRCUIT_ANSWERED:
        conclude_silent(work, &circuit);
        return 0;
    default:
        return at;
    }
}

/* Oldest first. */
static void
start_some(struct nf_switch_queue *queue)
{
    nf_time_t soonest = 0;

    for (struct nf_switch_work *work = queue->works, *next; work != NULL;
         work = next)
    {
        next = work->next;
        nf_time_t at = work->session == NULL ? consider(work) : 0;
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
    start_some(
        (void *) ((char *) timer - offsetof(struct nf_switch_queue, timer)));
}

const struct nf_switch_work *
nf_switch_queue_find(const struct nf_switch_queue *queue, const char *id)
{
    const struct nf_switch_work *work = queue->works;

    while (work != NULL && strcmp(work->id, id) != 0) {
        work = work->next;
    }
    return work;
}

void
nf_switch_queue_add(struct nf_switch_queue *queue, struct nf_switch_work *work)
{
    struct nf_switch_work **at = &queue->works;
    nf_time_t left = work->operation.ends_at - queue->loop->now;

    while (*at != NULL) {
        at = &(*at)->next;
    }
    *at = work;
    queue->works_n++;
    queue->timer.fire = on_timer;
    work->queue = queue;
    work->next = NULL;
    work->operation.ends_at -= left / 10 < ANSWER_MS ? left / 10 : ANSWER_MS;
    start_some(queue);
}

void
nf_switch_queue_close(struct nf_switch_queue *queue)
{
    while (queue->sessions != NULL) {
        close_session(queue->sessions);
    }
    while (queue->works != NULL) {
        forget(queue->works);
    }
    nf_timer_clear(queue->loop, &queue->timer);
    nf_known_close(&queue->known);
}
