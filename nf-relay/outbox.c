#include "outbox.h"

#include <sodium/utils.h>
#include <stdio.h>

#include "aim.h"
#include "base/time.h"
#include "bmc/order.h"
#include "bus/message.h"
#include "bus/topic.h"
#include "bus/worker.h"
#include "change/answer.h"
#include "change/command.h"
#include "change/switch.h"
#include "model/switch_place.h"
#include "store/commands.h"
#include "store/nodes.h"
#include "store/ports.h"
#include "store/workers.h"

enum {
    AT_ONCE = 32, /* in one turn, and one transaction */
    PAUSE_S = 2,  /* before a command is said again: 2, 4, 8, 15, 15, ... */
    PAUSE_MAX_S = 15,
};

static const nf_time_t never = INT64_MAX;

struct due {
    size_t n;
    struct nf_command commands[AT_ONCE];
    nf_mac_t agents[AT_ONCE]; /* by which card each is told */
};

void
nf_outbox_look(struct nf_outbox *outbox)
{
    outbox->at = 0;
}

void
nf_outbox_acknowledged(struct nf_outbox *outbox, int publication)
{
    for (size_t i = 0; i < outbox->sent_n; i++) {
        if (outbox->sent[i].publication == publication) {
            outbox->sent[i] = outbox->sent[--outbox->sent_n];
            outbox->at = 0; /* there is room again */
            return;
        }
    }
}

/* Whoever says that he has begun one keeps a journal, whatever a status that
 * need not be his says. */
static bool
may_repeat(const struct nf_command *command, const struct nf_agent_voice *voice)
{
    return voice->has_journal || command->state == NF_COMMAND_RUNNING;
}

/* It is not known whether the broker had them: they are due at once. */
static void
send_again(struct nf_outbox *outbox)
{
    NF_WRITE(w, outbox->turn->store);
    struct nf_change c = {.w = &w,
                          .settings = &outbox->turn->settings,
                          .now = outbox->turn->now,
                          .actor = nf_actor_word(NF_ACTOR_RELAY)};

    for (size_t i = 0; i < outbox->sent_n; i++) {
        struct nf_command command;
        struct nf_agent_voice voice;
        if (!nf_commands_get(&w.read, outbox->sent[i].command, &command)) {
            continue;
        }
        (void) nf_agent_voice_get(&w.read, command.mac, &voice);
        if (command.target != NF_COMMAND_NODE || may_repeat(&command, &voice)) {
            (void) nf_change_command_wait(&c, command.number, c.now);
        }
    }
    nf_error_t err = nf_write_commit(&w);
    if (err != NF_OK) { /* they are said again all the same, a little later */
        nf_turn_blame(outbox->turn, "commands were not marked", err);
    }
    outbox->sent_n = 0;
}

void
nf_outbox_changed(struct nf_outbox *outbox, bool is_up)
{
    outbox->is_up = is_up;
    outbox->at = 0;
}

static nf_time_t
pause_after(unsigned attempts)
{
    unsigned seconds = attempts < 3 ? PAUSE_S << attempts : PAUSE_MAX_S;

    return NF_SECONDS(seconds < PAUSE_MAX_S ? seconds : PAUSE_MAX_S);
}

/* What is due now; *next is when the one behind is, 0: there is none. */
static void
find_due(struct nf_outbox *outbox, struct due *due, nf_time_t *next)
{
    struct nf_command command = {.send_at = 0};
    nf_time_t now = outbox->turn->now;
    NF_READ(r, outbox->turn->store);

    due->n = 0;
    *next = 0;
    while (nf_commands_to_send(&r, command.send_at, command.number, &command)) {
        if (command.send_at > now || due->n == AT_ONCE) {
            *next = command.send_at;
            return;
        }
        if (command.deadline > now) {
            due->commands[due->n++] = command;
        }
    }
}

/* For the worker that it goes to; "" for one that knows by itself.  That it can
 * be done was found when the worker was chosen. */
static bool
seal(const struct nf_outbox *outbox, const struct nf_command *command,
     char sealed[static NF_SEALED_TEXT])
{
    struct nf_sealed_device device;
    char words[NF_REACH_WORDS];
    struct nf_worker worker;
    NF_READ(r, outbox->turn->store);
    enum nf_reach_kind kind =
        nf_reach_find(&outbox->reach, &r, command, &device, words);

    sealed[0] = '\0';
    bool is_fine = kind == NF_REACH_OWN
                   || (kind == NF_REACH_SEALED
                       && nf_workers_get(&r, command->worker, &worker)
                       && nf_sealed_make(&device, worker.accepted, sealed));
    sodium_memzero(&device, sizeof(device));
    return is_fine;
}

/* What is asked of a switch, and how: of a node's port what was decided when
 * its command was aimed; else the command's own arguments say it. */
static void
put_switch(const struct nf_outbox *outbox, const struct nf_command *command,
           char args[static NF_SWITCH_ARGS], struct nf_command_message *message)
{
    bool is_scan = strcmp(command->operation, "scan") == 0;
    struct nf_text order;
    NF_READ(r, outbox->turn->store);

    message->command = is_scan ? NF_TEXT("scan") : NF_TEXT("port");
    if (is_scan) {
        message->arguments = NF_TEXT("{}");
    } else if (nf_orders_get(&r, command->number, &order)
               && nf_text_copy(args, NF_SWITCH_ARGS, order))
    {
        message->arguments = nf_text(args);
    }
}

static bool
publish(struct nf_outbox *outbox, const struct nf_command *command,
        nf_mac_t agent)
{
    char topic[NF_WORKER_TOPIC_TEXT], id[NF_COMMAND_ID_TEXT];
    char payload[NF_ORDER_MAX], sealed[NF_SEALED_TEXT], args[NF_SWITCH_ARGS];
    struct nf_out out = nf_out(payload, sizeof(payload));
    bool is_node = command->target == NF_COMMAND_NODE;

    if (!seal(outbox, command, sealed)) {
        return true;
    }

    if (is_node) {
        nf_topic_format(&(struct nf_topic){NF_TOPIC_COMMAND, agent}, topic);
    } else {
        nf_worker_topic_format(NF_WORKER_COMMAND, outbox->turn->settings.idc,
                               command->worker, topic);
    }
    nf_command_format(command, id);
    struct nf_command_message message = {
        .id = nf_text(id),
        .command = nf_text(command->operation),
        .arguments = nf_text(command->arguments),
        .deadline = command->deadline,
        .now = outbox->turn->now,
        .target = is_node ? NULL : nf_command_targets[command->target],
        .mac = command->mac,
        .device = nf_text(sealed),
    };
    if (command->target == NF_COMMAND_SWITCH) {
        put_switch(outbox, command, args, &message);
    }
    nf_command_message_write(&out, &message);
    int number = outbox->sent_n < NF_OUTBOX_SENT && !out.full
                     ? outbox->send(outbox->of, topic, nf_out_text(&out))
                     : 0;
    if (number == 0) {
        return false;
    }
    outbox->sent[outbox->sent_n].publication = number;
    outbox->sent[outbox->sent_n++].command = command->number;
    return true;
}

/* --- to whom it goes ---------------------------------------------------------
 */

/* An agent without a journal does what it hears each time: it is told once,
 * while it is there. */
static bool
mark_for_node(struct nf_change *c, const struct nf_command *command,
              nf_mac_t *agent)
{
    struct nf_node_view view;
    struct nf_agent_voice voice;
    nf_time_t again = c->now + pause_after(command->attempts);

    (void) nf_agent_voice_get(&c->w->read, command->mac, &voice);
    *agent = voice.mac;
    if (may_repeat(command, &voice)) {
        return nf_change_command_sent(c, command->number, "", again) == NF_OK;
    }
    if (!nf_nodes_get(&c->w->read, command->mac, &view) || !view.node.online) {
        again = c->now + NF_SECONDS(PAUSE_MAX_S);
        (void) nf_change_command_wait(c, command->number, again);
        return false;
    }
    return nf_change_command_sent(c, command->number, "", 0) == NF_OK;
}

/* An operator lets it have passwords. */
static bool
is_trusted(void *r, const char *name)
{
    struct nf_worker worker;

    return nf_workers_get(r, name, &worker)
           && !sodium_is_zero(worker.accepted, sizeof(worker.accepted));
}

/* Who has another command of the same device, which may still be carried out;
 * false: nobody has. */
static bool
find_other(struct nf_read *r, const struct nf_command *command,
           struct nf_command *other)
{
    uint64_t before = 0;

    while (nf_commands_next_of(r, command->mac, before, other)) {
        before = other->number;
        if (other->target == command->target && other->worker[0] != '\0'
            && nf_command_is_live(other))
        {
            return true;
        }
    }
    return false;
}

/* The bytes that name a command's device. */
struct device {
    bool is_switch;
    struct nf_switch_place place;
    nf_mac_t mac;
};

static struct device
device_of(const struct nf_command *command)
{
    struct device device = {.is_switch = command->target == NF_COMMAND_SWITCH,
                            .mac = command->mac};

    if (device.is_switch) {
        nf_switch_place_read(nf_text(command->arguments), &device.place);
    }
    return device;
}

static struct nf_bytes
name_of(const struct device *device)
{
    return device->is_switch
               ? (struct nf_bytes){device->place.device,
                                   strlen(device->place.device)}
               : (struct nf_bytes){device->mac.b, sizeof(device->mac.b)};
}

/* Who has the device's commands; false: nobody has. */
static bool
find_holder(struct nf_read *r, const struct nf_command *command, nf_time_t now,
            char holder[static NF_WORKER_NAME])
{
    struct device device = device_of(command);
    struct nf_switch_seen seen;
    struct nf_command other;
    bool is_held;

    if (device.is_switch) {
        is_held = nf_switches_get(r, device.place.device, &seen)
                  && seen.held_until > now;
        memcpy(holder, seen.worker, is_held ? NF_WORKER_NAME : 0);
        return is_held;
    }
    is_held = find_other(r, command, &other);
    memcpy(holder, other.worker, is_held ? NF_WORKER_NAME : 0);
    return is_held;
}

/* He gets this one as well.  False: he is away, and until what he has is over
 * nobody else may touch the device. */
static bool
find_worker(const struct nf_outbox *outbox, struct nf_read *r,
            struct nf_command *command, bool is_sealed)
{
    char holder[NF_WORKER_NAME];
    struct device device = device_of(command);
    bool is_held = find_holder(r, command, outbox->turn->now, holder);
    const char *chosen =
        is_held ? holder
                : nf_presence_choose(outbox->presence, name_of(&device),
                                     is_sealed ? is_trusted : NULL, r);

    if (is_held && !nf_presence_has(outbox->presence, chosen)) {
        return false;
    }
    if (chosen != NULL) {
        snprintf(command->worker, sizeof(command->worker), "%s", chosen);
    }
    return true;
}

/* Nobody is there: whether he comes is known a little later. */
static void
wait_for_worker(const struct nf_outbox *outbox, struct nf_change *c,
                const struct nf_command *command)
{
    nf_time_t certain = nf_presence_certain(outbox->presence);
    nf_time_t left = certain - outbox->turn->tick;

    if (certain <= outbox->turn->tick) {
        (void) nf_change_command_unheard(c, command->number,
                                         "no worker for BMCs and switches is "
                                         "connected");
        return;
    }
    left = left < NF_SECONDS(PAUSE_S) ? left : NF_SECONDS(PAUSE_S);
    (void) nf_change_command_wait(c, command->number, c->now + left);
}

/* Somebody is there, but none who may have the device's password. */
static void
blame_worker(const struct nf_outbox *outbox, struct nf_change *c,
             const struct nf_command *command)
{
    struct device device = device_of(command);
    const char *name =
        nf_presence_choose(outbox->presence, name_of(&device), NULL, NULL);
    char words[NF_REACH_WORDS];

    snprintf(words, sizeof(words),
             "no worker that may have passwords is connected: compare the key "
             "of %s, and `nf workers accept` it",
             name);
    (void) nf_change_command_unheard(c, command->number, words);
}

/* False: nobody can have it now. */
static bool
choose_worker(const struct nf_outbox *outbox, struct nf_change *c,
              struct nf_command *command, bool is_sealed)
{
    bool is_free = find_worker(outbox, &c->w->read, command, is_sealed);

    if (command->worker[0] != '\0') {
        return true;
    }
    if (outbox->presence->n == 0) {
        wait_for_worker(outbox, c, command);
    } else if (is_free) {
        blame_worker(outbox, c, command);
    } else {
        (void) nf_change_command_wait(c, command->number,
                                      c->now + NF_SECONDS(PAUSE_S));
    }
    return false;
}

static bool
give(struct nf_change *c, const struct nf_command *command)
{
    nf_time_t again = c->now + pause_after(command->attempts);
    struct device device = device_of(command);

    return nf_change_command_sent(c, command->number, command->worker, again)
               == NF_OK
           && (!device.is_switch
               || nf_record_switch_held(c, device.place.device, command->worker,
                                        command->deadline));
}

/* It stays with the worker that it was given to: another one could do it a
 * second time. */
static bool
mark_for_worker(const struct nf_outbox *outbox, struct nf_change *c,
                struct nf_command *command)
{
    struct nf_sealed_device device;
    char words[NF_REACH_WORDS];

    if (command->target == NF_COMMAND_SWITCH && !nf_aim(c, command)) {
        return false;
    }
    enum nf_reach_kind kind =
        nf_reach_find(&outbox->reach, &c->w->read, command, &device, words);
    sodium_memzero(&device, sizeof(device));
    if (kind == NF_REACH_NOT) {
        (void) nf_change_command_unheard(c, command->number, words);
        return false;
    }
    return (command->worker[0] != '\0'
            || choose_worker(outbox, c, command, kind == NF_REACH_SEALED))
           && give(c, command);
}

/* Noted before it goes out, so that what may have gone out is never told as
 * surely not done; true: it is to go out. */
static bool
mark(const struct nf_outbox *outbox, struct nf_change *c,
     struct nf_command *command, nf_mac_t *agent)
{
    return command->target == NF_COMMAND_NODE
               ? mark_for_node(c, command, agent)
               : mark_for_worker(outbox, c, command);
}

/* What is to go out stays in due. */
static nf_error_t
mark_due(struct nf_outbox *outbox, struct due *due)
{
    size_t room = NF_OUTBOX_SENT - outbox->sent_n, n = 0;
    NF_WRITE(w, outbox->turn->store);
    struct nf_change c = {.w = &w,
                          .settings = &outbox->turn->settings,
                          .now = outbox->turn->now,
                          .actor = nf_actor_word(NF_ACTOR_RELAY)};

    for (size_t i = 0; i < due->n && n < room && w.read.err == NF_OK; i++) {
        if (mark(outbox, &c, &due->commands[i], &due->agents[n])) {
            due->commands[n++] = due->commands[i];
        }
    }
    due->n = n;
    return nf_write_commit(&w);
}

static bool
send_due(struct nf_outbox *outbox, struct due *due)
{
    nf_error_t err = mark_due(outbox, due);
    size_t n = 0;

    if (err != NF_OK) {
        nf_turn_blame(outbox->turn, "commands were not marked as sent", err);
        return false;
    }
    while (n < due->n && publish(outbox, &due->commands[n], due->agents[n])) {
        n++;
    }
    outbox->turn->counts.commands += n;
    return n == due->n;
}

nf_time_t
nf_outbox_run(struct nf_outbox *outbox)
{
    struct nf_turn *turn = outbox->turn;
    struct due due;
    nf_time_t next;

    if (!outbox->is_up || turn->tick < outbox->at) {
        if (!outbox->is_up && outbox->sent_n > 0) {
            send_again(outbox);
        }
        return outbox->is_up ? outbox->at : never;
    }
    find_due(outbox, &due, &next);
    size_t found = due.n;
    if (due.n > 0 && !send_due(outbox, &due)) { /* full, or the store is ill */
        outbox->at = turn->tick + NF_SECONDS(1);
    } else if (found == AT_ONCE) {
        outbox->at = turn->tick;
    } else {
        nf_time_t left = next == 0 ? NF_LOOK_MS : next - turn->now;
        outbox->at = turn->tick
                     + (found > 0 || left > NF_LOOK_MS ? NF_LOOK_MS
                        : left < 1                     ? 1
                                                       : left);
    }
    return outbox->at;
}
