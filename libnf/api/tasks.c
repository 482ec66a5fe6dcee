/*
 * Tasks, read: the list, one, and what a machine is told of its own.
 */
#include "store/tasks.h"
#include "api/agent.h"
#include "api/task.h"
#include "base/time.h"
#include "store/hardware.h"

enum {
    LIMIT_MAX = 1000,
    SCAN_MAX = 20000, /* tasks looked at for one page: it may be short */
    WAIT_MAX = 60,    /* seconds */
    LINE_MAX = NF_TASK_JSON_MAX + 16
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

struct filter {
    uint64_t after; /* an id, 0: from the newest */
    uint64_t limit;
    uint8_t status; /* and one more, 0: any */
    bool is_elsewhere;
    bool has_mac;
    nf_mac_t mac;
    struct nf_text sn;
};

static nf_error_t
read_status(struct nf_call *call, struct filter *filter)
{
    struct nf_text status;

    if (!nf_query(call, "status", &status)) {
        return NF_OK;
    }
    for (uint8_t i = 0; nf_task_statuses[i] != NULL; i++) {
        if (nf_text_equal(status, nf_text(nf_task_statuses[i]))) {
            filter->status = i + 1;
            return NF_OK;
        }
    }
    return nf_refuse(&call->fault, "status",
                     "must be pending, approved, installing, completed, "
                     "rejected, cancelled or failed");
}

static nf_error_t
read_filter(struct nf_call *call, struct nf_scope *scope, struct filter *filter)
{
    struct nf_text mac, after, idc;
    nf_error_t err =
        nf_query_number(call, "limit", LIMIT_MAX, LIMIT_MAX, &filter->limit);

    if (err == NF_OK) {
        err = read_status(call, filter);
    }
    if (err != NF_OK) {
        return err;
    }
    if (nf_query(call, "after", &after)
        && !nf_task_parse(after, &filter->after)) {
        return nf_refuse(&call->fault, "after", "must be a task's id");
    }
    filter->has_mac = nf_query(call, "mac", &mac);
    if (filter->has_mac && !nf_mac_parse(mac, &filter->mac)) {
        return nf_refuse(&call->fault, "mac", "must be a MAC address");
    }
    if (filter->has_mac) {
        (void) nf_nodes_mac_owner(scope->r, filter->mac, &filter->mac);
    }
    (void) nf_query(call, "sn", &filter->sn);
    filter->is_elsewhere =
        nf_query(call, "idc", &idc)
        && !nf_text_equal(idc, nf_text(scope->site->settings->idc));
    return NF_OK;
}

static bool
is_listed(const struct filter *filter, const struct nf_task *task)
{
    return (filter->status == 0 || task->status == filter->status - 1)
           && (!filter->has_mac || nf_mac_equal(task->mac, filter->mac))
           && (filter->sn.data == NULL
               || nf_text_equal(filter->sn, nf_text(task->sn)));
}

/* The page after this one begins behind its last task. */
static void
put_link(struct nf_call *call, const struct filter *filter, uint64_t last)
{
    struct nf_out link = nf_reply_buffer(call, 256);
    char id[NF_TASK_TEXT + 8], mac[NF_MAC_TEXT];

    nf_task_format(last, id);
    nf_out_printf(&link, "</api/v1/tasks?limit=%llu&after=%s",
                  (unsigned long long) filter->limit, id);
    if (filter->status != 0) {
        nf_out_printf(&link, "&status=%s",
                      nf_task_statuses[filter->status - 1]);
    }
    if (filter->has_mac) {
        nf_mac_format(filter->mac, mac);
        nf_out_printf(&link, "&mac=%s", mac);
    }
    if (filter->sn.len > 0) {
        nf_out_puts(&link, "&sn=");
        nf_out_put(&link, filter->sn);
    }
    nf_out_puts(&link, ">; rel=\"next\"");
    call->link = link.full ? (struct nf_text){0} : nf_out_text(&link);
}

static void
put_list(struct nf_call *call, struct nf_scope *scope,
         const struct filter *filter, struct nf_out *out)
{
    NF_SCAN(scan, scope->r, NF_TASKS);
    struct nf_task task;
    uint64_t count = 0, last = 0;
    bool found = nf_tasks_list(&scan, filter->after, &task);

    for (int n = 0; found && !out->full;
         found = nf_tasks_list_next(&scan, &task), n++)
    {
        bool is_wanted = is_listed(filter, &task);
        if ((is_wanted && count == filter->limit) || n == SCAN_MAX) {
            put_link(call, filter, last);
            return;
        }
        last = task.id;
        if (!is_wanted) {
            continue;
        }
        nf_out_puts(out, count++ == 0 ? "" : ",");
        nf_put_task(out, scope->r, &task);
        nf_out_putc(out, '}');
    }
}

nf_error_t
nf_api_tasks_list(struct nf_call *call, struct nf_scope *scope)
{
    struct filter filter = {0};
    nf_error_t err = read_filter(call, scope, &filter);

    if (err != NF_OK) {
        return err;
    }
    struct nf_out out = nf_reply_buffer(call, (filter.limit + 1) * LINE_MAX);
    nf_out_putc(&out, '[');
    if (!filter.is_elsewhere && filter.limit > 0) {
        put_list(call, scope, &filter, &out);
    }
    nf_out_putc(&out, ']');
    return scope->r->err != NF_OK ? scope->r->err
                                  : nf_reply_json(call, 200, &out);
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
        nf_out_puts(out, "no machine of this serial number or MAC has reported "
                         "its hardware");
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
    nf_out_printf(out, "%s: this machine says ",
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
        && (call->face != NF_FACE_API
            || nf_reply_is_leased_peer(call, scope->r, node)))
    {
        nf_token_make(scope->site->key, task->id, task->attempt, token);
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
    if (!nf_reply_is_own_peer(call, scope->r, &view.node)) {
        return nf_reply_refuse(call, NF_FORBIDDEN, "",
                               "the caller is not this node");
    }
    bool has_task = nf_agent_task(scope, &view.node, &task);
    if (waits(call, &view.node, has_task ? &task : NULL,
              seconds > WAIT_MAX ? WAIT_MAX : seconds))
    {
        return NF_OK;
    }
    return has_task ? reply_own(call, scope, &view.node, &task)
                    : reply_none(call, scope, &view.node);
}
