/*
 * The operations of nf-agent in RAM: may I, what is next, by what, done.
 */
#include "api/agent.h"
#include "api/install_data.h"
#include "change/sign.h"
#include "flow/task.h"

enum {
    DATA_MAX = 2 * NF_PROFILE_JSON_MAX /* scripts grow by a third */
};

struct operation {
    struct nf_agent agent;
    struct nf_operation_report report;
    uint8_t status;
};

#define IN(member)   .offset = offsetof(struct operation, member)
#define SIZE(member) .size = sizeof(((struct operation *) 0)->member)

/* The words that agents of other makes send with installComplete. */
static const char *const endings[] = {"success", "completed", "failed",
                                      "failure", "error",     NULL};
enum {
    FIRST_FAILURE = 2
};

/* clang-format off */
static const struct nf_json_field question_fields[] = {
    NF_AGENT_FIELDS(struct operation),
    {0},
};

static const struct nf_json_field done_fields[] = {
    NF_AGENT_FIELDS(struct operation),
    {"operation", NF_JSON_TEXT,   IN(report.operation), SIZE(report.operation), .is_required = true},
    {"success",   NF_JSON_SWITCH, IN(report.success), .is_required = true},
    {"message",   NF_JSON_WORDS,  IN(report.message), SIZE(report.message), .may_be_empty = true},
    {0},
};

static const struct nf_json_field complete_fields[] = {
    NF_AGENT_FIELDS(struct operation),
    {"status",  NF_JSON_WORD, IN(status), .words = endings, .is_required = true},
    {"message", NF_JSON_WORDS, IN(report.message), SIZE(report.message), .may_be_empty = true},
    {0},
};
/* clang-format on */

static nf_error_t
find(struct nf_call *call, struct nf_scope *scope,
     const struct nf_json_field *fields, enum nf_agent_claim claim,
     struct operation *op, struct nf_node_view *view)
{
    uint32_t has;
    nf_error_t err = nf_agent_read(call, fields, op, &has);

    return err != NF_OK
               ? err
               : nf_agent_find(call, scope, &op->agent, has, claim, view);
}

/* --- questions ---------------------------------------------------------------
 */

/* Another machine of the same MAC has no task, and somebody must hear of it. */
static nf_error_t
meet_other(struct nf_call *call, struct nf_change *c,
           const struct operation *op, nf_mac_t mac)
{
    struct nf_text sn = nf_agent_serial(nf_text(op->agent.sn));

    return sn.len == 0
               ? NF_OK
               : nf_reply_changed(
                   call, c, nf_change_other_machine(c, mac, op->agent.sn));
}

struct question {
    struct operation op;
    struct nf_node_view view;
    struct nf_task task;
    bool has_task;
};

/* Who asks is there: that alone may be what the task waits for. */
static nf_error_t
ask(struct nf_call *call, struct nf_scope *scope, struct question *q)
{
    struct nf_change c = nf_reply_change(call, scope);
    const struct nf_node *node = &q->view.node;

    *q = (struct question){0};
    nf_error_t err =
        find(call, scope, question_fields, NF_AGENT_ASKS, &q->op, &q->view);
    if (err != NF_OK) {
        return err;
    }
    if (nf_agent_is_other(scope->r, node, nf_text(q->op.agent.sn))) {
        return meet_other(call, &c, &q->op, node->mac);
    }
    err = nf_reply_changed(call, &c, nf_change_agent_ready(&c, node->mac));
    q->has_task = err == NF_OK && nf_agent_task(scope, node, &q->task);
    return err;
}

static bool
is_to_install(const struct nf_task *task)
{
    return task->status == NF_TASK_APPROVED
           || task->status == NF_TASK_INSTALLING;
}

nf_error_t
nf_api_in_queue(struct nf_call *call, struct nf_scope *scope)
{
    struct question q;
    nf_error_t err = ask(call, scope, &q);

    if (err != NF_OK) {
        return err;
    }
    return nf_agent_reply(call, q.has_task && is_to_install(&q.task)
                                    ? "{\"result\":true}"
                                    : "{\"result\":false}");
}

static nf_error_t
reply_data(struct nf_call *call, struct nf_scope *scope,
           const struct question *q,
           void (*put)(struct nf_out *out, const struct nf_install_data *data))
{
    struct nf_out out = nf_reply_buffer(call, DATA_MAX);
    struct nf_install_data data;
    nf_error_t err =
        nf_install_data_read(call, scope, &q->view.node, &q->task, &data);

    if (err != NF_OK) {
        return err;
    }
    if (!nf_mac_equal(q->op.agent.mac, (nf_mac_t){0})) {
        data.card = q->op.agent.mac;
    }
    put(&out, &data);
    return nf_reply_json(call, 200, &out);
}

static void
put_operation(struct nf_out *out, const struct nf_install_data *data)
{
    enum nf_operation operation = nf_task_operation(data->task);

    nf_out_printf(out,
                  "{\"operation\":\"%s\",\"data\":", nf_operations[operation]);
    switch (operation) {
    case NF_OPERATION_HARDWARE_CONFIG:
        nf_put_hardware_config(out, data);
        break;
    case NF_OPERATION_NETWORK_CONFIG:
        nf_put_network_config(out, data);
        break;
    case NF_OPERATION_OS_INSTALL:
        nf_put_install_config(out, data);
        break;
    default:
        nf_out_puts(out, "{}");
    }
    nf_out_putc(out, '}');
}

/* Whoever waits for its end wants to know since when it may come. */
static nf_error_t
note_operation(struct nf_call *call, struct nf_scope *scope,
               const struct nf_task *task)
{
    struct nf_change c = nf_reply_change(call, scope);
    enum nf_operation operation = nf_task_operation(task);
    struct nf_sign_report sign = {.kind = NF_SIGN_OPERATION};

    if (operation != NF_OPERATION_HARDWARE_CONFIG
        && operation != NF_OPERATION_NETWORK_CONFIG
        && operation != NF_OPERATION_OS_INSTALL)
    {
        return NF_OK;
    }
    (void) nf_text_copy(sign.what, sizeof(sign.what),
                        nf_text(nf_operations[operation]));
    return nf_change_sign(&c, task->mac, &sign);
}

nf_error_t
nf_api_next_operation(struct nf_call *call, struct nf_scope *scope)
{
    struct question q;
    nf_error_t err = ask(call, scope, &q);

    if (err != NF_OK) {
        return err;
    }
    if (!q.has_task) {
        return nf_agent_reply(call, "{\"operation\":\"wait\",\"data\":{}}");
    }
    err = reply_data(call, scope, &q, put_operation);
    return err == NF_OK ? note_operation(call, scope, &q.task) : err;
}

/* What a task that is approved works by; nobody else is told. */
static nf_error_t
reply_config(struct nf_call *call, struct nf_scope *scope,
             void (*put)(struct nf_out *out,
                         const struct nf_install_data *data))
{
    struct question q = {.has_task = false};
    nf_error_t err =
        find(call, scope, question_fields, NF_AGENT_ASKS, &q.op, &q.view);

    if (err != NF_OK) {
        return err;
    }
    if (nf_agent_is_other(scope->r, &q.view.node, nf_text(q.op.agent.sn))
        || !nf_agent_task(scope, &q.view.node, &q.task)
        || !is_to_install(&q.task))
    {
        return nf_reply_refuse(call, NF_NOT_FOUND, "", "No task found");
    }
    return reply_data(call, scope, &q, put);
}

nf_error_t
nf_api_hardware_config(struct nf_call *call, struct nf_scope *scope)
{
    return reply_config(call, scope, nf_put_hardware_config);
}

nf_error_t
nf_api_install_config(struct nf_call *call, struct nf_scope *scope)
{
    return reply_config(call, scope, nf_put_install_config);
}

/* --- reports ---------------------------------------------------------------
 */

static nf_error_t
end_operation(struct nf_call *call, struct nf_scope *scope,
              const struct operation *op, const struct nf_node *node)
{
    struct nf_change c = nf_reply_change(call, scope);
    nf_error_t err = nf_change_operation(&c, node->mac, &op->report);

    return err != NF_OK ? nf_reply_changed(call, &c, err)
                        : nf_agent_reply(call, "{\"status\":\"ok\"}");
}

nf_error_t
nf_api_operation(struct nf_call *call, struct nf_scope *scope)
{
    struct operation op = {0};
    struct nf_node_view view;
    nf_error_t err = find(call, scope, done_fields, NF_AGENT_TELLS, &op, &view);

    return err != NF_OK ? err : end_operation(call, scope, &op, &view.node);
}

nf_error_t
nf_api_install_complete(struct nf_call *call, struct nf_scope *scope)
{
    struct operation op = {.report.operation = "os_install"};
    struct nf_node_view view;
    nf_error_t err =
        find(call, scope, complete_fields, NF_AGENT_TELLS, &op, &view);

    op.report.success = op.status < FIRST_FAILURE;
    return err != NF_OK ? err : end_operation(call, scope, &op, &view.node);
}
