/*
 * Why a node is where it is: its task's steps, its latest events, and one
 * sentence about now.
 */
#include "api/task.h"
#include "api/why.h"
#include "model/member.h"
#include "store/events.h"
#include "store/tasks.h"
#include "store/voices.h"

enum {
    LIMIT_MAX = 200
};

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

static nf_error_t
reply(struct nf_call *call, struct nf_scope *scope,
      const struct nf_node_view *view, const struct nf_task *task,
      uint64_t limit)
{
    const struct nf_node *node = view != NULL ? &view->node : NULL;
    struct nf_out out = nf_reply_buffer(call, 1 << 20);
    struct nf_known known;

    nf_known_find(scope, call->now, node, task, &known);
    nf_out_putc(&out, '{');
    nf_known_put(&out, &known);
    if (view != NULL) {
        nf_out_puts(&out, ",\"node\":");
        nf_put_node(&out, scope->r, view);
        nf_member_time(&out, "heard_in_ram",
                       nf_voices_get(scope->r, node->mac).in_ram);
    }
    if (task != NULL) {
        nf_out_puts(&out, ",\"task\":");
        nf_put_task(&out, scope->r, task);
        nf_out_putc(&out, '}');
    }
    nf_out_puts(&out, ",\"events\":[");
    if (node != NULL) {
        put_events(&out, scope->r, node->last_event, limit);
    }
    nf_out_puts(&out, "]}");
    return nf_reply_json(call, 200, &out);
}

static void
forget_fault(struct nf_call *call)
{
    call->error = NULL;
    call->fault = (struct nf_fault){0};
}

/* No node, but a task waits for a machine of this serial number, or did; or a
 * machine of this MAC asks for an address. */
static nf_error_t
reply_stranger(struct nf_call *call, struct nf_scope *scope, uint64_t limit,
               nf_error_t err)
{
    struct nf_known known;
    struct nf_task task;
    nf_mac_t mac;

    if (err == NF_NOT_FOUND && nf_find_task(scope->r, call->id, &task)) {
        forget_fault(call);
        return reply(call, scope, NULL, &task, limit);
    }
    if (err != NF_NOT_FOUND || !nf_mac_parse(call->id, &mac)
        || !nf_known_stranger(scope, call->now, mac, &known))
    {
        return err;
    }
    forget_fault(call);
    struct nf_out out = nf_reply_buffer(call, 4096);
    nf_out_putc(&out, '{');
    nf_known_put(&out, &known);
    nf_out_puts(&out, ",\"events\":[]}");
    return nf_reply_json(call, 200, &out);
}

nf_error_t
nf_api_timeline(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_node_view view;
    struct nf_task task;
    uint64_t limit;
    nf_mac_t mac;
    nf_error_t err;

    if ((err = nf_query_number(call, "limit", LIMIT_MAX, 50, &limit)) != NF_OK)
    {
        return err;
    }
    if ((err = nf_reply_find(call, scope, &mac)) != NF_OK) {
        return reply_stranger(call, scope, limit, err);
    }
    if (!nf_nodes_get(scope->r, mac, &view)) {
        return scope->r->err;
    }
    bool has_task =
        view.node.task != 0 && nf_tasks_get(scope->r, view.node.task, &task);
    return reply(call, scope, &view, has_task ? &task : NULL, limit);
}

nf_error_t
nf_api_task_timeline(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_node_view view;
    struct nf_task task;
    uint64_t limit;
    nf_error_t err;

    if ((err = nf_query_number(call, "limit", LIMIT_MAX, 50, &limit)) != NF_OK
        || (err = nf_reply_find_task(call, scope, &task)) != NF_OK)
    {
        return err;
    }
    /* of an older task only its own words are true */
    bool is_its = nf_task_has_node(&task)
                  && nf_nodes_get(scope->r, task.mac, &view)
                  && view.node.task == task.id;
    return reply(call, scope, is_its ? &view : NULL, &task, limit);
}
