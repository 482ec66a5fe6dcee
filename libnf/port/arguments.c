#include "port/operation.h"

#include <ctype.h>

#include "json/field.h"

enum {
    HAS_PORT = 32,
    HAS_MAC = 64,
    HAS_FORCE = 128,
    HAS_EXPECTED = 256,
    HAS_MACHINE = 512,
    HAS_FORWARD = 1024,
};

enum {
    SETS = NF_SWITCH_SETS_MODE | NF_SWITCH_SETS_VLAN | NF_SWITCH_SETS_TAGGED
           | NF_SWITCH_SETS_ADMIN | NF_SWITCH_SETS_DESCRIPTION,
    OF_CHANGES = SETS | HAS_FORCE | HAS_EXPECTED | HAS_MACHINE | HAS_FORWARD,
};

struct args {
    char port[NF_PORT_NAME], tagged[2048], description[NF_PORT_WORDS];
    nf_mac_t mac, machine[NF_SWITCH_MACHINE];
    uint8_t mode, admin, machine_n;
    int64_t vlan;
    bool is_forced, must_forward;
    struct nf_text expected;
};

#define MEMBER(name, kind_, member, ...)                                       \
    {                                                                          \
        name, .kind = (kind_), .offset = offsetof(struct args, member),        \
              .size = sizeof(((struct args *) 0)->member), __VA_ARGS__         \
    }

static const struct nf_json_field members[] = {
    MEMBER("port", NF_JSON_TEXT, port, .bit = HAS_PORT),
    MEMBER("mac", NF_JSON_MAC, mac, .bit = HAS_MAC),
    MEMBER("mode", NF_JSON_WORD, mode, .words = nf_port_modes,
           .bit = NF_SWITCH_SETS_MODE),
    MEMBER("vlan", NF_JSON_NUMBER, vlan, .min = 0, .max = NF_VLAN_MAX,
           .bit = NF_SWITCH_SETS_VLAN),
    MEMBER("tagged", NF_JSON_TEXT, tagged, .bit = NF_SWITCH_SETS_TAGGED,
           .may_be_empty = true),
    MEMBER("admin", NF_JSON_WORD, admin, .words = nf_port_states,
           .bit = NF_SWITCH_SETS_ADMIN),
    MEMBER("description", NF_JSON_TEXT, description,
           .bit = NF_SWITCH_SETS_DESCRIPTION, .may_be_empty = true),
    MEMBER("force", NF_JSON_SWITCH, is_forced, .bit = HAS_FORCE),
    {"machine", NF_JSON_MACS, .offset = offsetof(struct args, machine),
     .size = NF_SWITCH_MACHINE,
     .count_offset = offsetof(struct args, machine_n), .bit = HAS_MACHINE},
    MEMBER("forward", NF_JSON_SWITCH, must_forward, .bit = HAS_FORWARD),
    {"expected", NF_JSON_OBJECT, .offset = offsetof(struct args, expected),
     .max = NF_SWITCH_ARGS, .bit = HAS_EXPECTED},
    /* Which one it is, is nothing to the switch itself. */
    {"switch", NF_JSON_IGNORED, .bit = 0},
    {0},
};

/* The same of what is expected; what a port does not have is not said. */
static const struct nf_json_field config_members[] = {
    MEMBER("mode", NF_JSON_WORD, mode, .words = nf_port_modes,
           .is_required = true),
    MEMBER("vlan", NF_JSON_NUMBER, vlan, .min = 0, .max = NF_VLAN_MAX),
    MEMBER("tagged", NF_JSON_TEXT, tagged, .may_be_empty = true),
    MEMBER("admin", NF_JSON_WORD, admin, .words = nf_port_states),
    MEMBER("description", NF_JSON_TEXT, description, .may_be_empty = true),
    {0},
};

/* A command, the argument that it cannot do without, and others. */
static const struct row {
    const char *command, *argument;
    enum nf_switch_verb verb;
    uint32_t needs, may_have;
} rows[] = {
    {"ports", NULL, NF_SWITCH_PORTS, 0, 0},
    {"scan", NULL, NF_SWITCH_PORTS, 0, 0},
    {"port", "port", NF_SWITCH_PORT, HAS_PORT, OF_CHANGES},
    {"find", "mac", NF_SWITCH_FIND, HAS_MAC, 0},
    {"neighbors", NULL, NF_SWITCH_NEIGHBORS, 0, 0},
    {"vlans", NULL, NF_SWITCH_VLANS, 0, 0},
};

static const struct row *
find_row(struct nf_text command)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (nf_text_equal(command, nf_text(rows[i].command))) {
            return &rows[i];
        }
    }
    return NULL;
}

const char *
nf_switch_operation_argument(struct nf_text command)
{
    const struct row *row = find_row(command);

    return row == NULL ? NULL : row->argument;
}

static nf_error_t
check_members(const struct row *row, uint32_t has, struct nf_fault *fault)
{
    for (const struct nf_json_field *field = members; field->name != NULL;
         field++) {
        if (row->needs & field->bit && !(has & field->bit)) {
            return nf_refuse(fault, field->name, "is missing");
        }
        if (has & field->bit && !((row->needs | row->may_have) & field->bit)) {
            return nf_refuse(fault, field->name, "is not for %s", row->command);
        }
    }
    return NF_OK;
}

/* A name goes into a command line as it is. */
static nf_error_t
check_port(const char *port, struct nf_fault *fault)
{
    for (const char *at = port; *at != '\0'; at++) {
        if (!isalnum((unsigned char) *at) && strchr("/:.-_ ", *at) == NULL) {
            return nf_refuse(fault, "port",
                             "must be letters, digits and '/', ':', '.', '-'");
        }
    }
    return NF_OK;
}

/* What does not stand by itself. */
static nf_error_t
check_sets(const struct args *args, uint32_t has, struct nf_fault *fault)
{
    bool is_trunk = has & NF_SWITCH_SETS_MODE && args->mode == NF_PORT_TRUNK;
    bool is_access = has & NF_SWITCH_SETS_MODE && args->mode == NF_PORT_ACCESS;

    if (has & NF_SWITCH_SETS_MODE && args->mode == NF_PORT_OTHER) {
        return nf_refuse(fault, "mode", "must be access or trunk");
    }
    if (has & NF_SWITCH_SETS_ADMIN && args->admin == NF_PORT_UNTOLD) {
        return nf_refuse(fault, "admin", "must be up or down");
    }
    if (is_access && (!(has & NF_SWITCH_SETS_VLAN) || args->vlan == 0)) {
        return nf_refuse(fault, "vlan", "is missing: mode is access");
    }
    if (is_trunk && !(has & NF_SWITCH_SETS_TAGGED)) {
        return nf_refuse(fault, "tagged", "is missing: mode is trunk");
    }
    if (has & NF_SWITCH_SETS_TAGGED && !is_trunk) {
        return nf_refuse(fault, "tagged", "is for mode trunk only");
    }
    if (strpbrk(args->description, "\"?") != NULL) {
        return nf_refuse(fault, "description", "must not hold '?' or '\"'");
    }
    return NF_OK;
}

static nf_error_t
take_config(struct nf_port_config *config, const struct args *args,
            struct nf_fault *fault)
{
    config->mode = (enum nf_port_mode) args->mode;
    config->admin = (enum nf_port_state) args->admin;
    config->vlan = (unsigned) args->vlan;
    memcpy(config->description, args->description, sizeof(config->description));
    return nf_vlans_parse(nf_text(args->tagged), &config->tagged)
               ? NF_OK
               : nf_refuse(fault, "tagged", "is not a list such as 1,5-7");
}

static nf_error_t
take_expected(struct nf_switch_operation *operation, struct nf_text text,
              struct nf_fault *fault)
{
    struct nf_fault inner = {0};

    operation->has_expected = true;
    if (nf_port_config_read(text, &operation->expected, &inner) != NF_OK) {
        return nf_refuse(fault, "expected", "%s%s%s", inner.field,
                         inner.field[0] == '\0' ? "" : " ", inner.reason);
    }
    return NF_OK;
}

static nf_error_t
take_args(struct nf_switch_operation *operation, const struct args *args,
          struct nf_fault *fault)
{
    memcpy(operation->port, args->port, sizeof(operation->port));
    operation->mac = args->mac;
    operation->is_forced = args->is_forced;
    operation->must_forward = args->must_forward;
    operation->machine_n = args->machine_n;
    memcpy(operation->machine, args->machine, sizeof(operation->machine));
    nf_error_t err = take_config(&operation->set, args, fault);
    return err == NF_OK && args->expected.len > 0
               ? take_expected(operation, args->expected, fault)
               : err;
}

static nf_error_t
check(const struct row *row, const struct args *args, uint32_t has,
      struct nf_fault *fault)
{
    nf_error_t err = check_members(row, has, fault);

    if (err == NF_OK && has & HAS_PORT && args->port[0] == '\0') {
        return nf_refuse(fault, "port", "must not be empty");
    }
    err = err == NF_OK ? check_port(args->port, fault) : err;
    return err == NF_OK ? check_sets(args, has, fault) : err;
}

static nf_error_t
read_args(struct nf_switch_operation *operation, const struct row *row,
          struct nf_text text, nf_arena_t *arena, struct nf_fault *fault)
{
    struct args args = {0};
    struct nf_json_reader reader = {.fields = members, .arena = arena};
    nf_error_t err = nf_json_read(&reader, text, &args, fault);

    if (err == NF_OK) {
        err = check(row, &args, reader.has, fault);
    }
    if (err != NF_OK) {
        return err;
    }
    *operation = (struct nf_switch_operation){.goal = row->verb};
    operation->sets = reader.has & SETS;
    if (operation->sets != 0) {
        operation->goal = NF_SWITCH_SET;
    }
    return take_args(operation, &args, fault);
}

nf_error_t
nf_switch_operation_read(struct nf_switch_operation *operation,
                         struct nf_text command, struct nf_text text,
                         struct nf_fault *fault)
{
    const struct row *row = find_row(command);
    nf_arena_t *arena;

    if (row == NULL) {
        (void) nf_refuse(fault, "command", "is not an operation of switches");
        return NF_NOT_FOUND;
    }
    if ((arena = nf_arena_new()) == NULL) {
        (void) nf_refuse(fault, "", "out of memory");
        return NF_NO_MEMORY;
    }
    nf_error_t err = read_args(operation, row, text, arena, fault);
    nf_arena_free(arena);
    return err;
}

nf_error_t
nf_port_config_read(struct nf_text text, struct nf_port_config *config,
                    struct nf_fault *fault)
{
    struct args args = {0};
    struct nf_json_reader reader = {.fields = config_members,
                                    .source = NF_JSON_AGENT};
    nf_error_t err = nf_json_read(&reader, text, &args, fault);

    *config = (struct nf_port_config){0};
    return err == NF_OK ? take_config(config, &args, fault) : err;
}
