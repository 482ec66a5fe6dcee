#include "api/task.h"
#include "base/time.h"
#include "model/member.h"
#include "store/diagnoses.h"
#include "store/nodes.h"
#include "store/progress.h"
#include "store/signs.h"
#include "store/tasks.h"

/* What went wrong last: of the whole task, or of the step that runs. */
static const char *
problem_of(const struct nf_task *task)
{
    const struct nf_step *step = nf_task_running(task);

    return task->reason[0] != '\0' ? task->reason
           : step != NULL          ? step->error
                                   : "";
}

/* What was refused to its machine, while its step's own error is not known. */
static void
put_refused(struct nf_out *out, struct nf_read *r, const struct nf_task *task)
{
    const struct nf_step *step = nf_task_running(task);
    char text[NF_SIGN_WHAT + NF_SIGN_WHY + 64];
    struct nf_out words = nf_out(text, sizeof(text) - 1);
    struct nf_signs signs;

    if (step != NULL && nf_task_has_node(task)
        && nf_signs_get(r, task->mac, &signs) && signs.task == task->id
        && signs.refused.time >= step->started)
    {
        nf_refusal_put(&words, &signs.refused);
    }
    text[words.len] = '\0';
    nf_member_text(out, "problem", text);
}

void
nf_put_task(struct nf_out *out, struct nf_read *r, const struct nf_task *task)
{
    static const char member[] = "\"hostname\":";
    struct nf_text spec = nf_tasks_spec(r, task->id);
    struct nf_node_view view;
    bool is_named =
        spec.len > 0
        && memmem(spec.data, spec.len, member, sizeof(member) - 1) != NULL;

    nf_task_json(task, spec, out);
    if (!is_named && nf_task_has_node(task)
        && nf_nodes_get(r, task->mac, &view)) {
        nf_member_text(out, "hostname", view.node.hostname);
    }
    if (problem_of(task)[0] != '\0') {
        nf_member_text(out, "problem", problem_of(task));
    } else {
        put_refused(out, r, task);
    }
}

static void
put_one(struct nf_out *out, const struct nf_progress *p)
{
    char time[NF_TIME_TEXT];

    nf_time_format(p->time, time);
    nf_out_puts(out, "{\"step\":");
    nf_out_json(out, nf_text(p->step));
    nf_out_printf(out, ",\"percent\":%u,\"timestamp\":\"%s\",\"message\":",
                  p->percent, time);
    nf_out_json(out, nf_text(p->message));
    nf_out_putc(out, '}');
}

static void
put_line(struct nf_out *out, const struct nf_progress *p)
{
    char text[256];
    struct nf_out line = nf_out(text, sizeof(text));

    nf_out_printf(&line, "[INFO] %s (%u%%) ", p->step, p->percent);
    nf_out_puts(&line, p->message);
    nf_out_json(out, nf_out_text(&line));
}

static void
put_all(struct nf_out *out, struct nf_read *r, const struct nf_task *task,
        void (*put)(struct nf_out *out, const struct nf_progress *p))
{
    struct nf_progress_walk walk = {.mac = task->mac, .task = task->id};
    struct nf_progress p;
    bool is_first = true;

    while (nf_progress_walk_next(r, &walk, &p)) {
        nf_out_puts(out, is_first ? "" : ",");
        put(out, &p);
        is_first = false;
    }
}

void
nf_put_task_progress(struct nf_out *out, struct nf_read *r,
                     const struct nf_task *task)
{
    nf_out_puts(out, ",\"progress\":[");
    if (nf_task_has_node(task)) {
        put_all(out, r, task, put_one);
    }
    nf_out_puts(out, "],\"logs\":[");
    if (nf_task_has_node(task)) {
        put_all(out, r, task, put_line);
    }
    nf_out_putc(out, ']');
}

/* --- what its status was ----------------------------------------------------
 */

static void
put_status(struct nf_out *out, enum nf_task_status status, nf_time_t time,
           const char *reason)
{
    char text[NF_TIME_TEXT];

    nf_time_format(time, text);
    nf_out_printf(out, "%s{\"status\":\"%s\",\"timestamp\":\"%s\"",
                  status == NF_TASK_PENDING ? "" : ",",
                  nf_task_statuses[status], text);
    if (reason[0] != '\0') {
        nf_out_puts(out, ",\"reason\":");
        nf_out_json(out, nf_text(reason));
    }
    nf_out_putc(out, '}');
}

/* When it was over: its steps say so.  What undoes something comes later. */
static nf_time_t
find_end(const struct nf_task *task)
{
    const struct nf_step *boot = nf_task_find_step(task, NF_STEP_FIRST_BOOT);

    for (size_t i = 0; i < task->steps_n; i++) {
        const struct nf_step *step = &task->steps[i];
        if (step->status == NF_STEP_FAILED && task->status == NF_TASK_FAILED) {
            return step->ended;
        }
    }
    return task->status == NF_TASK_COMPLETED || boot == NULL
                   || boot->status != NF_STEP_SKIPPED
               ? task->updated_at
               : boot->ended;
}

/* Of the attempt that is the latest; those before are in the events. */
static void
put_history(struct nf_out *out, const struct nf_task *task)
{
    const struct nf_step *boot = nf_task_find_step(task, NF_STEP_NODE_BOOT);
    bool is_approved =
        task->approved_at != 0 && task->status != NF_TASK_REJECTED;

    nf_out_puts(out, ",\"status_history\":[");
    put_status(out, NF_TASK_PENDING, task->created_at, "");
    if (is_approved) {
        put_status(out, NF_TASK_APPROVED, task->approved_at, "");
    }
    if (is_approved && boot != NULL && boot->status == NF_STEP_DONE) {
        put_status(out, NF_TASK_INSTALLING, boot->ended, "");
    }
    if (!nf_task_is_live(task)) {
        put_status(out, (enum nf_task_status) task->status, find_end(task),
                   task->reason);
    }
    nf_out_putc(out, ']');
}

/* What was known of it when it failed. */
static void
put_diagnosis(struct nf_out *out, struct nf_read *r, uint64_t id)
{
    struct nf_diagnosis ignored;

    if (nf_diagnoses_get(r, id, &ignored)) {
        nf_out_puts(out, ",\"diagnosis\":");
        (void) nf_diagnoses_json(r, id, out);
    }
}

nf_error_t
nf_reply_task(struct nf_call *call, struct nf_read *r, unsigned status,
              uint64_t id)
{
    struct nf_out out =
        nf_reply_buffer(call, NF_TASK_SHOWN_MAX + call->warnings.len);
    struct nf_task task;

    if (!nf_tasks_get(r, id, &task)) {
        return r->err != NF_OK ? r->err : NF_BUG;
    }
    nf_put_task(&out, r, &task);
    nf_put_task_progress(&out, r, &task);
    put_history(&out, &task);
    nf_out_put(&out, call->warnings);
    put_diagnosis(&out, r, id);
    nf_out_putc(&out, '}');
    return r->err != NF_OK ? r->err : nf_reply_json(call, status, &out);
}

/* A machine's latest task, or the one that waits for its serial number, or did
 * so last. */
static bool
find_by_machine(struct nf_read *r, struct nf_text name, uint64_t *id)
{
    struct nf_node_view view;
    struct nf_task ended;
    char sn[64];
    nf_mac_t mac;

    if (nf_nodes_find(r, name, &mac) && nf_nodes_get(r, mac, &view)
        && view.node.task != 0)
    {
        *id = view.node.task;
        return true;
    }
    if (!nf_text_copy(sn, sizeof(sn), name)) {
        return false;
    }
    if (nf_tasks_awaited(r, sn, id)) {
        return true;
    }
    *id = nf_tasks_ended(r, sn, &ended) ? ended.id : 0;
    return *id != 0;
}

bool
nf_find_task(struct nf_read *r, struct nf_text name, struct nf_task *task)
{
    uint64_t id;
    bool is_named = nf_task_parse(name, &id) || find_by_machine(r, name, &id);

    return is_named && nf_tasks_get(r, id, task);
}

nf_error_t
nf_reply_find_task(struct nf_call *call, struct nf_scope *scope,
                   struct nf_task *task)
{
    static const char none[] = "Task not found";
    struct nf_node_view view;
    nf_mac_t mac;

    if (nf_find_task(scope->r, call->id, task)) {
        return NF_OK;
    }
    nf_error_t err =
        nf_reply_find_named(call, scope->r, call->id, "task_id", none, &mac);
    if (err != NF_OK) {
        return err;
    }
    bool is_there = nf_nodes_get(scope->r, mac, &view) && view.node.task != 0
                    && nf_tasks_get(scope->r, view.node.task, task);
    return is_there ? NF_OK
                    : nf_reply_refuse(call, NF_NOT_FOUND, "task_id", none);
}
