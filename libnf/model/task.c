#include "model/task.h"

#include <stdio.h>

#include "model/member.h"

const char *const nf_task_statuses[] = {"pending",   "approved", "installing",
                                        "completed", "rejected", "cancelled",
                                        "failed",    NULL};

const char *const nf_step_kinds[] = {"boot_config", "node_boot", "os_install",
                                     "first_boot",  "cleanup",   NULL};

const char *const nf_step_statuses[] = {"waiting", "running", "done",
                                        "skipped", "failed",  NULL};

bool
nf_task_is_live(const struct nf_task *task)
{
    return task->status <= NF_TASK_INSTALLING;
}

void
nf_task_format(uint64_t id, char text[static NF_TASK_TEXT + 8])
{
    snprintf(text, NF_TASK_TEXT + 8, "task-%08llx", (unsigned long long) id);
}

bool
nf_task_parse(struct nf_text text, uint64_t *id)
{
    static const char hex[] = "0123456789abcdef";
    uint64_t value = 0;

    if (!nf_text_starts(text, NF_TEXT("task-")) || text.len < 13
        || text.len > 21) {
        return false;
    }
    for (size_t i = 5; i < text.len; i++) {
        const char *digit = memchr(hex, text.data[i], sizeof(hex) - 1);
        if (digit == NULL) {
            return false;
        }
        value = value << 4 | (uint64_t) (digit - hex);
    }
    *id = value;
    return true;
}

static void
put_step(struct nf_out *out, const struct nf_step *step)
{
    nf_out_printf(out, "{\"step\":\"%s\",\"status\":\"%s\",\"attempts\":%u",
                  nf_step_kinds[step->kind], nf_step_statuses[step->status],
                  step->attempts);
    nf_member_time(out, "started_at", step->started);
    nf_member_time(out, "ended_at", step->ended);
    nf_member_time(out, "deadline", step->deadline);
    nf_member_text(out, "error", step->error);
    nf_out_putc(out, '}');
}

void
nf_task_json(const struct nf_task *task, struct nf_out *out)
{
    char id[NF_TASK_TEXT + 8], mac[NF_MAC_TEXT];

    nf_task_format(task->id, id);
    nf_mac_format(task->mac, mac);
    nf_out_printf(out,
                  "{\"task_id\":\"%s\",\"mac\":\"%s\",\"status\":\"%s\","
                  "\"percent\":%u,\"attempt\":%u,\"scripts\":%u",
                  id, mac, nf_task_statuses[task->status], task->percent,
                  task->attempt, task->scripts);
    nf_member_text(out, "profile", task->profile);
    nf_member_text(out, "actor", task->actor);
    nf_member_text(out, "reason", task->reason);
    nf_member_time(out, "created_at", task->created_at);
    nf_member_time(out, "updated_at", task->updated_at);
    nf_member_time(out, "deadline", task->deadline);
    nf_out_puts(out, ",\"steps\":[");
    for (size_t i = 0; i < task->steps_n; i++) {
        nf_out_puts(out, i == 0 ? "" : ",");
        put_step(out, &task->steps[i]);
    }
    nf_out_puts(out, "]}");
}
