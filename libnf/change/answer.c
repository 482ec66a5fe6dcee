#include "change/answer.h"

#include "change/command.h"
#include "change/device.h"
#include "change/record.h"
#include "change/step.h"
#include "store/commands.h"
#include "store/tasks.h"

/* The step that waits for it goes on, or is tried again. */
static void
tell_task(struct nf_change *c, const struct nf_command *command)
{
    struct nf_task_input input = {.event = command->state == NF_COMMAND_DONE
                                               ? NF_TASK_COMMAND_DONE
                                               : NF_TASK_COMMAND_FAILED,
                                  .step = (enum nf_step_kind) command->step,
                                  .attempt = command->step_attempt,
                                  .round = command->round,
                                  .detail = command->result};
    struct nf_task task;

    if (command->task != 0 && nf_tasks_get(&c->w->read, command->task, &task)) {
        (void) nf_record_step(c, &task, &input);
    }
}

/* An operator had its BMC switch it on. */
static bool
has_switched_on(const struct nf_command *command)
{
    static const char *const all[] = {"{\"action\":\"on\"}",
                                      "{\"action\":\"reset\"}",
                                      "{\"action\":\"cycle\"}"};
    bool is_power = command->target == NF_COMMAND_BMC
                    && command->state == NF_COMMAND_DONE
                    && strcmp(command->operation, "power") == 0;

    for (size_t i = 0; is_power && i < sizeof(all) / sizeof(all[0]); i++) {
        if (strcmp(command->arguments, all[i]) == 0) {
            return true;
        }
    }
    return false;
}

static void
end(struct nf_change *c, struct nf_command *command,
    enum nf_command_state state, const char *words,
    const struct nf_command_told *told)
{
    if (nf_record_command_end(c, command, state, words, told)) {
        nf_record_device_told(c, command);
        tell_task(c, command);
        if (has_switched_on(command)) {
            nf_record_seen(c, command->mac);
        }
    }
}

/* --- what is said ------------------------------------------------------------
 */

static bool
is_his(struct nf_change *c, const struct nf_command *command,
       const struct nf_command_speaker *speaker)
{
    nf_mac_t owner = speaker->mac;

    if (command->target != NF_COMMAND_NODE) {
        return speaker->worker[0] != '\0'
               && strcmp(command->worker, speaker->worker) == 0;
    }
    (void) nf_nodes_mac_owner(&c->w->read, speaker->mac, &owner);
    return speaker->worker[0] == '\0' && nf_mac_equal(command->mac, owner);
}

static nf_error_t
find_his(struct nf_change *c, const struct nf_command_speaker *speaker,
         struct nf_text id, struct nf_command *command)
{
    uint64_t generation, number;

    if (nf_command_parse(id, &generation, &number)
        && nf_commands_get(&c->w->read, number, command)
        && command->generation == generation && is_his(c, command, speaker))
    {
        return nf_record_command_find(c, number, command);
    }
    if (c->w->read.err == NF_OK) {
        (void) nf_refuse(&c->fault, "id",
                         "the answering node or worker has no such command");
        return NF_NOT_FOUND;
    }
    return c->w->read.err;
}

nf_error_t
nf_change_command_answered(struct nf_change *c,
                           const struct nf_command_speaker *speaker,
                           const struct nf_command_answer *answer)
{
    static const enum nf_command_state states[] = {
        [NF_COMMAND_SAYS_RUNNING] = NF_COMMAND_RUNNING,
        [NF_COMMAND_SAYS_DONE] = NF_COMMAND_DONE,
        [NF_COMMAND_SAYS_FAILED] = NF_COMMAND_FAILED,
        [NF_COMMAND_SAYS_EXPIRED] = NF_COMMAND_EXPIRED,
    };
    struct nf_command command;
    nf_error_t err = find_his(c, speaker, answer->id, &command);

    if (err != NF_OK) {
        return err;
    }
    if (answer->word != NF_COMMAND_SAYS_RUNNING) {
        end(c, &command, states[answer->word], answer->words, answer->told);
    } else if (command.state != NF_COMMAND_RUNNING) {
        (void) nf_record_command_begun(c, &command, answer->words);
    }
    return c->w->read.err;
}

/* --- and what is not ---------------------------------------------------------
 */

static nf_error_t
end_unsent(struct nf_change *c, uint64_t number, enum nf_command_state state,
           const char *words)
{
    struct nf_command command;
    nf_error_t err = nf_record_command_find(c, number, &command);

    if (err != NF_OK) {
        return err;
    }
    if (command.state != NF_COMMAND_QUEUED) {
        return nf_conflict(c, "id", "the command was sent");
    }
    end(c, &command, state, words, NULL);
    return c->w->read.err;
}

nf_error_t
nf_change_command_unheard(struct nf_change *c, uint64_t number,
                          const char *words)
{
    return end_unsent(c, number, NF_COMMAND_EXPIRED, words);
}

nf_error_t
nf_change_command_needless(struct nf_change *c, uint64_t number,
                           const char *words)
{
    return end_unsent(c, number, NF_COMMAND_DONE, words);
}

/* What was never sent was surely not done, and the task is told so; of the rest
 * nobody can know, and a step has a deadline of its own. */
void
nf_record_commands_due(struct nf_change *c, unsigned max)
{
    struct nf_command command;

    while (max-- > 0 && nf_commands_due(&c->w->read, c->now, &command)) {
        if (command.state == NF_COMMAND_QUEUED) {
            end(c, &command, NF_COMMAND_EXPIRED,
                "it could not be sent before its deadline", NULL);
        } else {
            (void) nf_record_command_end(
                c, &command, NF_COMMAND_UNKNOWN,
                command.state == NF_COMMAND_RUNNING
                    ? "it was started, and no result arrived"
                    : "it was sent, and no answer arrived",
                NULL);
        }
    }
}
