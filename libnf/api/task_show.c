#include "api/task.h"
#include "base/time.h"
#include "store/progress.h"
#include "store/tasks.h"

void
nf_put_task(struct nf_out *out, struct nf_read *r, const struct nf_task *task)
{
    nf_task_json(task, nf_tasks_spec(r, task->id), out);
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

nf_error_t
nf_reply_task(struct nf_call *call, struct nf_read *r, unsigned status,
              uint64_t id)
{
    struct nf_out out = nf_reply_buffer(call, NF_TASK_SHOWN_MAX);
    struct nf_task task;

    if (!nf_tasks_get(r, id, &task)) {
        return r->err != NF_OK ? r->err : NF_BUG;
    }
    nf_put_task(&out, r, &task);
    nf_put_task_progress(&out, r, &task);
    nf_out_putc(&out, '}');
    return r->err != NF_OK ? r->err : nf_reply_json(call, status, &out);
}

/* A machine's latest task, or the one that waits for its serial number. */
static bool
find_by_machine(struct nf_call *call, struct nf_scope *scope, uint64_t *id)
{
    struct nf_node_view view;
    char sn[64];
    nf_mac_t mac;

    if (nf_nodes_find(scope->r, call->id, &mac)
        && nf_nodes_get(scope->r, mac, &view) && view.node.task != 0)
    {
        *id = view.node.task;
        return true;
    }
    return nf_text_copy(sn, sizeof(sn), call->id)
           && nf_tasks_awaited(scope->r, sn, id);
}

nf_error_t
nf_reply_find_task(struct nf_call *call, struct nf_scope *scope,
                   struct nf_task *task)
{
    uint64_t id;
    bool is_named =
        nf_task_parse(call->id, &id) || find_by_machine(call, scope, &id);

    if (is_named && nf_tasks_get(scope->r, id, task)) {
        return NF_OK;
    }
    return scope->r->err != NF_OK
               ? scope->r->err
               : nf_reply_refuse(call, NF_NOT_FOUND, "task_id",
                                 "Task not found");
}
