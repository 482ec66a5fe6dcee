#include "batch.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/log.h"
#include "bus/message.h"
#include "bus/topic.h"
#include "bus/worker.h"
#include "model/range.h"
#include "store/commands.h"

enum {
    GATHER_MS = 20, /* a batch is stored so long after its first message */
    QUIET_MS = 2,   /* or when so long nothing came, because the broker */
    WINDOW = 16,    /* sends no more than 20 before it is answered */
};

static const nf_time_t never = INT64_MAX;

static void
say_fault(struct nf_batch *batch, struct nf_pace *pace, const char *what,
          struct nf_text topic, const struct nf_fault *fault)
{
    char name[64] = "(too long)";
    uint64_t withheld;

    if (!nf_pace_allows(pace, batch->turn->tick, &withheld)) {
        return;
    }
    (void) nf_text_copy(name, sizeof(name), topic);
    nf_text_scrub(name);
    nf_log(NF_LOG_WARNING, "%s: %s%s%s topic=%s withheld=%" PRIu64, what,
           fault->field, fault->field[0] == '\0' ? "" : " ", fault->reason,
           name, withheld);
}

static void
blame_message(struct nf_batch *batch, struct nf_text topic,
              const struct nf_fault *fault)
{
    batch->turn->counts.bad++;
    say_fault(batch, &batch->bad_pace, "could not read a message", topic,
              fault);
}

/* The rest of the status counts. */
static void
blame_members(struct nf_batch *batch, struct nf_text topic, unsigned n,
              const struct nf_fault *fault)
{
    batch->turn->counts.dropped += n;
    if (n > 0) {
        say_fault(batch, &batch->dropped_pace, "left out a member of a status",
                  topic, fault);
    }
}

/* A status that has no place in the store: said, and over. */
static void
blame_status(struct nf_batch *batch, nf_mac_t mac, nf_error_t err,
             const struct nf_fault *fault)
{
    bool is_unknown = err == NF_NOT_FOUND;
    struct nf_pace *pace =
        is_unknown ? &batch->unknown_pace : &batch->refused_pace;
    char text[NF_MAC_TEXT];
    uint64_t withheld;

    batch->turn->counts.unknown += is_unknown;
    batch->turn->counts.refused += !is_unknown;
    if (!nf_pace_allows(pace, batch->turn->tick, &withheld)) {
        return;
    }
    nf_mac_format(mac, text);
    nf_log(NF_LOG_WARNING,
           "what a node or worker said was not stored: %s mac=%s "
           "withheld=%" PRIu64,
           is_unknown || fault->reason[0] == '\0' ? nf_error_text(err)
                                                  : fault->reason,
           text, withheld);
}

static nf_error_t
store_item(struct nf_change *c, const struct nf_batch_item *item)
{
    if (!item->is_result) {
        return nf_change_status(c, item->mac, &item->report);
    }
    return nf_change_command_answered(
        c,
        &(struct nf_command_speaker){.mac = item->mac,
                                     .worker = item->result.worker},
        &(struct nf_command_answer){.id = nf_text(item->result.id),
                                    .word = item->result.word,
                                    .words = item->result.words,
                                    .told = &item->result.told});
}

/* A worker has a name of its own. */
static const char *
actor_of(const struct nf_batch_item *item)
{
    return item->is_result && item->result.worker[0] != '\0'
               ? item->result.worker
               : nf_actor_word(NF_ACTOR_NODE);
}

/* Some items as one transaction.  A failure of the store fails them all. */
static nf_error_t
write_items(struct nf_batch *batch, struct nf_batch_item *items, size_t n)
{
    NF_WRITE(w, batch->turn->store);
    uint64_t stored = 0;

    for (size_t i = 0; i < n && w.read.err == NF_OK; i++) {
        struct nf_change c = {.w = &w,
                              .settings = &batch->turn->settings,
                              .now = batch->turn->now,
                              .actor = actor_of(&items[i])};
        nf_error_t err = store_item(&c, &items[i]);
        if (err != NF_OK && w.read.err == NF_OK) {
            blame_status(batch, items[i].mac, err, &c.fault);
        }
        stored += err == NF_OK && !items[i].is_result;
        items[i].is_stored = err == NF_OK;
    }
    nf_error_t err = nf_write_commit(&w);
    if (err == NF_OK) {
        batch->turn->counts.statuses += stored;
        batch->turn->counts.batches++;
    }
    return err;
}

/* How a command of a worker's has ended.  That it is said again is refused, so
 * this is told once. */
static void
tell_outcome(struct nf_read *r, const struct nf_batch_item *item)
{
    const struct nf_command_told *told = &item->result.told;
    uint64_t generation, number;
    struct nf_command command;
    char mac[NF_MAC_TEXT];

    if (!nf_command_parse(nf_text(item->result.id), &generation, &number)
        || !nf_commands_get(r, number, &command))
    {
        return;
    }
    nf_mac_format(command.mac, mac);
    nf_log(NF_LOG_NOTICE,
           "command %s %s: %s id=%s mac=%s worker=%s driver=%s took_ms=%" PRId64
           " asked=%" PRId64,
           command.operation, nf_command_states[command.state], command.result,
           item->result.id, mac, item->result.worker,
           told->driver[0] == '\0' ? "none" : told->driver, told->took_ms,
           told->asked);
}

static void
tell_outcomes(struct nf_batch *batch, const struct nf_batch_item *items,
              size_t n)
{
    NF_READ(r, batch->turn->store);

    for (size_t i = 0; i < n; i++) {
        if (items[i].is_stored && items[i].is_result
            && items[i].result.worker[0] != '\0'
            && items[i].result.word != NF_COMMAND_SAYS_RUNNING)
        {
            tell_outcome(&r, &items[i]);
        }
    }
}

static nf_error_t
store(struct nf_batch *batch, struct nf_batch_item *items, size_t n)
{
    nf_error_t err = write_items(batch, items, n);

    if (err == NF_OK) {
        tell_outcomes(batch, items, n);
    }
    return err;
}

/* One record that cannot be read must not hold up all the others for ever:
 * only what would fail for every node makes the broker send again. */
static bool
store_singly(struct nf_batch *batch)
{
    for (size_t i = 0; i < batch->n; i++) {
        nf_error_t err = store(batch, &batch->items[i], 1);
        if (err == NF_CORRUPT || err == NF_BUG) {
            struct nf_fault fault = {.reason = ""};
            blame_status(batch, batch->items[i].mac, err, &fault);
        } else if (err != NF_OK) {
            nf_turn_blame(batch->turn, "statuses were not stored", err);
            return false;
        }
    }
    return true;
}

bool
nf_batch_commit(struct nf_batch *batch)
{
    bool is_stored = true;

    if (batch->n > 0 && store(batch, batch->items, batch->n) != NF_OK) {
        is_stored = store_singly(batch);
    }
    batch->n = 0;
    return is_stored;
}

bool
nf_batch_has_room(const struct nf_batch *batch)
{
    return batch->n < NF_BATCH_MAX;
}

/* The reader stops at a full batch; that it does is not relied on here.  NULL:
 * the store is not well. */
static struct nf_batch_item *
take(struct nf_batch *batch, nf_mac_t mac)
{
    if (!nf_batch_has_room(batch) && !nf_batch_commit(batch)) {
        return NULL;
    }
    if (batch->n == 0) {
        batch->first = batch->turn->tick;
    }
    batch->last = batch->turn->tick;
    struct nf_batch_item *item = &batch->items[batch->n++];
    *item = (struct nf_batch_item){.mac = mac};
    return item;
}

/* An address that no node of ours can have is somebody's made-up one. */
static void
check_address(struct nf_batch *batch, struct nf_text name,
              struct nf_status_report *report)
{
    struct nf_fault fault;

    if (nf_ip4_is_set(report->ip)
        && !nf_ranges_serve(&batch->turn->settings, report->ip))
    {
        (void) nf_refuse(&fault, "ip",
                         "is not in a subnet that is served here");
        blame_members(batch, name, 1, &fault);
        report->ip = (nf_ip4_t){0};
    }
}

static bool
take_status(struct nf_batch *batch, nf_mac_t mac,
            const struct nf_status_message *message)
{
    struct nf_batch_item *item = take(batch, mac);

    if (item != NULL) {
        batch->turn->counts.members += message->unknown;
        item->report = message->report;
    }
    return item != NULL;
}

/* A worker's is told when it is stored. */
static void
tell_result(struct nf_batch *batch, const char *mac,
            struct nf_result_message *message)
{
    uint64_t withheld;

    if (!nf_pace_allows(&batch->result_pace, batch->turn->tick, &withheld)) {
        return;
    }
    nf_text_scrub(message->command);
    nf_text_scrub(message->id);
    nf_text_scrub(message->message);
    nf_log(NF_LOG_NOTICE,
           "a node answered a command: mac=%s id=%s command=%s success=%d "
           "message=\"%s\" withheld=%" PRIu64,
           mac, message->id, message->command, message->success,
           message->message, withheld);
}

/* Agents of before say no state: what they answer has ended. */
static enum nf_command_word
word_of(const struct nf_result_message *message)
{
    if (strcmp(message->state, "running") == 0) {
        return NF_COMMAND_SAYS_RUNNING;
    }
    if (strcmp(message->state, "expired") == 0) {
        return NF_COMMAND_SAYS_EXPIRED;
    }
    return message->success ? NF_COMMAND_SAYS_DONE : NF_COMMAND_SAYS_FAILED;
}

/* One without an id of ours answers somebody else's command: only told. */
static bool
take_result(struct nf_batch *batch, nf_mac_t mac, const char *worker,
            struct nf_result_message *message)
{
    char text[NF_MAC_TEXT];
    uint64_t generation, number;

    batch->turn->counts.results++;
    batch->turn->counts.members += message->unknown;
    if (worker[0] == '\0') {
        nf_mac_format(mac, text);
        tell_result(batch, text, message);
    }
    if (!nf_command_parse(nf_text(message->id), &generation, &number)) {
        return true;
    }
    struct nf_batch_item *item = take(batch, mac);
    if (item == NULL) {
        return false;
    }
    item->is_result = true;
    item->result.word = word_of(message);
    item->result.told = message->told;
    snprintf(item->result.worker, sizeof(item->result.worker), "%s", worker);
    snprintf(item->result.id, sizeof(item->result.id), "%s", message->id);
    nf_text_copy_words(item->result.words, sizeof(item->result.words),
                       nf_text(message->message));
    return true;
}

/* --- messages ----------------------------------------------------------------
 */

/* What a topic that we read is for. */
struct source {
    bool is_status;
    nf_mac_t mac;
    char worker[NF_WORKER_NAME];
};

static bool
find_source(const struct nf_batch *batch, struct nf_text name,
            struct source *source)
{
    enum nf_worker_topic kind;
    struct nf_topic topic;

    *source = (struct source){.is_status = false};
    if (nf_topic_parse(name, &topic)) {
        source->is_status = topic.kind == NF_TOPIC_STATUS;
        source->mac = topic.mac;
        return topic.kind != NF_TOPIC_COMMAND;
    }
    return nf_worker_topic_parse(name, batch->turn->settings.idc, &kind,
                                 source->worker)
           && kind == NF_WORKER_RESULT;
}

bool
nf_batch_take(struct nf_batch *batch, struct nf_text name,
              struct nf_text payload)
{
    struct nf_status_message status;
    struct nf_result_message result;
    struct nf_fault fault;
    struct source source;
    nf_error_t err = NF_INVALID;

    batch->turn->counts.messages++;
    if (!find_source(batch, name, &source)) {
        (void) nf_refuse(&fault, "",
                         "the topic belongs to no node and no worker");
    } else if (source.is_status) {
        err = nf_status_message_read(payload, &status, &fault);
    } else {
        err = nf_result_message_read(payload, &result, &fault);
    }
    if (err != NF_OK) {
        blame_message(batch, name, &fault);
        return true;
    }
    if (source.is_status) {
        blame_members(batch, name, status.dropped, &fault);
        check_address(batch, name, &status.report);
        return take_status(batch, source.mac, &status);
    }
    return take_result(batch, source.mac, source.worker, &result);
}

static nf_time_t
due(const struct nf_batch *batch)
{
    nf_time_t at = batch->first + GATHER_MS;

    if (batch->n == NF_BATCH_MAX) {
        return 0;
    }
    if (batch->n >= WINDOW && batch->last + QUIET_MS < at) {
        return batch->last + QUIET_MS;
    }
    return at;
}

bool
nf_batch_is_empty(const struct nf_batch *batch)
{
    return batch->n == 0;
}

bool
nf_batch_run(struct nf_batch *batch, nf_time_t *at)
{
    *at = never;
    if (batch->n > 0 && batch->turn->tick < due(batch)) {
        *at = due(batch);
        return true;
    }
    return nf_batch_commit(batch);
}
