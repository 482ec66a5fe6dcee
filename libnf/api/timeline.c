/*
 * Why a node is where it is: its task's steps, its latest events, and one
 * sentence about now.
 */
#include "api/reply.h"
#include "base/time.h"
#include "flow/task.h"
#include "store/events.h"
#include "store/tasks.h"

enum {
    LIMIT_MAX = 200,
    SENTENCE_MAX = 512
};

static void
put_when(struct nf_out *out, const char *words, nf_time_t time)
{
    char text[NF_TIME_TEXT];

    nf_time_format(time, text);
    nf_out_puts(out, words);
    nf_out_puts(out, text);
}

static void
say_step(struct nf_out *out, const struct nf_task *task)
{
    const struct nf_step *step = &task->steps[task->step];

    nf_out_printf(out, "Waits for %s", nf_step_words(step->kind).waits_for);
    put_when(out, " since ", step->started);
    if (step->attempts > 0) {
        nf_out_printf(out, ", attempt %u", step->attempts);
    }
    if (step->deadline != 0) {
        put_when(out, "; the task fails if that has not happened by ",
                 step->deadline);
    }
    nf_out_putc(out, '.');
}

static void
say_installing(struct nf_out *out, const struct nf_task *task)
{
    if (task == NULL) {
        nf_out_puts(out, "Installing, but its task is gone: install it again "
                         "with the action reinstall.");
    } else if (nf_task_is_live(task) && task->step < task->steps_n) {
        say_step(out, task);
    } else {
        nf_out_printf(out, "The task is %s: %s. ",
                      nf_task_statuses[task->status],
                      task->reason[0] != '\0' ? task->reason : "no reason");
        nf_out_puts(out, nf_task_is_installed(task)
                             ? "The system is on the disk and the node boots "
                               "it; a report of its agent makes it installed, "
                               "the action reinstall starts over."
                             : "The node waits at its boot script; the action "
                               "reinstall starts over.");
    }
}

/* What the node waits for now, and what happens next, in one breath. */
static void
say_now(struct nf_out *out, const struct nf_node *node,
        const struct nf_task *task)
{
    switch ((enum nf_node_status) node->status) {
    case NF_NODE_DISCOVERED:
        put_when(out, "Discovered ", node->created_at);
        nf_out_puts(out, "; waits for an operator to install it: PUT "
                         "{\"action\":\"install\"}.");
        break;
    case NF_NODE_INSTALLING:
        say_installing(out, task);
        break;
    case NF_NODE_INSTALLED:
        nf_out_puts(out, "Installed; boots its own disk. ");
        nf_out_puts(out, node->online ? "Its agent reports."
                                      : "Its agent is silent.");
        break;
    }
}

/* The node's latest events, oldest first; they are found newest first. */
static void
put_events(struct nf_out *out, struct nf_read *r, uint64_t last, uint64_t limit)
{
    struct nf_event event;
    uint64_t found[LIMIT_MAX], n = 0;

    for (uint64_t seq = last; n < limit && nf_events_read_back(r, &seq, &event);
         n++)
    {
        found[n] = event.seq;
    }
    for (uint64_t i = n; i > 0 && out->cap - out->len > NF_EVENT_JSON_MAX; i--)
    {
        (void) nf_events_read_back(r, &found[i - 1], &event);
        nf_out_puts(out, i == n ? "" : ",");
        nf_out_put(out, event.json);
    }
}

nf_error_t
nf_api_timeline(struct nf_call *call, struct nf_scope *scope)
{
    char sentence[SENTENCE_MAX];
    struct nf_out now = nf_out(sentence, sizeof(sentence));
    struct nf_node_view view;
    struct nf_task task;
    uint64_t limit;
    nf_mac_t mac;
    nf_error_t err;

    if ((err = nf_query_number(call, "limit", LIMIT_MAX, 50, &limit)) != NF_OK
        || (err = nf_reply_find(call, scope, &mac)) != NF_OK)
    {
        return err;
    }
    if (!nf_nodes_get(scope->r, mac, &view)) {
        return scope->r->err;
    }
    bool has_task =
        view.node.task != 0 && nf_tasks_get(scope->r, view.node.task, &task);
    struct nf_out out = nf_reply_buffer(call, 1 << 20);
    say_now(&now, &view.node, has_task ? &task : NULL);
    nf_out_puts(&out, "{\"now\":");
    nf_out_json(&out, nf_out_text(&now));
    nf_out_puts(&out, ",\"node\":");
    nf_put_node(&out, &view, nf_heartbeat_get(scope->r, mac));
    if (has_task) {
        nf_out_puts(&out, ",\"task\":");
        nf_task_json(&task, nf_tasks_spec(scope->r, task.id), &out);
        nf_out_putc(&out, '}');
    }
    nf_out_puts(&out, ",\"events\":[");
    put_events(&out, scope->r, view.node.last_event, limit);
    nf_out_puts(&out, "]}");
    return nf_reply_json(call, 200, &out);
}
