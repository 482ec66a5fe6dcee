/*
 * Commands: created, sent, begun, ended, and forgotten.
 */
#include "change/command.h"

#include <stdio.h>

#include "change/record.h"
#include "change/switch.h"
#include "store/commands.h"
#include "store/events.h"
#include "store/generation.h"
#include "store/tallies.h"

#define COPY(to, from) snprintf(to, sizeof(to), "%s", from)

/* The event that tells of a state. */
static const enum nf_event_kind kinds[NF_COMMAND_STATE_COUNT] = {
    [NF_COMMAND_QUEUED] = NF_EVENT_COMMAND_CREATED,
    [NF_COMMAND_SENT] = NF_EVENT_COMMAND_SENT,
    [NF_COMMAND_RUNNING] = NF_EVENT_COMMAND_RUNNING,
    [NF_COMMAND_DONE] = NF_EVENT_COMMAND_DONE,
    [NF_COMMAND_FAILED] = NF_EVENT_COMMAND_FAILED,
    [NF_COMMAND_CANCELLED] = NF_EVENT_COMMAND_CANCELLED,
    [NF_COMMAND_EXPIRED] = NF_EVENT_COMMAND_EXPIRED,
    [NF_COMMAND_UNKNOWN] = NF_EVENT_COMMAND_UNKNOWN,
};

static bool
record(struct nf_change *c, struct nf_command *command)
{
    char text[NF_COMMAND_JSON_MAX + 16];
    struct nf_out out = nf_out(text, sizeof(text));

    command->updated_at = c->now;
    if (nf_command_is_untold(command)) {
        return nf_commands_put(c->w, command);
    }
    nf_out_puts(&out, "\"command\":");
    nf_command_json(command, &out);
    if (out.full) {
        nf_read_fail(&c->w->read, NF_BUG);
        return false;
    }
    return nf_commands_put(c->w, command)
           && nf_record_members(c, kinds[command->state], command->mac,
                                nf_out_text(&out));
}

/* What was never sent was no operation. */
static bool
count(struct nf_change *c, const struct nf_command *command,
      const struct nf_command_told *told)
{
    char key[NF_TALLY_KEY];
    struct nf_tally tally;

    if (command->target != NF_COMMAND_BMC || command->attempts == 0) {
        return true;
    }
    nf_tally_begin(&tally, command, told);
    nf_tallies_key(&tally, key);
    (void) nf_tallies_get(&c->w->read, key, &tally);
    nf_tally_add(&tally, command, told);
    return nf_tallies_put(c->w, &tally);
}

bool
nf_record_command_end(struct nf_change *c, struct nf_command *command,
                      enum nf_command_state state, const char *words,
                      const struct nf_command_told *told)
{
    command->state = (uint8_t) state;
    command->send_at = 0;
    command->ended_at = c->now;
    nf_text_copy_words(command->result, sizeof(command->result),
                       nf_text(words));
    if (command->target == NF_COMMAND_SWITCH) {
        nf_record_switch_ended(c, command);
    }
    if (nf_command_is_untold(command)) {
        return nf_commands_delete(c->w, command->number);
    }
    return count(c, command, told) && record(c, command);
}

static nf_error_t
refuse(struct nf_change *c, nf_error_t err, const char *field, const char *why)
{
    (void) nf_refuse(&c->fault, field, "%s", why);
    return err;
}

bool
nf_record_command_begun(struct nf_change *c, struct nf_command *command,
                        const char *words)
{
    command->state = NF_COMMAND_RUNNING;
    nf_text_copy_words(command->result, sizeof(command->result),
                       nf_text(words));
    return record(c, command);
}

nf_error_t
nf_record_command_find(struct nf_change *c, uint64_t number,
                       struct nf_command *command)
{
    if (!nf_commands_get(&c->w->read, number, command)) {
        return c->w->read.err != NF_OK
                   ? c->w->read.err
                   : refuse(c, NF_NOT_FOUND, "id", "no such command");
    }
    return nf_command_is_live(command)
               ? NF_OK
               : refuse(c, NF_CONFLICT, "id", "the command has ended");
}

/* --- created -----------------------------------------------------------------
 */

static bool
is_of_no_node(const struct nf_command_draft *draft)
{
    return draft->target == NF_COMMAND_SWITCH
           && nf_mac_equal(draft->mac, (nf_mac_t){0});
}

static nf_error_t
check_node(struct nf_change *c, const struct nf_command_draft *draft)
{
    struct nf_held_node held;

    return is_of_no_node(draft) ? NF_OK : nf_hold_node(c, draft->mac, &held);
}

/* How many of those for the node itself live; *oldest: its oldest one that
 * ended, 0: it has few, and none must go. */
static unsigned
count_live(struct nf_change *c, nf_mac_t mac, uint64_t *oldest)
{
    struct nf_command command;
    uint64_t before = 0, ended = 0;
    bool is_no_node = nf_mac_equal(mac, (nf_mac_t){0});
    unsigned kept = is_no_node ? NF_COMMANDS_OF_SWITCHES : NF_COMMANDS_KEPT;
    unsigned n = 0, live = 0;

    while (nf_commands_next_of(&c->w->read, mac, before, &command)) {
        before = command.number;
        ended = nf_command_is_live(&command) ? ended : command.number;
        live +=
            command.target == NF_COMMAND_NODE && nf_command_is_live(&command);
        n++;
    }
    *oldest = n < kept ? 0 : ended;
    return live;
}

static struct nf_command
make(struct nf_change *c, const struct nf_command_draft *draft)
{
    struct nf_command command = {
        .generation = nf_generation(&c->w->read),
        .number = nf_events_next(c->w),
        .task = draft->task,
        .created_at = c->now,
        .deadline = draft->deadline,
        .send_at = c->now,
        .mac = draft->mac,
        .target = (uint8_t) draft->target,
        .step = draft->task == 0 ? NF_COMMAND_NO_STEP : (uint8_t) draft->step,
        .step_attempt = draft->step_attempt,
        .round = draft->round,
    };

    COPY(command.operation, draft->operation);
    COPY(command.actor, c->actor);
    COPY(command.arguments, draft->arguments);
    return command;
}

nf_error_t
nf_change_command_create(struct nf_change *c,
                         const struct nf_command_draft *draft, uint64_t *number)
{
    uint64_t oldest;
    nf_error_t err = check_node(c, draft);

    if (err != NF_OK) {
        return err;
    }
    if (draft->deadline <= c->now) {
        return refuse(c, NF_INVALID, "deadline", "must be in the future");
    }
    if (count_live(c, draft->mac, &oldest) >= NF_COMMANDS_LIVE
        && draft->target == NF_COMMAND_NODE)
    {
        return refuse(c, NF_CONFLICT, "command",
                      "the node has too many commands that have not ended");
    }
    if (oldest != 0) {
        (void) nf_commands_delete(c->w, oldest);
    }
    struct nf_command command = make(c, draft);
    (void) record(c, &command);
    *number = command.number;
    return c->w->read.err;
}

/* --- on its way --------------------------------------------------------------
 */

nf_error_t
nf_change_command_sent(struct nf_change *c, uint64_t number, const char *worker,
                       nf_time_t again)
{
    struct nf_command command;
    nf_error_t err = nf_record_command_find(c, number, &command);

    if (err != NF_OK) {
        return err;
    }
    if (command.deadline <= c->now) {
        return refuse(c, NF_CONFLICT, "deadline", "has passed");
    }
    bool is_first = command.state == NF_COMMAND_QUEUED;
    command.attempts += command.attempts < UINT16_MAX;
    command.send_at = again;
    COPY(command.worker, worker);
    if (is_first) {
        command.state = NF_COMMAND_SENT;
        (void) record(c, &command);
    } else { /* that it is said again is no event */
        (void) nf_commands_put(c->w, &command);
    }
    return c->w->read.err;
}

nf_error_t
nf_change_command_aim(struct nf_change *c, uint64_t number,
                      const char *arguments, struct nf_text order)
{
    struct nf_command command;
    nf_error_t err = nf_record_command_find(c, number, &command);

    if (err != NF_OK) {
        return err;
    }
    if (command.state != NF_COMMAND_QUEUED) {
        return refuse(c, NF_CONFLICT, "id", "the command was sent");
    }
    memset(command.arguments, 0, sizeof(command.arguments));
    COPY(command.arguments, arguments);
    (void) nf_commands_put(c->w, &command);
    (void) nf_orders_put(c->w, number, order);
    return c->w->read.err;
}

nf_error_t
nf_change_command_wait(struct nf_change *c, uint64_t number, nf_time_t then)
{
    struct nf_command command;
    nf_error_t err = nf_record_command_find(c, number, &command);

    if (err == NF_OK) {
        command.send_at = then;
        (void) nf_commands_put(c->w, &command);
        err = c->w->read.err;
    }
    return err;
}

void
nf_record_commands_soon(struct nf_change *c, nf_mac_t mac)
{
    struct nf_command command;
    uint64_t before = 0;

    while (nf_commands_next_of(&c->w->read, mac, before, &command)) {
        before = command.number;
        if (nf_command_is_live(&command) && command.send_at > c->now) {
            command.send_at = c->now;
            (void) nf_commands_put(c->w, &command);
        }
    }
}

/* --- ended -------------------------------------------------------------------
 */

void
nf_record_commands_cancelled(struct nf_change *c, nf_mac_t mac)
{
    struct nf_command command;
    uint64_t before = 0;

    while (nf_commands_next_of(&c->w->read, mac, before, &command)) {
        before = command.number;
        if (command.state == NF_COMMAND_QUEUED) {
            (void) nf_record_command_end(c, &command, NF_COMMAND_CANCELLED,
                                         "the node was deleted", NULL);
        }
    }
}

bool
nf_command_is_of_step(const struct nf_command *command,
                      const struct nf_task_command *step)
{
    return command->task == step->task && command->step == step->step
           && command->step_attempt == step->attempt
           && command->round == step->round;
}

/* Whoever has it already may still do it: it is not said to him again. */
static void
withdraw(struct nf_change *c, struct nf_command *command)
{
    if (command->state != NF_COMMAND_QUEUED) {
        command->send_at = 0;
        (void) nf_commands_put(c->w, command);
    } else if (command->deadline > c->now) {
        (void) nf_record_command_end(c, command, NF_COMMAND_CANCELLED,
                                     "its task continued without it", NULL);
    }
}

void
nf_record_command_withdrawn(struct nf_change *c,
                            const struct nf_task_command *step)
{
    struct nf_command command;
    uint64_t before = 0;

    while (nf_commands_next_of(&c->w->read, step->mac, before, &command)) {
        before = command.number;
        if (nf_command_is_live(&command)
            && nf_command_is_of_step(&command, step)) {
            withdraw(c, &command);
        }
    }
}

nf_error_t
nf_change_command_cancel(struct nf_change *c, uint64_t number)
{
    struct nf_command command;
    nf_error_t err = nf_record_command_find(c, number, &command);

    if (err != NF_OK) {
        return err;
    }
    if (command.task != 0) {
        return refuse(c, NF_CONFLICT, "id",
                      "the command belongs to a task: cancel the task");
    }
    if (command.state == NF_COMMAND_RUNNING) {
        return refuse(c, NF_CONFLICT, "id", "the command is being carried out");
    }
    if (command.state == NF_COMMAND_QUEUED) {
        (void) nf_record_command_end(c, &command, NF_COMMAND_CANCELLED,
                                     "cancelled by an operator", NULL);
    } else {
        (void) nf_record_command_end(
            c, &command, NF_COMMAND_UNKNOWN,
            "cancelled by an operator after it was sent", NULL);
    }
    return c->w->read.err;
}
