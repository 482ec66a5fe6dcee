#include "model/command.h"

#include <stdio.h>

#include "model/member.h"
#include "model/task.h"

const char *const nf_command_states[NF_COMMAND_STATE_COUNT + 1] = {
#define X(state, number, word) [number] = word,
    NF_COMMAND_STATES(X)
#undef X
};

const char *const nf_command_targets[NF_COMMAND_TARGET_COUNT + 1] = {
#define X(target, number, word) [number] = word,
    NF_COMMAND_TARGETS(X)
#undef X
};

bool
nf_command_is_live(const struct nf_command *command)
{
    return command->state <= NF_COMMAND_RUNNING;
}

void
nf_command_format(const struct nf_command *command,
                  char id[static NF_COMMAND_ID_TEXT])
{
    snprintf(id, NF_COMMAND_ID_TEXT, "%016llx-%llu",
             (unsigned long long) command->generation,
             (unsigned long long) command->number);
}

bool
nf_command_parse(struct nf_text id, uint64_t *generation, uint64_t *number)
{
    struct nf_text rest = id;
    struct nf_text hex = nf_text_cut(&rest, '-');

    return hex.len == 16 && nf_text_hex(hex, generation)
           && nf_text_number(rest, INT64_MAX, number);
}

static void
put_task(const struct nf_command *command, struct nf_out *out)
{
    char task[NF_TASK_TEXT + 8];

    if (command->task != 0) {
        nf_task_format(command->task, task);
        nf_member_text(out, "task_id", task);
    }
    if (command->step < NF_STEP_KINDS) {
        nf_member_text(out, "step", nf_step_kinds[command->step]);
        nf_out_printf(out, ",\"step_attempt\":%u", command->step_attempt);
    }
}

void
nf_command_json(const struct nf_command *command, struct nf_out *out)
{
    char id[NF_COMMAND_ID_TEXT], mac[NF_MAC_TEXT];

    nf_command_format(command, id);
    nf_mac_format(command->mac, mac);
    nf_out_printf(
        out, "{\"id\":\"%s\",\"mac\":\"%s\",\"target\":\"%s\",\"command\":", id,
        mac, nf_command_targets[command->target]);
    nf_out_json(out, nf_text(command->operation));
    nf_out_printf(out, ",\"args\":%s,\"state\":\"%s\",\"attempts\":%u",
                  command->arguments, nf_command_states[command->state],
                  command->attempts);
    put_task(command, out);
    nf_member_text(out, "actor", command->actor);
    nf_member_text(out, "worker", command->worker);
    nf_member_text(out, "result", command->result);
    nf_member_time(out, "created_at", command->created_at);
    nf_member_time(out, "updated_at", command->updated_at);
    nf_member_time(out, "deadline", command->deadline);
    nf_member_time(out, "ended_at", command->ended_at);
    nf_out_putc(out, '}');
}
