#include "bmc/order.h"

#include <stdio.h>

#include "base/time.h"
#include "json/field.h"

struct message {
    char id[NF_COMMAND_ID_TEXT], command[32];
    char deadline[40], server_time[40];
    uint8_t target;
    char mac[NF_MAC_COLONS];
    struct nf_text args;
    char device[NF_SEALED_TEXT];
};

enum {
    HAS_DEADLINE = 1,
    HAS_SERVER_TIME = 2,
};

#define MEMBER(name, kind_, member, ...)                                       \
    {                                                                          \
        name, .kind = (kind_), .offset = offsetof(struct message, member),     \
              .size = sizeof(((struct message *) 0)->member), __VA_ARGS__      \
    }

static const struct nf_json_field members[] = {
    MEMBER("id", NF_JSON_TEXT, id, .is_required = true),
    MEMBER("command", NF_JSON_TEXT, command, .is_required = true),
    MEMBER("target", NF_JSON_WORD, target, .words = nf_command_targets,
           .is_required = true),
    MEMBER("mac", NF_JSON_TEXT, mac, .is_required = true),
    MEMBER("args", NF_JSON_OBJECT, args, .max = NF_SWITCH_ARGS - 1),
    MEMBER("device", NF_JSON_TEXT, device),
    MEMBER("deadline", NF_JSON_TEXT, deadline, .bit = HAS_DEADLINE),
    MEMBER("server_time", NF_JSON_TEXT, server_time, .bit = HAS_SERVER_TIME),
    {0},
};

static size_t
room_for_args(uint8_t target)
{
    return target == NF_COMMAND_SWITCH ? NF_SWITCH_ARGS : NF_COMMAND_ARGUMENTS;
}

/* A switch's command may be for no node. */
static bool
take_mac(struct nf_order *order, struct nf_text text)
{
    return nf_mac_parse(text, &order->mac)
           || (order->target == NF_COMMAND_SWITCH
               && nf_text_equal(text, NF_TEXT("000000000000")));
}

static nf_error_t
take(struct nf_order *order, const struct message *message, uint32_t has,
     struct nf_fault *fault)
{
    uint64_t generation, number;
    struct nf_text args =
        message->args.len == 0 ? NF_TEXT("{}") : message->args;

    *order = (struct nf_order){.target = message->target};
    if (!take_mac(order, nf_text(message->mac))) {
        return nf_refuse(fault, "mac", "must be a MAC address");
    }
    if (!nf_command_parse(nf_text(message->id), &generation, &number)) {
        return nf_refuse(fault, "id", "must be a command's id");
    }
    if (!nf_text_copy(order->args, room_for_args(order->target), args)) {
        return nf_refuse(fault, "args", "is too long");
    }
    snprintf(order->id, sizeof(order->id), "%s", message->id);
    snprintf(order->command, sizeof(order->command), "%s", message->command);
    snprintf(order->device, sizeof(order->device), "%s", message->device);
    if (has & HAS_DEADLINE
        && !nf_time_parse(nf_text(message->deadline), &order->deadline))
    {
        return nf_refuse(fault, "deadline", "must be a time");
    }
    if (has & HAS_SERVER_TIME
        && !nf_time_parse(nf_text(message->server_time), &order->server_time))
    {
        return nf_refuse(fault, "server_time", "must be a time");
    }
    return NF_OK;
}

nf_error_t
nf_order_read(struct nf_order *order, struct nf_text payload,
              struct nf_fault *fault)
{
    struct message message = {0};
    nf_arena_t *arena;

    if (payload.len > NF_ORDER_MAX) {
        (void) nf_refuse(fault, "", "has more than %d bytes", NF_ORDER_MAX);
        return NF_TOO_LARGE;
    }
    if ((arena = nf_arena_new()) == NULL) {
        return NF_NO_MEMORY;
    }
    struct nf_json_reader reader = {
        .fields = members, .source = NF_JSON_AGENT, .arena = arena};
    nf_error_t err = nf_json_read(&reader, payload, &message, fault);
    if (err == NF_OK) {
        err = take(order, &message, reader.has, fault);
    }
    nf_arena_free(arena);
    return err;
}

nf_time_t
nf_order_left(const struct nf_order *order, nf_time_t now, nf_time_t up,
              struct nf_server_clock *clock)
{
    return order->deadline == 0
               ? -1
               : nf_deadline_left(order->deadline, order->server_time, now, up,
                                  clock);
}

static void
put_device(const struct nf_outcome *outcome, struct nf_out *out)
{
    nf_out_printf(out, ",\"driver\":\"%s\",\"took_ms\":%u,\"asked\":%u",
                  outcome->driver, outcome->took_ms, outcome->asked);
    if (outcome->cause != NULL) {
        nf_out_printf(out, ",\"cause\":\"%s\"", outcome->cause);
    }
}

void
nf_order_answer(struct nf_text id, struct nf_text command,
                const struct nf_outcome *outcome, struct nf_out *out)
{
    bool is_well = outcome->state == NF_COMMAND_RUNNING
                   || outcome->state == NF_COMMAND_DONE;

    nf_out_puts(out, "{\"id\":");
    nf_out_json(out, id);
    nf_out_puts(out, ",\"command\":");
    nf_out_json(out, command);
    nf_out_printf(out, ",\"success\":%s,\"state\":\"%s\",\"message\":",
                  is_well ? "true" : "false",
                  nf_command_states[outcome->state]);
    nf_out_json(out, nf_text(outcome->words == NULL ? "" : outcome->words));
    if (outcome->driver != NULL) {
        put_device(outcome, out);
    }
    nf_out_putc(out, '}');
}
