#include "bus/message.h"

#include "base/time.h"

#include "base/arena.h"
#include "json/field.h"

/* A status as it is read: the nested object is read in a second step. */
struct draft {
    struct nf_status_message message;
    struct nf_text network;
};

enum {
    HAS_NETWORK = 1 << 0,
    FIELDS_MAX = 8,
};

/* clang-format off */
#define AT(type, member) .offset = offsetof(type, member), .size = sizeof(((type *) 0)->member)

static const struct nf_json_field status_fields[] = {
    {.name = "status", .kind = NF_JSON_TEXT, AT(struct draft, message.report.status), .is_required = true},
    {.name = "ip", .kind = NF_JSON_IP, AT(struct draft, message.report.ip), .may_be_empty = true},
    {.name = "hostname", .kind = NF_JSON_HOSTNAME, AT(struct draft, message.report.hostname), .may_be_empty = true},
    {.name = "journal", .kind = NF_JSON_SWITCH, AT(struct draft, message.report.has_journal), .may_be_empty = true},
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
    {.name = "message", .kind = NF_JSON_WORDS, AT(struct nf_result_message, message), .may_be_empty = true},
    {.name = "state", .kind = NF_JSON_TEXT, AT(struct nf_result_message, state), .may_be_empty = true},
    {.name = "driver", .kind = NF_JSON_WORDS, AT(struct nf_result_message, told.driver), .may_be_empty = true},
    {.name = "cause", .kind = NF_JSON_WORDS, AT(struct nf_result_message, told.cause), .may_be_empty = true},
    {.name = "took_ms", .kind = NF_JSON_NUMBER, AT(struct nf_result_message, told.took_ms), .max = UINT32_MAX, .may_be_empty = true},
    {.name = "asked", .kind = NF_JSON_NUMBER, AT(struct nf_result_message, told.asked), .max = UINT32_MAX, .may_be_empty = true},
    {.name = "timestamp", .kind = NF_JSON_IGNORED},
    {0},
};
/* clang-format on */

/* How a status is read, which also counts when it says nonsense. */
struct lenient {
    struct nf_json_field fields[FIELDS_MAX]; /* changes: what is dropped */
    nf_arena_t *arena;
    unsigned unknown, dropped;
    struct nf_fault *fault; /* the first that was dropped, or what failed */
};

static_assert(sizeof(status_fields) <= sizeof(((struct lenient *) 0)->fields)
                  && sizeof(network_fields)
                         <= sizeof(((struct lenient *) 0)->fields),
              "FIELDS_MAX");

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

/* From now on what stands in this member is not looked at. */
static bool
drop_field(struct nf_json_field *fields, const char *name)
{
    for (; fields->name != NULL; fields++) {
        if (strcmp(fields->name, name) == 0 && fields->kind != NF_JSON_IGNORED)
        {
            fields->kind = NF_JSON_IGNORED;
            fields->is_required = false;
            return true;
        }
    }
    return false;
}

/* A member that is not valid is left out: read again without it, which ends,
 * as each time there is one fewer. */
static nf_error_t
lenient_read(struct lenient *l, struct nf_text text, void *object, size_t size)
{
    nf_error_t err;

    for (;;) {
        struct nf_fault fault = {.reason = "out of memory"};
        struct nf_json_reader reader = {
            .fields = l->fields, .source = NF_JSON_AGENT, .arena = l->arena};
        memset(object, 0, size);
        err = nf_json_read(&reader, text, object, &fault);
        l->unknown = reader.unknown;
        if (err == NF_OK) {
            return err;
        }
        bool is_dropped =
            err == NF_INVALID && drop_field(l->fields, fault.field);
        if (!is_dropped || l->dropped == 0) {
            *l->fault = fault;
        }
        if (!is_dropped) {
            return err;
        }
        l->dropped++;
    }
}

static nf_error_t
network_read(struct draft *draft, struct nf_fault *fault)
{
    struct nf_status_message *message = &draft->message;
    struct nf_fault inner;
    struct lenient l = {.fault = &inner};

    memcpy(l.fields, network_fields, sizeof(network_fields));
    nf_error_t err = lenient_read(&l, draft->network, &message->network,
                                  sizeof(message->network));
    if (err != NF_OK || (l.dropped > 0 && message->dropped == 0)) {
        *fault = inner;
        fault_nest(fault);
    }
    message->unknown += l.unknown;
    message->dropped += l.dropped;
    if (err == NF_OK && !nf_ip4_is_set(message->report.ip)) {
        message->report.ip = message->network.ip;
    }
    return err;
}

static nf_error_t
draft_read(struct nf_text payload, nf_arena_t *arena, struct draft *draft,
           struct nf_fault *fault)
{
    struct lenient l = {.arena = arena, .fault = fault};

    memcpy(l.fields, status_fields, sizeof(status_fields));
    nf_error_t err = lenient_read(&l, payload, draft, sizeof(*draft));
    draft->message.unknown = l.unknown;
    draft->message.dropped = l.dropped;
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
nf_command_message_write(struct nf_out *out,
                         const struct nf_command_message *message)
{
    char deadline[NF_TIME_TEXT], now[NF_TIME_TEXT], mac[NF_MAC_TEXT];

    nf_out_putc(out, '{');
    if (message->id.len > 0) {
        nf_out_puts(out, "\"id\":");
        nf_out_json(out, message->id);
        nf_out_putc(out, ',');
    }
    if (message->target != NULL) {
        nf_mac_format(message->mac, mac);
        nf_out_printf(out, "\"target\":\"%s\",\"mac\":\"%s\",", message->target,
                      mac);
    }
    if (message->device.len > 0) {
        nf_out_puts(out, "\"device\":");
        nf_out_json(out, message->device);
        nf_out_putc(out, ',');
    }
    nf_out_puts(out, "\"command\":");
    nf_out_json(out, message->command);
    nf_out_puts(out, ",\"args\":");
    nf_out_put(out, message->arguments);
    if (message->deadline != 0) {
        nf_time_format_ms(message->deadline, deadline);
        nf_time_format_ms(message->now, now);
        nf_out_printf(out, ",\"deadline\":\"%s\",\"server_time\":\"%s\"",
                      deadline, now);
    }
    nf_out_putc(out, '}');
}
