/*
 * Tasks, read: the list, one, and what a machine is told of its own.
 */
#include "store/tasks.h"
#include "api/agent.h"
#include "api/chosen.h"
#include "api/page.h"
#include "api/task.h"
#include "base/time.h"
#include "store/generation.h"
#include "store/hardware.h"

enum {
    AT_ONCE = 2000, /* tasks looked at before others get their turn */
    WAIT_MAX = 60,  /* seconds */
    LINE_MAX = NF_TASK_JSON_MAX + 512 /* with its problem */
};

nf_error_t
nf_api_tasks_get(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_task task;
    nf_error_t err = nf_reply_find_task(call, scope, &task);

    return err != NF_OK ? err : nf_reply_task(call, scope->r, 200, task.id);
}

/* --- the list ----------------------------------------------------------------
 */

/*
 * A stream keeps its place in `seq` and what is listed in `filter` (a status
 * and one more), `after` (a machine) and `after_sn`.
 */

static nf_error_t
read_status(struct nf_call *call, struct nf_stream *s)
{
    struct nf_text status;

    if (!nf_query(call, "status", &status)) {
        return NF_OK;
    }
    for (uint8_t i = 0; nf_task_statuses[i] != NULL; i++) {
        if (nf_text_equal(status, nf_text(nf_task_statuses[i]))) {
            s->filter = i + 1;
            return NF_OK;
        }
    }
    return nf_refuse(&call->fault, "status",
                     "must be pending, approved, installing, completed, "
                     "rejected, cancelled or failed");
}

static nf_error_t
read_filter(struct nf_call *call, struct nf_scope *scope, struct nf_stream *s)
{
    struct nf_text mac, after, sn;
    struct nf_chosen *chosen;
    nf_error_t err = nf_page_limit(call, &s->left);

    if (err != NF_OK || (err = read_status(call, s)) != NF_OK) {
        return err;
    }
    if (nf_query(call, "after", &after) && !nf_task_parse(after, &s->seq)) {
        return nf_refuse(&call->fault, "after", "must be a task's id");
    }
    if ((err = nf_chosen_read(call, scope->r, &chosen)) != NF_OK) {
        return err;
    }
    s->chosen = chosen;
    s->has_after = nf_query(call, "mac", &mac);
    if (s->has_after && !nf_mac_parse(mac, &s->after)) {
        return nf_refuse(&call->fault, "mac", "must be a MAC address");
    }
    if (s->has_after) {
        (void) nf_nodes_mac_owner(scope->r, s->after, &s->after);
    }
    if (nf_query(call, "sn", &sn)
        && (sn.len == 0 || !nf_text_is_printable(sn)
            || !nf_text_copy(s->after_sn, sizeof(s->after_sn), sn)))
    {
        return nf_refuse(&call->fault, "sn", "must be a serial number");
    }
    return scope->r->err;
}

static bool
is_listed(const struct nf_stream *s, struct nf_read *r,
          const struct nf_task *task)
{
    return (s->filter == 0 || task->status == s->filter - 1)
           && (!s->has_after || nf_mac_equal(task->mac, s->after))
           && (s->after_sn[0] == '\0' || strcmp(task->sn, s->after_sn) == 0)
           && nf_chosen_has(r, s->chosen, task->mac);
}

/* One buffer of the list, or so many tasks that are not listed. */
static nf_error_t
fill_list(struct nf_stream *s, const struct nf_site *site, struct nf_out *out)
{
    struct nf_task task;
    NF_READ(r, site->store);
    NF_SCAN(scan, &r, NF_TASKS);
    bool found = nf_tasks_list(&scan, s->seq, &task);

    if (!s->is_open) {
        nf_out_putc(out, '[');
        s->is_open = true;
    }
    for (int n = 0; found; found = nf_tasks_list_next(&scan, &task), n++) {
        bool is_wanted = is_listed(s, &r, &task);
        if (is_wanted && s->left == 0) {
            break;
        }
        if (out->cap - out->len < LINE_MAX || n == AT_ONCE) {
            nf_out_putc(out, '\n'); /* who writes nothing waits for news */
            return r.err;
        }
        s->seq = task.id;
        if (is_wanted) {
            nf_out_puts(out, s->count++ == 0 ? "" : ",");
            nf_put_task(out, &r, &task);
            nf_out_putc(out, '}');
            s->left--;
        }
    }
    nf_out_putc(out, ']');
    s->has_more = found;
    s->is_done = true;
    return r.err;
}

/* The page after this one begins behind the last task that was looked at. */
static void
put_link(struct nf_call *call, const struct nf_stream *s, uint64_t limit)
{
    struct nf_out more = nf_reply_buffer(call, 256 + call->query.len);
    char id[NF_TASK_TEXT + 8], mac[NF_MAC_TEXT];

    nf_task_format(s->seq, id);
    if (s->filter != 0) {
        nf_out_printf(&more, "&status=%s", nf_task_statuses[s->filter - 1]);
    }
    if (s->has_after) {
        nf_mac_format(s->after, mac);
        nf_out_printf(&more, "&mac=%s", mac);
    }
    if (s->after_sn[0] != '\0') {
        nf_out_printf(&more, "&sn=%s", s->after_sn);
    }
    nf_chosen_link(s->chosen, &more);
    nf_page_link(call, limit, nf_text(id), nf_out_text(&more));
}

static nf_error_t
reply_page(struct nf_call *call, const struct nf_site *site,
           struct nf_stream *s)
{
    uint64_t limit = s->left;
    nf_error_t err = nf_page_fill(call, site, s, LINE_MAX);

    if (err == NF_OK && s->has_more) {
        put_link(call, s, limit);
    }
    return err;
}

nf_error_t
nf_api_tasks_list(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_stream *s = nf_arena_take(call->arena, sizeof(*s));
    struct nf_text idc;

    if (s == NULL) {
        return NF_NO_MEMORY;
    }
    if (nf_list_is_known(call, scope, NF_LIST_OF_LOG)) {
        return NF_OK;
    }
    nf_error_t err = read_filter(call, scope, s);
    if (err != NF_OK) {
        return err;
    }
    if (nf_query(call, "idc", &idc)
        && !nf_text_equal(idc, nf_text(scope->site->settings->idc)))
    {
        return nf_agent_reply(call, "[]");
    }
    s->fill = fill_list;
    if (s->left != 0) {
        nf_read_end(scope->r); /* a page opens its own scope */
        return reply_page(call, scope->site, s);
    }
    s->left = UINT64_MAX;
    return nf_reply_stream(call, s);
}

/* --- what a machine is told of its own ---------------------------------------
 */

/* Three things may be amiss, and the machine's console shall say which: no
 * task, one for another machine, or (with 200) one that nobody approved. */
static void
say_why_none(struct nf_scope *scope, const struct nf_node *node,
             struct nf_out *out)
{
    struct nf_unmatched unmatched;
    char id[NF_TASK_TEXT + 8], mac[NF_MAC_COLONS];

    if (node == NULL) {
        nf_out_puts(out, "no machine with this serial number or MAC has "
                         "reported its hardware");
        return;
    }
    nf_mac_format_divided(node->mac, ':', mac);
    if (!nf_unmatched_get(scope->r, node->mac, &unmatched)
        || unmatched.reason == NF_UNMATCHED_NO_TASK)
    {
        nf_out_printf(out, "no task was created for this machine (MAC %s, ",
                      mac);
        nf_out_puts(out, "serial number ");
        nf_out_puts(out, node->serial[0] != '\0' ? node->serial : "none");
        nf_out_putc(out, ')');
        return;
    }
    nf_out_printf(out, "%s: this machine reports ",
                  nf_unmatched_reasons[unmatched.reason]);
    nf_out_puts(out, unmatched.sn);
    nf_mac_format_divided(unmatched.other, ':', mac);
    nf_out_printf(out, ", the other machine is %s", mac);
    if (unmatched.task != 0) {
        nf_task_format(unmatched.task, id);
        nf_out_printf(out, ", the task %s", id);
    }
}

static nf_error_t
reply_none(struct nf_call *call, struct nf_scope *scope,
           const struct nf_node *node)
{
    char why[256];
    struct nf_out reason = nf_out(why, sizeof(why));
    struct nf_out out = nf_reply_buffer(call, 1024);

    say_why_none(scope, node, &reason);
    nf_out_puts(&out, "{\"error\":\"No task found\",\"code\":1004,"
                      "\"message\":");
    nf_out_json(&out, nf_out_text(&reason));
    nf_out_puts(&out, ",\"retry_after\":10}");
    return nf_reply_json(call, 404, &out);
}

/* A machine that looks for its task has found it once that is approved; one
 * that is idle has to do something once there is an operation. */
static bool
has_news(const struct nf_call *call, const struct nf_task *task)
{
    enum nf_operation operation = nf_task_operation(task);
    struct nf_text idle;

    if (nf_query(call, "idle", &idle)) {
        return operation != NF_OPERATION_WAIT
               && operation != NF_OPERATION_COMPLETE;
    }
    return task != NULL && nf_task_is_live(task) && task->approved_at != 0;
}

/* Held open until there is something to do, or the time is over. */
static bool
waits(struct nf_call *call, const struct nf_node *node,
      const struct nf_task *task, uint64_t seconds)
{
    if (has_news(call, task) || seconds == 0 || !call->may_wait) {
        return false;
    }
    call->wait_mac = node->mac;
    if (call->wait_until == 0) {
        call->wait_until = call->now + NF_SECONDS(seconds);
    }
    return true;
}

static nf_error_t
reply_own(struct nf_call *call, struct nf_scope *scope,
          const struct nf_node *node, const struct nf_task *task)
{
    struct nf_out out = nf_reply_buffer(call, NF_TASK_SHOWN_MAX);
    bool is_approved = nf_task_is_live(task) && task->approved_at != 0;
    char token[NF_TOKEN_TEXT];

    nf_put_task(&out, scope->r, task);
    nf_put_task_progress(&out, scope->r, task);
    if (is_approved
        && (call->listener != NF_LISTENER_API
            || nf_peer_is_leased(call, scope->r, node)))
    {
        nf_token_make(scope->site->key,
                      (struct nf_attempt){nf_generation(scope->r), task->id,
                                          task->attempt},
                      token);
        nf_out_printf(&out, ",\"token\":\"%s\"", token);
    }
    nf_out_putc(&out, '}');
    return nf_reply_json(call, 200, &out);
}

/* By ?mac=, which is sure, else by the name in the path. */
static nf_error_t
find_machine(struct nf_call *call, struct nf_scope *scope,
             struct nf_node_view *view, bool *is_known)
{
    struct nf_text text;
    nf_mac_t mac;
    bool has_mac = nf_query(call, "mac", &text);

    if (has_mac && !nf_mac_parse(text, &mac)) {
        return nf_refuse(&call->fault, "mac", "must be a MAC address");
    }
    *is_known = has_mac ? nf_nodes_get_owner(scope->r, mac, view)
                        : nf_nodes_find(scope->r, call->id, &mac)
                              && nf_nodes_get(scope->r, mac, view);
    return scope->r->err;
}

nf_error_t
nf_api_agent_task(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_node_view view;
    struct nf_task task;
    bool is_known = false;
    uint64_t seconds;
    nf_error_t err = nf_query_number(call, "wait", UINT32_MAX, 0, &seconds);

    if (err != NF_OK
        || (err = find_machine(call, scope, &view, &is_known)) != NF_OK)
    {
        return err;
    }
    if (!is_known) {
        return reply_none(call, scope, NULL);
    }
    if (!nf_peer_may_be(call, scope->r, &view.node, false)) {
        return nf_reply_refuse(call, NF_FORBIDDEN, "",
                               "the caller is not this node");
    }
    bool has_task = !nf_agent_is_other(scope->r, &view.node, call->id)
                    && nf_agent_task(scope, &view.node, &task);
    if (waits(call, &view.node, has_task ? &task : NULL,
              seconds > WAIT_MAX ? WAIT_MAX : seconds))
    {
        return NF_OK;
    }
    return has_task ? reply_own(call, scope, &view.node, &task)
                    : reply_none(call, scope, &view.node);
}
