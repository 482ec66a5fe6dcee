#include "model/task.h"

#include <stdio.h>

#include "model/member.h"
#include "model/profile.h"

const char *const nf_task_statuses[] = {
    [NF_TASK_PENDING] = "pending",       [NF_TASK_APPROVED] = "approved",
    [NF_TASK_INSTALLING] = "installing", [NF_TASK_COMPLETED] = "completed",
    [NF_TASK_REJECTED] = "rejected",     [NF_TASK_CANCELLED] = "cancelled",
    [NF_TASK_FAILED] = "failed",         [NF_TASK_FAILED + 1] = NULL,
};

const char *const nf_step_kinds[] = {
#define X(kind, number, word) [kind] = (word),
    NF_STEP_KIND_LIST(X)
#undef X
        [NF_STEP_KINDS] = NULL};

const char *const nf_step_statuses[] = {
    [NF_STEP_WAITING] = "waiting",   [NF_STEP_RUNNING] = "running",
    [NF_STEP_RETRYING] = "retrying", [NF_STEP_DONE] = "done",
    [NF_STEP_SKIPPED] = "skipped",   [NF_STEP_FAILED] = "failed",
    [NF_STEP_FAILED + 1] = NULL,
};

bool
nf_task_is_live(const struct nf_task *task)
{
    return task->status <= NF_TASK_INSTALLING;
}

bool
nf_task_has_node(const struct nf_task *task)
{
    return !nf_mac_equal(task->mac, (nf_mac_t){0});
}

enum nf_step_kind
nf_step_find(struct nf_text name)
{
    enum nf_step_kind kind = 0;

    while (kind < NF_STEP_KINDS
           && !nf_text_equal(name, nf_text(nf_step_kinds[kind])))
    {
        kind++;
    }
    return kind;
}

void
nf_task_format(uint64_t id, char text[static NF_TASK_TEXT + 8])
{
    snprintf(text, NF_TASK_TEXT + 8, "task-%08llx", (unsigned long long) id);
}

bool
nf_task_parse(struct nf_text text, uint64_t *id)
{
    return nf_text_starts(text, NF_TEXT("task-")) && text.len >= 13
           && nf_text_hex((struct nf_text){text.data + 5, text.len - 5}, id);
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
    if (step->started != 0 && step->ended != 0) {
        nf_out_printf(out, ",\"duration_ms\":%lld",
                      (long long) (step->ended - step->started));
    }
    nf_member_text(out, "error", step->error);
    nf_out_putc(out, '}');
}

static const char *
approval_word(const struct nf_task *task)
{
    return task->approved_at == 0             ? "pending"
           : task->status == NF_TASK_REJECTED ? "rejected"
                                              : "approved";
}

static void
put_approval(struct nf_out *out, const struct nf_task *task)
{
    bool is_rejected = task->status == NF_TASK_REJECTED;

    nf_out_printf(out, ",\"approval\":{\"status\":\"%s\"", approval_word(task));
    nf_member_text(out, is_rejected ? "rejected_by" : "approved_by",
                   task->approver);
    nf_member_time(out, is_rejected ? "rejected_at" : "approved_at",
                   task->approved_at);
    nf_out_putc(out, '}');
}

/* Who it is for and what it installs. */
static void
put_names(struct nf_out *out, const struct nf_task *task)
{
    char mac[NF_MAC_COLONS] = "";

    if (nf_task_has_node(task)) {
        nf_mac_format_divided(task->mac, ':', mac);
    }
    nf_member_text(out, "sn", task->sn);
    nf_member_text(out, "mac", mac);
    nf_member_text(out, "os_type", task->os_type);
    nf_member_text(out, "os_version", task->os_version);
    nf_member_text(out, "profile", task->profile);
    nf_out_printf(out, ",\"method\":\"%s\"", nf_methods[task->method]);
    nf_member_text(out, "bootfile", task->bootfile);
    nf_member_text(out, "created_by", task->actor);
    nf_member_text(out, "reason", task->reason);
}

/* On which terms it was asked for, where they are not the usual ones. */
static void
put_terms(struct nf_out *out, const struct nf_task *task)
{
    if (task->flags & NF_TASK_WHEN_IT_BOOTS) {
        nf_out_puts(out, ",\"when_it_boots\":true");
    }
    if (task->flags & NF_TASK_CONSENTED) {
        nf_out_puts(out, ",\"wipe_consent\":true");
    }
}

void
nf_task_json(const struct nf_task *task, struct nf_text spec,
             struct nf_out *out)
{
    char id[NF_TASK_TEXT + 8];

    nf_task_format(task->id, id);
    nf_out_printf(out,
                  "{\"task_id\":\"%s\",\"status\":\"%s\",\"percent\":%u,"
                  "\"attempt\":%u,\"scripts\":%u,\"tries\":%u",
                  id, nf_task_statuses[task->status], task->percent,
                  task->attempt, task->scripts, task->tries);
    put_names(out, task);
    put_terms(out, task);
    if (spec.len > 2) { /* "{...}": its members become ours */
        nf_out_putc(out, ',');
        nf_out_put(out, (struct nf_text){spec.data + 1, spec.len - 2});
    }
    put_approval(out, task);
    nf_member_time(out, "created_at", task->created_at);
    nf_member_time(out, "updated_at", task->updated_at);
    nf_member_time(out, "deadline", task->deadline);
    nf_out_puts(out, ",\"steps\":[");
    for (size_t i = 0; i < task->steps_n; i++) {
        nf_out_puts(out, i == 0 ? "" : ",");
        put_step(out, &task->steps[i]);
    }
    nf_out_putc(out, ']');
}
