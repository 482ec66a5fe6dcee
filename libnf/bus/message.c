#include "bus/message.h"

#include "base/arena.h"
#include "json/field.h"

/* A status as it is read: the nested object is read in a second step. */
struct draft {
    struct nf_status_message message;
    struct nf_text network;
};

enum {
    HAS_NETWORK = 1 << 0
};

/* clang-format off */
#define AT(type, member) .offset = offsetof(type, member), .size = sizeof(((type *) 0)->member)

static const struct nf_json_field status_fields[] = {
    {.name = "status", .kind = NF_JSON_TEXT, AT(struct draft, message.report.status), .is_required = true},
    {.name = "ip", .kind = NF_JSON_IP, AT(struct draft, message.report.ip), .may_be_empty = true},
    {.name = "hostname", .kind = NF_JSON_HOSTNAME, AT(struct draft, message.report.hostname), .may_be_empty = true},
    {.name = "network_config", .kind = NF_JSON_OBJECT, AT(struct draft, network), .max = 1024, .bit = HAS_NETWORK, .may_be_empty = true},
    {.name = "uptime", .kind = NF_JSON_IGNORED},
    {.name = "timestamp", .kind = NF_JSON_IGNORED},
    {0},
};

static const struct nf_json_field network_fields[] = {
    {.name = "type", .kind = NF_JSON_TEXT, AT(struct nf_network_config, type), .may_be_empty = true},
    {.name = "ip", .kind = NF_JSON_IP, AT(struct nf_network_config, ip), .may_be_empty = true},
    {.name = "netmask", .kind = NF_JSON_NETMASK, AT(struct nf_network_config, netmask), .may_be_empty = true},
    {.name = "gateway", .kind = NF_JSON_IP, AT(struct nf_network_config, gateway), .may_be_empty = true},
    {.name = "dns", .kind = NF_JSON_IPS, .offset = offsetof(struct nf_network_config, dns), .size = NF_NODE_DNS,
     .count_offset = offsetof(struct nf_network_config, dns_n), .may_be_empty = true},
    {0},
};

static const struct nf_json_field result_fields[] = {
    {.name = "id", .kind = NF_JSON_TEXT, AT(struct nf_result_message, id), .may_be_empty = true},
    {.name = "command", .kind = NF_JSON_TEXT, AT(struct nf_result_message, command), .is_required = true},
    {.name = "success", .kind = NF_JSON_SWITCH, AT(struct nf_result_message, success), .is_required = true},
    {.name = "message", .kind = NF_JSON_TEXT, AT(struct nf_result_message, message), .may_be_empty = true},
    {.name = "timestamp", .kind = NF_JSON_IGNORED},
    {0},
};
/* clang-format on */

static nf_error_t
check_size(struct nf_text payload, struct nf_fault *fault)
{
    if (payload.len > NF_MESSAGE_MAX) {
        (void) nf_refuse(fault, "", "the payload is longer than %d bytes",
                         NF_MESSAGE_MAX);
        return NF_TOO_LARGE;
    }
    return NF_OK;
}

/* "network_config.ip" rather than "ip": the same word stands outside it. */
static void
fault_nest(struct nf_fault *fault)
{
    struct nf_fault inner = *fault;

    (void) nf_refuse(fault, "", "%s", inner.reason);
    struct nf_out out = nf_out(fault->field, sizeof(fault->field) - 1);
    nf_out_printf(&out, "network_config%s%.30s",
                  inner.field[0] == '\0' ? "" : ".", inner.field);
    fault->field[out.len] = '\0';
}

static nf_error_t
network_read(struct draft *draft, struct nf_fault *fault)
{
    struct nf_network_config *network = &draft->message.network;
    struct nf_status_report *report = &draft->message.report;
    struct nf_json_reader reader = {.fields = network_fields,
                                    .source = NF_JSON_AGENT};

    nf_error_t err = nf_json_read(&reader, draft->network, network, fault);
    if (err != NF_OK) {
        fault_nest(fault);
        return err;
    }
    draft->message.unknown += reader.unknown;
    if (!nf_ip4_is_set(report->ip)) {
        report->ip = network->ip;
    }
    return NF_OK;
}

static nf_error_t
draft_read(struct nf_text payload, nf_arena_t *arena, struct draft *draft,
           struct nf_fault *fault)
{
    struct nf_json_reader reader = {
        .fields = status_fields, .source = NF_JSON_AGENT, .arena = arena};

    nf_error_t err = nf_json_read(&reader, payload, draft, fault);
    draft->message.unknown = reader.unknown;
    if (err == NF_OK && draft->network.data != NULL) {
        err = network_read(draft, fault);
    }
    return err;
}

nf_error_t
nf_status_message_read(struct nf_text payload,
                       struct nf_status_message *message,
                       struct nf_fault *fault)
{
    struct draft draft = {.network = {NULL, 0}};

    nf_error_t err = check_size(payload, fault);
    if (err != NF_OK) {
        return err;
    }
    nf_arena_t *arena = nf_arena_new();
    if (arena == NULL) {
        (void) nf_refuse(fault, "", "out of memory");
        return NF_NO_MEMORY;
    }
    err = draft_read(payload, arena, &draft, fault);
    nf_arena_free(arena);
    if (err == NF_OK) {
        *message = draft.message;
    }
    return err;
}

nf_error_t
nf_result_message_read(struct nf_text payload,
                       struct nf_result_message *message,
                       struct nf_fault *fault)
{
    struct nf_result_message read = {.unknown = 0};
    struct nf_json_reader reader = {.fields = result_fields,
                                    .source = NF_JSON_AGENT};

    nf_error_t err = check_size(payload, fault);
    if (err == NF_OK) {
        err = nf_json_read(&reader, payload, &read, fault);
    }
    if (err == NF_OK) {
        read.unknown = reader.unknown;
        *message = read;
    }
    return err;
}

void
nf_command_message_write(struct nf_out *out, struct nf_text id,
                         struct nf_text command)
{
    nf_out_putc(out, '{');
    if (id.len > 0) {
        nf_out_puts(out, "\"id\":");
        nf_out_json(out, id);
        nf_out_putc(out, ',');
    }
    nf_out_puts(out, "\"command\":");
    nf_out_json(out, command);
    nf_out_puts(out, ",\"args\":{}}");
}
