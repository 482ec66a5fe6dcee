/*
 * Tasks, changed: created (one, or many at once), approved, rejected,
 * cancelled, asked for again, forgotten.
 */
#include "api/ahead.h"
#include "api/task.h"
#include "change/change.h"
#include "store/tasks.h"
#include "json/field.h"
#include "json/tree.h"

enum {
    BULK_MAX = 500,
    ITEM_MAX = NF_TASK_JSON_MAX + 1024 + NF_WARNINGS_MAX
};

/* --- create ----------------------------------------------------------------
 */

static nf_error_t
create(struct nf_change *c, struct nf_scope *scope, nf_arena_t *arena,
       const struct nf_value *body, uint64_t *id)
{
    struct nf_task_order order;
    nf_error_t err = nf_task_order_read(scope, arena, body, &order, &c->fault);

    return err != NF_OK ? err : nf_change_task_create(c, &order.draft, id);
}

static nf_error_t
create_one(struct nf_call *call, struct nf_scope *scope,
           const struct nf_value *body)
{
    struct nf_change c = nf_reply_change(call, scope);
    struct nf_out location = nf_reply_buffer(call, 48);
    char text[NF_TASK_TEXT + 8];
    struct nf_ahead ahead;
    uint64_t id;

    nf_ahead_by(&c, scope, &ahead, false);
    nf_error_t err = create(&c, scope, call->arena, body, &id);
    if (err != NF_OK || (err = nf_ahead_tell(call, &ahead)) != NF_OK) {
        return nf_reply_changed(call, &c, err);
    }
    nf_task_format(id, text);
    nf_out_printf(&location, "/api/v1/tasks/%s", text);
    err = nf_reply_task(call, scope->r, 201, id);
    call->location = nf_out_text(&location);
    if (err == NF_OK) {
        nf_reply_remember(call, scope);
    }
    return err;
}

/* --- many at once: each its own result ---------------------------------------
 */

static void
put_result(struct nf_out *out, struct nf_scope *scope, unsigned status,
           uint64_t id, const struct nf_ahead *ahead)
{
    struct nf_task task;

    nf_out_printf(out, "{\"status\":%u,\"task\":", status);
    if (nf_tasks_get(scope->r, id, &task)) {
        nf_put_task(out, scope->r, &task);
        nf_out_putc(out, '}');
        nf_put_warnings(out, ahead);
        nf_out_putc(out, '}');
    }
}

/* The result of one of many; 5xx ends them all. */
static nf_error_t
end_item(struct nf_out *out, struct nf_scope *scope, nf_error_t err,
         unsigned status, uint64_t id, const struct nf_change *c)
{
    if (err == NF_OK) {
        put_result(out, scope, status, id, c->preflight_of);
    } else if (nf_error_http(err) < 500) {
        nf_out_putc(out, '{');
        nf_put_fault(out, err, &c->fault);
        return NF_OK;
    }
    return err;
}

/* Memory that one of many takes is free for the next. */
static nf_error_t
create_item(struct nf_call *call, struct nf_scope *scope,
            const struct nf_value *body, struct nf_out *out)
{
    struct nf_change c = nf_reply_change(call, scope);
    nf_arena_t *arena = nf_arena_new();
    struct nf_ahead ahead;
    uint64_t id = 0;

    if (arena == NULL) {
        return NF_NO_MEMORY;
    }
    nf_ahead_by(&c, scope, &ahead, false);
    nf_error_t err = create(&c, scope, arena, body, &id);
    nf_arena_free(arena);
    return end_item(out, scope, err, 201, id, &c);
}

static nf_error_t
create_all(struct nf_call *call, struct nf_scope *scope,
           const struct nf_value *list)
{
    nf_error_t err = NF_OK;

    if (list->list.n > BULK_MAX) {
        return nf_refuse(&call->fault, "", "at most %d tasks at once",
                         BULK_MAX);
    }
    struct nf_out out =
        nf_reply_buffer(call, (list->list.n + 1) * (size_t) ITEM_MAX);
    nf_out_putc(&out, '[');
    for (size_t i = 0; i < list->list.n && err == NF_OK; i++) {
        nf_out_puts(&out, i == 0 ? "" : ",");
        err = create_item(call, scope, &list->list.items[i], &out);
    }
    nf_out_putc(&out, ']');
    return err != NF_OK ? err : nf_reply_json(call, 207, &out);
}

nf_error_t
nf_api_tasks_create(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_value body;
    nf_error_t err = nf_reply_check_key(call);

    if (err != NF_OK || nf_reply_replay(call, scope, &err)
        || (err = nf_reply_check_type(call)) != NF_OK)
    {
        return err;
    }
    err = nf_json_tree(call->body, call->arena, &body, &call->fault);
    if (err != NF_OK) {
        return err;
    }
    return body.kind == NF_VALUE_LIST ? create_all(call, scope, &body)
                                      : create_one(call, scope, &body);
}

/* --- what happens to one
 * ------------------------------------------------------
 */

struct decision {
    bool approved;
    char notes[128];
    char reason[128];
    bool refresh;
    bool when_it_boots;
    bool force;
    uint32_t has;
};

enum {
    HAS_APPROVED = 1
};

#define IN(member)   .offset = offsetof(struct decision, member)
#define SIZE(member) .size = sizeof(((struct decision *) 0)->member)

/* clang-format off */
#define DECISION                                                              \
    {"approved", NF_JSON_SWITCH, IN(approved), .bit = HAS_APPROVED},          \
    {"notes",    NF_JSON_TEXT,   IN(notes),  SIZE(notes),  .may_be_empty = true}, \
    {"reason",   NF_JSON_TEXT,   IN(reason), SIZE(reason), .may_be_empty = true}

static const struct nf_json_field decision_fields[] = {
    DECISION,
    {0},
};

static const struct nf_json_field approve_fields[] = {
    DECISION,
    {"when_it_boots", NF_JSON_SWITCH, IN(when_it_boots)},
    {"force",    NF_JSON_SWITCH, IN(force)},
    {0},
};

static const struct nf_json_field retry_fields[] = {
    DECISION,
    {"refresh",  NF_JSON_SWITCH, IN(refresh)},
    {"force",    NF_JSON_SWITCH, IN(force)},
    {0},
};
/* clang-format on */

/* A body is not needed: what it says is in the path. */
static nf_error_t
read_decision(struct nf_call *call, struct nf_scope *scope,
              const struct nf_json_field *fields, struct decision *decision,
              struct nf_task *task)
{
    struct nf_json_reader reader = {
        .fields = fields, .source = NF_JSON_OPERATOR, .arena = call->arena};
    nf_error_t err = NF_OK;

    *decision = (struct decision){0};
    if (call->body.len > 0 && (err = nf_reply_check_type(call)) == NF_OK) {
        err = nf_json_read(&reader, call->body, decision, &call->fault);
    }
    decision->has = reader.has;
    return err != NF_OK ? err : nf_reply_find_task(call, scope, task);
}

static const char *
reason_of(const struct decision *decision, const char *fallback)
{
    return decision->reason[0] != '\0'  ? decision->reason
           : decision->notes[0] != '\0' ? decision->notes
                                        : fallback;
}

static nf_error_t
approve(struct nf_change *c, uint64_t id, const struct decision *decision)
{
    if ((decision->has & HAS_APPROVED) && !decision->approved) {
        return nf_change_task_reject(
            c, id, reason_of(decision, "rejected by operator"));
    }
    nf_error_t err = decision->when_it_boots ? nf_change_task_approve_off(c, id)
                                             : nf_change_task_approve(c, id);
    return err != NF_OK ? err : nf_change_task_note(c, id, decision->notes);
}

static nf_error_t
reject(struct nf_change *c, uint64_t id, const struct decision *decision)
{
    return nf_change_task_reject(c, id,
                                 reason_of(decision, "rejected by operator"));
}

static nf_error_t
cancel(struct nf_change *c, uint64_t id, const struct decision *decision)
{
    return nf_change_task_cancel(
        c, id, reason_of(decision, "cancelled by an operator"));
}

/* Change the task that the path names, and answer with what it is then. */
static nf_error_t
decide(struct nf_call *call, struct nf_scope *scope,
       const struct nf_json_field *fields,
       nf_error_t (*change)(struct nf_change *c, uint64_t id,
                            const struct decision *decision))
{
    struct nf_change c = nf_reply_change(call, scope);
    struct decision decision;
    struct nf_ahead ahead;
    struct nf_task task;
    nf_error_t err = read_decision(call, scope, fields, &decision, &task);

    if (err != NF_OK) {
        return err;
    }
    nf_ahead_by(&c, scope, &ahead, decision.force);
    err = change(&c, task.id, &decision);
    if (err == NF_OK) {
        err = nf_ahead_tell(call, &ahead);
    }
    return err != NF_OK ? nf_reply_changed(call, &c, err)
                        : nf_reply_task(call, scope->r, 200, task.id);
}

nf_error_t
nf_api_tasks_approve(struct nf_call *call, struct nf_scope *scope)
{
    return decide(call, scope, approve_fields, approve);
}

nf_error_t
nf_api_tasks_reject(struct nf_call *call, struct nf_scope *scope)
{
    return decide(call, scope, decision_fields, reject);
}

nf_error_t
nf_api_tasks_cancel(struct nf_call *call, struct nf_scope *scope)
{
    return decide(call, scope, decision_fields, cancel);
}

nf_error_t
nf_api_tasks_retry(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_change c = nf_reply_change(call, scope);
    struct decision decision;
    struct nf_profile fresh;
    struct nf_ahead ahead;
    struct nf_task task;
    nf_error_t err = read_decision(call, scope, retry_fields, &decision, &task);

    if (err == NF_OK && decision.refresh) {
        err = nf_task_order_again(scope, call->arena, &task, &fresh,
                                  &call->fault);
    }
    if (err != NF_OK) {
        return err;
    }
    nf_ahead_by(&c, scope, &ahead, decision.force);
    err = nf_change_task_retry(&c, task.id, decision.refresh ? &fresh : NULL);
    if (err == NF_OK) {
        err = nf_ahead_tell(call, &ahead);
    }
    return err != NF_OK ? nf_reply_changed(call, &c, err)
                        : nf_reply_task(call, scope->r, 200, task.id);
}

nf_error_t
nf_api_tasks_delete(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_change c = nf_reply_change(call, scope);
    struct nf_task task;
    nf_error_t err = nf_reply_find_task(call, scope, &task);

    if (err == NF_OK) {
        err = nf_reply_changed(call, &c, nf_change_task_delete(&c, task.id));
    }
    if (err == NF_OK) {
        call->status = 204;
    }
    return err;
}

/* --- approve many ------------------------------------------------------------
 */

struct approval {
    const struct nf_value *ids;
    bool when_it_boots, is_forced;
};

static nf_error_t
approve_item(struct nf_call *call, struct nf_scope *scope, struct nf_text name,
             const struct approval *approval, struct nf_out *out)
{
    struct nf_change c = nf_reply_change(call, scope);
    struct nf_ahead ahead;
    uint64_t id = 0;
    nf_error_t err = NF_OK;

    nf_ahead_by(&c, scope, &ahead, approval->is_forced);
    nf_out_puts(out, out->len == 1 ? "" : ",");
    if (!nf_task_parse(name, &id)) {
        (void) nf_refuse(&c.fault, "task_id", "Task not found");
        err = NF_NOT_FOUND;
    } else {
        err = approval->when_it_boots ? nf_change_task_approve_off(&c, id)
                                      : nf_change_task_approve(&c, id);
    }
    return end_item(out, scope, err, 200, id, &c);
}

/* A member that may be there; *n counts those that are. */
static nf_error_t
read_switch(struct nf_call *call, const struct nf_value *body, const char *name,
            bool *is_on, size_t *n)
{
    const struct nf_value *value = nf_value_member(body, name);

    *n += value != NULL;
    if (value != NULL && !nf_value_is_bool(value)) {
        return nf_refuse(&call->fault, name, "must be true or false");
    }
    *is_on = value != NULL && value->kind == NF_VALUE_TRUE;
    return NF_OK;
}

static nf_error_t
read_approval(struct nf_call *call, struct nf_value *body,
              struct approval *approval)
{
    const struct nf_value **ids = &approval->ids;
    size_t n = 1;
    nf_error_t err = nf_reply_check_type(call);

    if (err == NF_OK) {
        err = nf_json_tree(call->body, call->arena, body, &call->fault);
    }
    if (err != NF_OK) {
        return err;
    }
    *ids = nf_value_member(body, "task_ids");
    if (*ids == NULL || (*ids)->kind != NF_VALUE_LIST
        || (*ids)->list.n > BULK_MAX) {
        return nf_refuse(&call->fault, "task_ids",
                         "must be a list of at most %d ids", BULK_MAX);
    }
    if ((err = read_switch(call, body, "when_it_boots",
                           &approval->when_it_boots, &n))
            != NF_OK
        || (err = read_switch(call, body, "force", &approval->is_forced, &n))
               != NF_OK)
    {
        return err;
    }
    if (body->map.n != n) {
        return nf_refuse(&call->fault, "",
                         "the members are task_ids, when_it_boots and force");
    }
    for (size_t i = 0; i < (*ids)->list.n; i++) {
        if ((*ids)->list.items[i].kind != NF_VALUE_TEXT) {
            return nf_refuse(&call->fault, "task_ids", "must be strings");
        }
    }
    return NF_OK;
}

nf_error_t
nf_api_tasks_approve_all(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_value body;
    struct approval approval = {0};
    nf_error_t err = read_approval(call, &body, &approval);

    if (err != NF_OK) {
        return err;
    }
    struct nf_out out =
        nf_reply_buffer(call, (approval.ids->list.n + 1) * (size_t) ITEM_MAX);
    nf_out_putc(&out, '[');
    for (size_t i = 0; i < approval.ids->list.n && err == NF_OK; i++) {
        err = approve_item(call, scope, approval.ids->list.items[i].text,
                           &approval, &out);
    }
    nf_out_putc(&out, ']');
    return err != NF_OK ? err : nf_reply_json(call, 207, &out);
}
