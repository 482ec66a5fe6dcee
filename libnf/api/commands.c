/*
 * Commands: asked for, listed, and waited for.
 */
#include <stdio.h>

#include "api/page.h"
#include "base/time.h"
#include "bmc/operation.h"
#include "change/command.h"
#include "port/operation.h"
#include "store/commands.h"
#include "store/devices.h"
#include "store/links.h"
#include "json/field.h"

enum {
    LIMIT = 100,     /* a node keeps no more */
    TIMEOUT_S = 600, /* of a command without one */
    DEVICE_TIMEOUT_S = 120,
    TIMEOUT_MAX = 86400,
    WAIT_MAX = 60,
    LOOK_WAIT = 30,
};

struct order {
    char operation[32];
    enum nf_command_target target;
    int64_t timeout; /* 0: as its target takes */
    struct nf_text args;
    char arguments[NF_COMMAND_ARGUMENTS];
    bool is_of_no_node; /* the path names a switch */
    bool is_shared;     /* one that is on its way is it */
};

/* clang-format off */
static const struct nf_json_field fields[] = {
    {"command", NF_JSON_TEXT,   .offset = offsetof(struct order, operation), .size = sizeof(((struct order *) 0)->operation), .is_required = true},
    {"args",    NF_JSON_OBJECT, .offset = offsetof(struct order, args), .max = NF_COMMAND_ARGUMENTS - 1},
    {"timeout", NF_JSON_NUMBER, .offset = offsetof(struct order, timeout), .min = 1, .max = TIMEOUT_MAX},
    {0},
};
/* clang-format on */

/* --- the reply ---------------------------------------------------------------
 */

static nf_error_t
reply(struct nf_call *call, unsigned status, const struct nf_command *command)
{
    struct nf_out out = nf_reply_buffer(call, NF_COMMAND_JSON_MAX);

    nf_command_json(command, &out);
    return nf_reply_json(call, status, &out);
}

static nf_time_t
wait_end(const struct nf_call *call, uint64_t seconds)
{
    return call->now + NF_SECONDS(seconds < WAIT_MAX ? seconds : WAIT_MAX);
}

static void
put_location(struct nf_call *call, const struct nf_command *command)
{
    struct nf_out out = nf_reply_buffer(call, 64);
    char id[NF_COMMAND_ID_TEXT];

    nf_command_format(command, id);
    nf_out_puts(&out, "/api/v1/commands/");
    nf_out_puts(&out, id);
    call->location = nf_out_text(&out);
}

static nf_error_t
find(struct nf_call *call, struct nf_read *r, struct nf_text id,
     struct nf_command *command)
{
    uint64_t generation, number;

    if (nf_command_parse(id, &generation, &number)
        && nf_commands_get(r, number, command)
        && command->generation == generation)
    {
        return NF_OK;
    }
    return r->err != NF_OK
               ? r->err
               : nf_reply_refuse(call, NF_NOT_FOUND, "id", "no such command");
}

/* Held until it ends, or ?wait= seconds are over. */
static bool
waits(struct nf_call *call, const struct nf_command *command, uint64_t seconds)
{
    if (seconds == 0 || !call->may_wait || !nf_command_is_live(command)) {
        return false;
    }
    call->wait_mac = command->mac;
    if (call->wait_until == 0) {
        call->wait_until = wait_end(call, seconds);
    }
    return true;
}

/* --- asked for ---------------------------------------------------------------
 */

/* A BMC's arguments are checked by what its worker checks them by. */
static nf_error_t
check_bmc_operation(struct nf_call *call, const struct order *order)
{
    struct nf_bmc_operation operation;
    struct nf_fault fault = {0};
    nf_error_t err =
        nf_bmc_operation_read(&operation, nf_text(order->operation),
                              nf_text(order->arguments), &fault);

    if (err == NF_NOT_FOUND) {
        return nf_refuse(&call->fault, "command",
                         "must be reboot, or power, boot_device, reset, "
                         "identify, info or network for its BMC");
    }
    return err == NF_OK
               ? NF_OK
               : nf_refuse(&call->fault, "args", "%s%s%s", fault.field,
                           fault.field[0] == '\0' ? "" : ": ", fault.reason);
}

static nf_error_t
check_operation(struct nf_call *call, struct order *order)
{
    if (order->args.len == 0) {
        order->args = NF_TEXT("{}");
    }
    if (!nf_text_copy(order->arguments, sizeof(order->arguments), order->args))
    {
        return nf_refuse(&call->fault, "args", "is too long");
    }
    if (strcmp(order->operation, "reboot") == 0) {
        order->target = NF_COMMAND_NODE;
        return nf_text_equal(order->args, NF_TEXT("{}"))
                   ? NF_OK
                   : nf_refuse(&call->fault, "args", "must be empty: {}");
    }
    order->target = NF_COMMAND_BMC;
    return check_bmc_operation(call, order);
}

static nf_time_t
order_deadline(const struct nf_call *call, const struct order *order)
{
    int64_t seconds = order->timeout != 0                ? order->timeout
                      : order->target == NF_COMMAND_NODE ? TIMEOUT_S
                                                         : DEVICE_TIMEOUT_S;

    return call->now + NF_SECONDS(seconds);
}

static nf_error_t
read_body(struct nf_call *call, struct order *order)
{
    struct nf_json_reader reader = {
        .fields = fields, .source = NF_JSON_OPERATOR, .arena = call->arena};
    nf_error_t err = nf_reply_check_type(call);

    *order = (struct order){0};
    return err == NF_OK ? nf_json_read(&reader, call->body, order, &call->fault)
                        : err;
}

static nf_error_t
read_order(struct nf_call *call, struct nf_scope *scope, struct order *order)
{
    nf_error_t err = read_body(call, order);

    (void) scope;
    return err == NF_OK ? check_operation(call, order) : err;
}

/* Such a one that is on its way already; false: none is.  No event would wake
 * who waits for a look of nf-relay's own. */
static bool
find_same(struct nf_read *r, nf_mac_t mac, const struct order *order,
          struct nf_command *command)
{
    uint64_t before = 0;

    while (nf_commands_next_of(r, mac, before, command)) {
        before = command->number;
        if (nf_command_is_live(command) && command->number < nf_command_look
            && command->target == order->target
            && strcmp(command->operation, order->operation) == 0
            && strcmp(command->arguments, order->arguments) == 0)
        {
            return true;
        }
    }
    return false;
}

static nf_error_t
create(struct nf_call *call, struct nf_scope *scope, const struct order *order,
       struct nf_command *command)
{
    struct nf_change c = nf_reply_change(call, scope);
    struct nf_command_draft draft = {
        .target = order->target,
        .operation = order->operation,
        .arguments = order->arguments,
        .deadline = order_deadline(call, order),
    };
    uint64_t number;
    nf_error_t err =
        order->is_of_no_node ? NF_OK : nf_reply_find(call, scope, &draft.mac);

    if (err != NF_OK) {
        return err;
    }
    if (order->is_shared && find_same(scope->r, draft.mac, order, command)) {
        return NF_OK;
    }
    err = nf_change_command_create(&c, &draft, &number);
    if (err != NF_OK) {
        return nf_reply_changed(call, &c, err);
    }
    return nf_commands_get(scope->r, number, command) ? NF_OK : scope->r->err;
}

/* The same request again is answered with the same command, as it is now. */
static bool
has_asked_before(struct nf_call *call, struct nf_scope *scope,
                 struct nf_command *command, nf_error_t *err)
{
    const struct nf_text prefix = NF_TEXT("/api/v1/commands/");

    if (!nf_reply_replay(call, scope, err)) {
        return false;
    }
    if (*err == NF_OK && nf_text_starts(call->location, prefix)) {
        struct nf_text id = {call->location.data + prefix.len,
                             call->location.len - prefix.len};
        *err = find(call, scope->r, id, command);
    }
    return true;
}

/* Its result is answered if it comes within the seconds. */
static nf_error_t
reply_accepted(struct nf_call *call, const struct nf_command *command,
               uint64_t seconds)
{
    put_location(call, command);
    if (seconds > 0 && nf_command_is_live(command)) {
        call->wait_until = wait_end(call, seconds);
    }
    return reply(call, 202, command);
}

static nf_error_t
take_order(struct nf_call *call, struct nf_scope *scope,
           nf_error_t (*read)(struct nf_call *call, struct nf_scope *scope,
                              struct order *order))
{
    struct nf_command command;
    struct order order;
    uint64_t seconds;
    nf_error_t err = nf_reply_check_key(call);

    if (err != NF_OK
        || (err = nf_query_number(call, "wait", UINT32_MAX, 0, &seconds))
               != NF_OK)
    {
        return err;
    }
    bool is_again = has_asked_before(call, scope, &command, &err);
    if (!is_again && (err = read(call, scope, &order)) == NF_OK) {
        err = create(call, scope, &order, &command);
    }
    if (err != NF_OK) {
        return err;
    }
    err = reply_accepted(call, &command, seconds);
    if (!is_again && err == NF_OK) {
        nf_reply_remember(call, scope);
    }
    return err;
}

nf_error_t
nf_api_commands_create(struct nf_call *call, struct nf_scope *scope)
{
    return take_order(call, scope, read_order);
}

/* --- asked of switches -------------------------------------------------------
 */

static nf_error_t
check_switch(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_managed_device device;
    char name[NF_MANAGED_NAME];

    if (!nf_text_copy(name, sizeof(name), call->id)
        || !nf_devices_get(scope->r, name, &device))
    {
        return scope->r->err != NF_OK
                   ? scope->r->err
                   : nf_reply_refuse(call, NF_NOT_FOUND, "name",
                                     "there is no such device");
    }
    return nf_managed_is_switch(&device)
               ? NF_OK
               : nf_reply_refuse(call, NF_CONFLICT, "name",
                                 "is a BMC: give the command to its node");
}

/* Its arguments say which switch it is for. */
static nf_error_t
name_switch(struct nf_call *call, struct order *order)
{
    struct nf_out out = nf_out(order->arguments, sizeof(order->arguments));

    nf_out_puts(&out, "{\"switch\":");
    nf_out_json(&out, call->id);
    if (order->args.len > 2) { /* more than {} */
        nf_out_putc(&out, ',');
        nf_out_put(&out,
                   (struct nf_text){order->args.data + 1, order->args.len - 1});
    } else {
        nf_out_putc(&out, '}');
    }
    nf_out_putc(&out, '\0');
    return out.full ? nf_refuse(&call->fault, "args", "is too long") : NF_OK;
}

/* By what its worker checks them by. */
static nf_error_t
check_switch_operation(struct nf_call *call, const struct order *order)
{
    struct nf_switch_operation operation;
    struct nf_fault fault = {0};
    nf_error_t err =
        nf_switch_operation_read(&operation, nf_text(order->operation),
                                 nf_text(order->arguments), &fault);

    if (err != NF_OK) {
        return nf_refuse(&call->fault, "args", "%s%s%s", fault.field,
                         fault.field[0] == '\0' ? "" : ": ", fault.reason);
    }
    if (operation.is_forced && !nf_gate_may(call, NF_ADMIN)) {
        return nf_reply_refuse(call, NF_FORBIDDEN, "args",
                               "force is allowed for administrators only");
    }
    return NF_OK;
}

static nf_error_t
read_switch_order(struct nf_call *call, struct nf_scope *scope,
                  struct order *order)
{
    nf_error_t err = check_switch(call, scope);

    if (err != NF_OK || (err = read_body(call, order)) != NF_OK) {
        return err;
    }
    order->target = NF_COMMAND_SWITCH;
    order->is_of_no_node = true;
    order->is_shared = strcmp(order->operation, "scan") == 0;
    if (!order->is_shared && strcmp(order->operation, "port") != 0) {
        return nf_refuse(&call->fault, "command", "must be scan or port");
    }
    err = name_switch(call, order);
    return err == NF_OK ? check_switch_operation(call, order) : err;
}

nf_error_t
nf_api_switch_command(struct nf_call *call, struct nf_scope *scope)
{
    return take_order(call, scope, read_switch_order);
}

/* The node's port is to be what it was before a task moved it. */
static nf_error_t
read_restore(struct nf_call *call, struct nf_scope *scope, struct order *order)
{
    struct nf_port_kept kept;
    nf_mac_t mac;
    nf_error_t err = nf_reply_find(call, scope, &mac);

    if (err != NF_OK) {
        return err;
    }
    if (!nf_kept_get(scope->r, mac, &kept)) {
        return scope->r->err != NF_OK
                   ? scope->r->err
                   : nf_reply_refuse(call, NF_CONFLICT, "",
                                     "no settings of the node's port are "
                                     "saved: no task has moved it");
    }
    *order = (struct order){.target = NF_COMMAND_SWITCH,
                            .operation = "vlan",
                            .arguments = "{\"vlan\":\"restore\"}"};
    return NF_OK;
}

nf_error_t
nf_api_port_restore(struct nf_call *call, struct nf_scope *scope)
{
    return take_order(call, scope, read_restore);
}

/* --- power, as existing clients ask for it -----------------------------------
 */

static nf_error_t
make_power(struct nf_call *call, const char *action, struct order *order)
{
    *order = (struct order){.target = NF_COMMAND_BMC, .operation = "power"};
    snprintf(order->arguments, sizeof(order->arguments), "{\"action\":\"%s\"}",
             action);
    return check_bmc_operation(call, order);
}

static nf_error_t
read_power(struct nf_call *call, struct nf_scope *scope, struct order *order)
{
    struct power {
        char action[16];
    } power = {.action = ""};
    static const struct nf_json_field power_fields[] = {
        {.name = "action",
         .kind = NF_JSON_TEXT,
         .offset = offsetof(struct power, action),
         .size = sizeof(((struct power *) 0)->action),
         .is_required = true},
        {0},
    };
    struct nf_json_reader reader = {.fields = power_fields,
                                    .source = NF_JSON_OPERATOR,
                                    .arena = call->arena};
    nf_error_t err = nf_reply_check_type(call);

    (void) scope;
    if (err == NF_OK) {
        err = nf_json_read(&reader, call->body, &power, &call->fault);
    }
    if (err == NF_OK
        && !nf_text_has_only(nf_text(power.action),
                             "abcdefghijklmnopqrstuvwxyz"))
    {
        err = nf_refuse(&call->fault, "action",
                        "must be on, off, soft, reset, cycle or status");
    }
    return err == NF_OK ? make_power(call, power.action, order) : err;
}

nf_error_t
nf_api_power_put(struct nf_call *call, struct nf_scope *scope)
{
    return take_order(call, scope, read_power);
}

/* The BMC is asked now, once for all who want to know. */
nf_error_t
nf_api_power_get(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_command command;
    struct order order;
    uint64_t seconds;
    nf_error_t err =
        nf_query_number(call, "wait", UINT32_MAX, LOOK_WAIT, &seconds);

    if (err == NF_OK && (err = make_power(call, "status", &order)) == NF_OK) {
        order.is_shared = true;
        err = create(call, scope, &order, &command);
    }
    return err == NF_OK ? reply_accepted(call, &command, seconds) : err;
}

nf_error_t
nf_api_commands_cancel(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_change c = nf_reply_change(call, scope);
    struct nf_command command;
    nf_error_t err = find(call, scope->r, call->id, &command);

    if (err == NF_OK) {
        err = nf_change_command_cancel(&c, command.number);
        if (err != NF_OK) {
            return nf_reply_changed(call, &c, err);
        }
        (void) nf_commands_get(scope->r, command.number, &command);
    }
    return err != NF_OK ? err : reply(call, 200, &command);
}

/* --- read --------------------------------------------------------------------
 */

/* ?after= is the id of the last one seen. */
static nf_error_t
read_after(struct nf_call *call, struct nf_scope *scope, uint64_t *before)
{
    struct nf_command command;
    struct nf_text after;

    *before = 0;
    if (!nf_query(call, "after", &after)) {
        return NF_OK;
    }
    if (find(call, scope->r, after, &command) != NF_OK) {
        return scope->r->err != NF_OK
                   ? scope->r->err
                   : nf_refuse(&call->fault, "after", "no such command");
    }
    *before = command.number;
    return NF_OK;
}

static void
put_link(struct nf_call *call, const struct nf_command *last, uint64_t limit)
{
    struct nf_out link = nf_reply_buffer(call, 192);
    char mac[NF_MAC_TEXT], id[NF_COMMAND_ID_TEXT];

    nf_mac_format(last->mac, mac);
    nf_command_format(last, id);
    nf_out_printf(&link,
                  "</api/v1/nodes/%s/commands?limit=%llu&after=%s>; "
                  "rel=\"next\"",
                  mac, (unsigned long long) limit, id);
    call->link = nf_out_text(&link);
}

nf_error_t
nf_api_commands_list(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_out out =
        nf_reply_buffer(call, LIMIT * (size_t) NF_COMMAND_JSON_MAX);
    struct nf_command command, next;
    uint64_t limit, before, n = 0;
    nf_mac_t mac;
    nf_error_t err = nf_reply_find(call, scope, &mac);

    if (err != NF_OK
        || (err = nf_query_number(call, "limit", LIMIT, LIMIT, &limit)) != NF_OK
        || (err = read_after(call, scope, &before)) != NF_OK
        || nf_list_is_known(call, scope, NF_LIST_OF_COMMITS))
    {
        return err;
    }
    nf_out_putc(&out, '[');
    while (n < limit && nf_commands_next_of(scope->r, mac, before, &command)) {
        nf_out_puts(&out, n++ == 0 ? "" : ",");
        nf_command_json(&command, &out);
        before = command.number;
    }
    nf_out_putc(&out, ']');
    if (n == limit && nf_commands_next_of(scope->r, mac, before, &next)) {
        put_link(call, &command, limit);
    }
    return nf_reply_json(call, 200, &out);
}

nf_error_t
nf_api_commands_get(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_command command;
    uint64_t seconds;
    nf_error_t err = nf_query_number(call, "wait", UINT32_MAX, 0, &seconds);

    if (err != NF_OK
        || (err = find(call, scope->r, call->id, &command)) != NF_OK
        || waits(call, &command, seconds))
    {
        return err;
    }
    if (!call->is_going_on) {
        return reply(call, 200, &command);
    }
    put_location(call, &command);
    return reply(call, nf_command_is_live(&command) ? 202 : 200, &command);
}
