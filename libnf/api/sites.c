/*
 * Tasks and machines by site, as the clients of the regional servers know
 * them.  There is one site here; of another there is nothing.
 */
#include <stdio.h>

#include "api/node_list.h"
#include "api/task.h"
#include "base/time.h"
#include "store/hardware.h"
#include "store/tasks.h"

enum {
    ENTRY_MAX = 640
};

static bool
is_ours(const struct nf_scope *scope, struct nf_text idc)
{
    return nf_text_equal(idc, nf_text(scope->site->settings->idc));
}

static nf_error_t
refuse_site(struct nf_call *call)
{
    return nf_reply_refuse(call, NF_NOT_FOUND, "idc", "no such site");
}

/* --- numbers -----------------------------------------------------------------
 */

nf_error_t
nf_api_stats(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_out out = nf_reply_buffer(call, 1024);
    struct nf_task_counts tasks = nf_tasks_count(scope->r);
    struct nf_node_counts nodes = nf_nodes_count(scope->r);
    const uint64_t *n = tasks.by_status;
    uint64_t machines = 0;
    char time[NF_TIME_TEXT];

    if (call->id.len > 0 && !is_ours(scope, call->id)) {
        return refuse_site(call);
    }
    for (size_t i = 0; nf_node_statuses[i] != NULL; i++) {
        machines += nodes.by_status[i];
    }
    nf_time_format(call->now, time);
    nf_out_puts(&out, "{\"idc\":");
    nf_out_json(&out, nf_text(scope->site->settings->idc));
    nf_out_printf(
        &out,
        ",\"total_machines\":%llu,\"pending\":%llu,\"installing\":%llu,"
        "\"completed\":%llu,\"failed\":%llu,\"last_updated\":\"%s\"}",
        (unsigned long long) machines, (unsigned long long) n[NF_TASK_PENDING],
        (unsigned long long) (n[NF_TASK_APPROVED] + n[NF_TASK_INSTALLING]),
        (unsigned long long) n[NF_TASK_COMPLETED],
        (unsigned long long) (n[NF_TASK_FAILED] + n[NF_TASK_REJECTED]
                              + n[NF_TASK_CANCELLED]),
        time);
    return scope->r->err != NF_OK ? scope->r->err
                                  : nf_reply_json(call, 200, &out);
}

/* --- machines ----------------------------------------------------------------
 */

static void
put_server(struct nf_out *out, const char *sn, nf_mac_t mac, const char *status,
           nf_time_t added, const char *note)
{
    char text[NF_MAC_COLONS] = "", time[NF_TIME_TEXT];

    if (!nf_mac_equal(mac, (nf_mac_t){0})) {
        nf_mac_format_divided(mac, ':', text);
    }
    nf_time_format(added, time);
    nf_out_puts(out, "{\"sn\":");
    nf_out_json(out, nf_text(sn));
    nf_out_printf(out,
                  ",\"status\":\"%s\",\"mac\":\"%s\",\"added_at\":\"%s\","
                  "\"note\":",
                  status, text, time);
    nf_out_json(out, nf_text(note));
    nf_out_putc(out, '}');
}

static void
put_node_server(struct nf_out *out, struct nf_read *r,
                const struct nf_node *node)
{
    struct nf_unmatched unmatched;
    struct nf_hardware hardware;

    if (nf_unmatched_get(r, node->mac, &unmatched)) {
        put_server(out, node->serial[0] != '\0' ? node->serial : unmatched.sn,
                   node->mac, "unmatched", unmatched.first_seen,
                   nf_unmatched_reasons[unmatched.reason]);
        return;
    }
    bool has_reported = nf_hardware_get(r, node->mac, &hardware);
    put_server(out, node->serial, node->mac,
               has_reported ? "registered" : "pending", node->created_at, "");
}

/* For one more, in the buffer and in the page. */
static bool
has_room(const struct nf_stream *s, const struct nf_out *out)
{
    return out->cap - out->len >= ENTRY_MAX && s->left > 0;
}

static void
next_entry(struct nf_stream *s, struct nf_out *out)
{
    nf_out_puts(out, s->count++ == 0 ? "" : ",");
    s->left--;
}

/* The nodes, newest first.  False: there are more. */
static bool
put_nodes(struct nf_stream *s, struct nf_read *r, struct nf_out *out)
{
    struct nf_node_position at = {s->after_created, s->after};
    struct nf_node_view view;
    NF_SCAN(scan, r, NF_NODES_BY_AGE);
    bool found = nf_nodes_list(&scan, s->has_after ? &at : NULL, &view);

    for (; found && has_room(s, out); found = nf_nodes_list_next(&scan, &view))
    {
        s->after = view.node.mac;
        s->after_created = view.node.created_at;
        s->has_after = true;
        next_entry(s, out);
        put_node_server(out, r, &view.node);
    }
    return !found;
}

/* Machines that nobody has seen yet come first, by serial number. */
static bool
put_awaited(struct nf_stream *s, struct nf_read *r, struct nf_out *out)
{
    struct nf_task task;
    bool found = !s->has_after && nf_tasks_awaited_next(r, s->after_sn, &task);

    for (; found && has_room(s, out);
         found = nf_tasks_awaited_next(r, s->after_sn, &task))
    {
        memcpy(s->after_sn, task.sn, sizeof(s->after_sn));
        next_entry(s, out);
        put_server(out, task.sn, (nf_mac_t){0}, "pending", task.created_at,
                   "not seen yet");
    }
    return !found;
}

/* What ends a page is not what ends a buffer. */
static nf_error_t
fill_servers(struct nf_stream *s, const struct nf_site *site,
             struct nf_out *out)
{
    NF_READ(r, site->store);

    nf_out_puts(out, s->is_open ? "" : "[");
    s->is_open = true;
    bool is_all = put_awaited(s, &r, out) && put_nodes(s, &r, out);
    if (is_all || s->left == 0) {
        nf_out_putc(out, ']');
        s->is_done = true;
        s->has_more = !is_all;
    }
    return r.err;
}

/* "sn:SERIAL" of a machine that is waited for, or as in the list of nodes. */
static nf_error_t
read_position(struct nf_call *call, struct nf_read *r, struct nf_stream *s)
{
    struct nf_text after = nf_page_after(call), sn = NF_TEXT("sn:");

    if (after.data == NULL || !nf_text_starts(after, sn)) {
        return nf_node_list_read_position(call, r, s);
    }
    after = (struct nf_text){after.data + sn.len, after.len - sn.len};
    return after.len > 0
                   && nf_text_copy(s->after_sn, sizeof(s->after_sn), after)
               ? NF_OK
               : nf_refuse(&call->fault, "after",
                           "must be a MAC or sn: and a serial number");
}

static void
put_link(struct nf_call *call, const struct nf_stream *s, uint64_t limit)
{
    char after[sizeof(s->after_sn) + 4];

    if (s->has_after) {
        nf_node_list_link(call, s, limit);
        return;
    }
    snprintf(after, sizeof(after), "sn:%s", s->after_sn);
    nf_page_link(call, limit, nf_text(after), (struct nf_text){0});
}

nf_error_t
nf_api_servers(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_stream *s = nf_arena_take(call->arena, sizeof(*s));

    if (s == NULL) {
        return NF_NO_MEMORY;
    }
    if (!is_ours(scope, call->id)) {
        return refuse_site(call);
    }
    if (nf_list_is_known(call, scope, NF_LIST_OF_COMMITS)) {
        return NF_OK;
    }
    nf_error_t err = nf_page_limit(call, &s->left);
    if (err != NF_OK || (err = read_position(call, scope->r, s)) != NF_OK) {
        return err;
    }
    uint64_t limit = s->left;
    s->fill = fill_servers;
    if (limit == 0) {
        s->left = UINT64_MAX;
        return nf_reply_stream(call, s);
    }
    nf_read_end(scope->r); /* a page opens its own scope */
    err = nf_page_fill(call, scope->site, s, ENTRY_MAX);
    if (err == NF_OK && s->has_more) {
        put_link(call, s, limit);
    }
    return err;
}

/* --- one machine's task ------------------------------------------------------
 */

/* The site of "/api/v1/tasks/{idc}/{id}". */
static bool
is_of_site(const struct nf_call *call, const struct nf_scope *scope)
{
    struct nf_text rest = call->path;

    for (int i = 0; i < 4; i++) {
        (void) nf_text_cut(&rest, '/');
    }
    return is_ours(scope, nf_text_cut(&rest, '/'));
}

/* Old clients know fewer ways to end: what they do not know has failed. */
static nf_error_t
reply_known(struct nf_call *call, nf_error_t err)
{
    static const char *const unknown[] = {"rejected", "cancelled"};
    struct nf_text text = call->reply;
    static const char member[] = "\"status\":\"";
    const char *at =
        err != NF_OK || call->status != 200
            ? NULL
            : memmem(text.data, text.len, member, sizeof(member) - 1);

    for (size_t i = 0; at != NULL && i < 2; i++) {
        const char *word = at + sizeof(member) - 1;
        size_t head = (size_t) (word - text.data);
        struct nf_text old = nf_text(unknown[i]);
        struct nf_text tail = {word, text.len - head};
        if (nf_text_starts(tail, old)) {
            struct nf_out out = nf_reply_buffer(call, text.len + 8);
            nf_out_put(&out, (struct nf_text){text.data, head});
            nf_out_puts(&out, nf_task_statuses[NF_TASK_FAILED]);
            nf_out_put(&out, (struct nf_text){tail.data + old.len,
                                              tail.len - old.len});
            return nf_reply_json(call, 200, &out);
        }
    }
    return err;
}

nf_error_t
nf_api_site_task(struct nf_call *call, struct nf_scope *scope)
{
    return is_of_site(call, scope)
               ? reply_known(call, nf_api_tasks_get(call, scope))
               : refuse_site(call);
}

nf_error_t
nf_api_site_approve(struct nf_call *call, struct nf_scope *scope)
{
    return is_of_site(call, scope)
               ? reply_known(call, nf_api_tasks_approve(call, scope))
               : refuse_site(call);
}

nf_error_t
nf_api_site_reject(struct nf_call *call, struct nf_scope *scope)
{
    return is_of_site(call, scope)
               ? reply_known(call, nf_api_tasks_reject(call, scope))
               : refuse_site(call);
}
