#include "port/change.h"

#include <ctype.h>

#include "model/member.h"
#include "json/field.h"

enum {
    SETS_MODE = 1,
    SETS_VLAN = 2,
    SETS_TAGGED = 4,
    SETS_ADMIN = 8,
    SETS_DESCRIPTION = 16,
    HAS_PORT = 32,
    HAS_MAC = 64,
    HAS_FORCE = 128,
    SETS = SETS_MODE | SETS_VLAN | SETS_TAGGED | SETS_ADMIN | SETS_DESCRIPTION,
};

/* --- what is wanted ----------------------------------------------------------
 */

struct args {
    char port[NF_PORT_NAME], tagged[2048], description[NF_PORT_WORDS];
    nf_mac_t mac;
    uint8_t mode, admin;
    int64_t vlan;
    bool is_forced;
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
           .bit = SETS_MODE),
    MEMBER("vlan", NF_JSON_NUMBER, vlan, .min = 0, .max = NF_VLAN_MAX,
           .bit = SETS_VLAN),
    MEMBER("tagged", NF_JSON_TEXT, tagged, .bit = SETS_TAGGED,
           .may_be_empty = true),
    MEMBER("admin", NF_JSON_WORD, admin, .words = nf_port_states,
           .bit = SETS_ADMIN),
    MEMBER("description", NF_JSON_TEXT, description, .bit = SETS_DESCRIPTION,
           .may_be_empty = true),
    MEMBER("force", NF_JSON_SWITCH, is_forced, .bit = HAS_FORCE),
    {0},
};

/* A command, the argument that it cannot do without, and others. */
static const struct row {
    const char *command, *argument;
    enum nf_switch_verb verb;
    uint32_t needs, may_have;
} rows[] = {
    {"ports", NULL, NF_SWITCH_PORTS, 0, 0},
    {"port", "port", NF_SWITCH_PORT, HAS_PORT, SETS | HAS_FORCE},
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
    bool is_trunk = has & SETS_MODE && args->mode == NF_PORT_TRUNK;
    bool is_access = has & SETS_MODE && args->mode == NF_PORT_ACCESS;

    if (has & SETS_MODE && args->mode == NF_PORT_OTHER) {
        return nf_refuse(fault, "mode", "must be access or trunk");
    }
    if (has & SETS_ADMIN && args->admin == NF_PORT_UNTOLD) {
        return nf_refuse(fault, "admin", "must be up or down");
    }
    if (is_access && (!(has & SETS_VLAN) || args->vlan == 0)) {
        return nf_refuse(fault, "vlan", "is missing: mode is access");
    }
    if (is_trunk && !(has & SETS_TAGGED)) {
        return nf_refuse(fault, "tagged", "is missing: mode is trunk");
    }
    if (has & SETS_TAGGED && !is_trunk) {
        return nf_refuse(fault, "tagged", "is for mode trunk only");
    }
    if (strpbrk(args->description, "\"?") != NULL) {
        return nf_refuse(fault, "description", "must not hold '?' or '\"'");
    }
    return NF_OK;
}

static nf_error_t
take_args(struct nf_switch_operation *operation, const struct args *args,
          struct nf_fault *fault)
{
    struct nf_port_config *config = &operation->set;

    memcpy(operation->port, args->port, sizeof(operation->port));
    operation->mac = args->mac;
    operation->is_forced = args->is_forced;
    config->mode = (enum nf_port_mode) args->mode;
    config->admin = (enum nf_port_state) args->admin;
    config->vlan = (unsigned) args->vlan;
    memcpy(config->description, args->description, sizeof(config->description));
    return nf_vlans_parse(nf_text(args->tagged), &config->tagged)
               ? NF_OK
               : nf_refuse(fault, "tagged", "is no list like 1,5-7");
}

nf_error_t
nf_switch_operation_read(struct nf_switch_operation *operation,
                         struct nf_text command, struct nf_text text,
                         struct nf_fault *fault)
{
    struct args args = {0};
    struct nf_json_reader reader = {.fields = members};
    const struct row *row = find_row(command);
    nf_error_t err = nf_json_read(&reader, text, &args, fault);

    if (err != NF_OK) {
        return err;
    }
    if (row == NULL) {
        (void) nf_refuse(fault, "command", "is none that a switch knows");
        return NF_NOT_FOUND;
    }
    if ((err = check_members(row, reader.has, fault)) != NF_OK
        || (err = check_port(args.port, fault)) != NF_OK
        || (err = check_sets(&args, reader.has, fault)) != NF_OK)
    {
        return err;
    }
    *operation = (struct nf_switch_operation){.goal = row->verb};
    operation->sets = reader.has & SETS;
    if (operation->sets != 0) {
        operation->goal = NF_SWITCH_SET;
    }
    return take_args(operation, &args, fault);
}

/* --- what it comes to --------------------------------------------------------
 */

static void
merge(struct nf_switch_operation *operation)
{
    const struct nf_port_config *from = &operation->set;
    struct nf_port_config *to = &operation->wanted;
    uint32_t sets = operation->sets;

    *to = operation->was.config;
    to->mode = sets & SETS_MODE ? from->mode : to->mode;
    to->vlan = sets & SETS_VLAN ? from->vlan : to->vlan;
    to->tagged = sets & SETS_MODE ? from->tagged : to->tagged;
    nf_vlans_remove(&to->tagged, to->vlan); /* it is the untagged one */
    to->admin = sets & SETS_ADMIN ? from->admin : to->admin;
    if (sets & SETS_DESCRIPTION) {
        memcpy(to->description, from->description, sizeof(to->description));
    }
}

enum nf_switch_cause
nf_port_change_judge(struct nf_switch_operation *operation,
                     struct nf_out *words)
{
    const struct nf_port *was = &operation->was;
    const char *uplink = nf_port_uplink(was, NF_SWITCH_UPLINK_MACS);

    if (uplink != NULL && !operation->is_forced) {
        nf_out_printf(words, "%s is %s", was->name, uplink);
        return NF_SWITCH_UPLINK;
    }
    if (operation->expected != NULL
        && !nf_port_config_equal(&was->config, operation->expected))
    {
        nf_port_config_difference(&was->config, operation->expected, words);
        return NF_SWITCH_CHANGED;
    }
    merge(operation);
    if (operation->wanted.mode == NF_PORT_OTHER && operation->sets & SETS_VLAN)
    {
        nf_out_puts(words, "its mode is neither access nor trunk: say which");
        return NF_SWITCH_REFUSED;
    }
    return NF_SWITCH_FINE;
}

unsigned
nf_port_change_lacks(const struct nf_switch_operation *operation,
                     const struct nf_vlans *vlans)
{
    const struct nf_port_config *was = &operation->was.config;
    const struct nf_port_config *wanted = &operation->wanted;

    if (wanted->vlan != 0 && wanted->vlan != was->vlan
        && !nf_vlans_has(vlans, wanted->vlan))
    {
        return wanted->vlan;
    }
    /* "all" is all that there are. */
    for (unsigned vlan = 1;
         vlan <= NF_VLAN_MAX
         && nf_vlans_count(&wanted->tagged) < NF_VLAN_MAX - 1;
         vlan++)
    {
        if (nf_vlans_has(&wanted->tagged, vlan)
            && !nf_vlans_has(&was->tagged, vlan) && !nf_vlans_has(vlans, vlan))
        {
            return vlan;
        }
    }
    return 0;
}

/* --- what came of it ---------------------------------------------------------
 */

static void
put_ports(const struct nf_switch_told *told, struct nf_out *out)
{
    nf_out_puts(out, ",\"ports\":[");
    for (size_t i = 0; i < told->ports_n; i++) {
        nf_out_puts(out, i == 0 ? "" : ",");
        nf_port_json(&told->ports[i], out);
    }
    nf_out_putc(out, ']');
}

static void
put_macs(const struct nf_switch_told *told, struct nf_out *out)
{
    nf_out_puts(out, ",\"found\":[");
    for (size_t i = 0; i < told->macs_n; i++) {
        char mac[NF_MAC_COLONS];
        nf_mac_format_divided(told->macs[i].mac, ':', mac);
        nf_out_printf(out, "%s{\"mac\":\"%s\"", i == 0 ? "" : ",", mac);
        if (told->macs[i].vlan != 0) {
            nf_out_printf(out, ",\"vlan\":%u", told->macs[i].vlan);
        }
        nf_member_text(out, "port", told->macs[i].port);
        nf_out_putc(out, '}');
    }
    nf_out_putc(out, ']');
}

static void
put_port(const struct nf_switch_operation *operation, struct nf_out *out)
{
    if (operation->goal == NF_SWITCH_SET) {
        nf_out_puts(out, operation->is_changed ? ",\"changed\":true"
                                               : ",\"changed\":false");
    }
    if (operation->is_changed) {
        nf_out_puts(out, ",\"was\":");
        nf_port_json(&operation->was, out);
    }
    if (operation->is.name[0] != '\0') {
        nf_out_puts(out, ",\"port\":");
        nf_port_json(&operation->is, out);
    }
}

static void
put_vlans(const struct nf_switch_told *told, struct nf_out *out)
{
    nf_out_puts(out, ",\"vlans\":\"");
    nf_vlans_print(&told->vlans, out);
    nf_out_putc(out, '"');
}

static void
put_failure(const struct nf_switch_told *told, struct nf_out *out)
{
    nf_member_text(out, "cause", nf_switch_causes[told->cause]);
    nf_member_text(out, "error", nf_switch_cause_text(told->cause));
    nf_member_text(out, "words", told->words);
}

void
nf_switch_operation_json(const struct nf_switch_operation *operation,
                         struct nf_out *out)
{
    const struct nf_switch_told *told = &operation->told;
    bool is_fine = told->cause == NF_SWITCH_FINE;

    nf_out_puts(out, is_fine ? "{\"done\":true" : "{\"done\":false");
    if (!is_fine) {
        put_failure(told, out);
    }
    switch (operation->goal) {
    case NF_SWITCH_PORT:
    case NF_SWITCH_SET:
        put_port(operation, out);
        break;
    case NF_SWITCH_FIND:
        put_macs(told, out);
        break;
    case NF_SWITCH_VLANS:
        put_vlans(told, out);
        break;
    default:
        put_ports(told, out);
        break;
    }
    nf_member_text(out, "pin", told->pin);
    nf_out_putc(out, '}');
}
