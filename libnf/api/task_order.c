/*
 * From what an operator writes to what a task is made of: the machine, the
 * profile, and what the task has of its own laid over the profile.
 */
#include <ctype.h>
#include <stdio.h>
#include <sys/stat.h>

#include "api/task.h"
#include "api/task_profile.h"
#include "base/serial.h"
#include "model/managed_device.h"
#include "store/files.h"
#include "store/profiles.h"
#include "store/secrets.h"
#include "store/tasks.h"
#include "json/shape.h"
#include "json/tree.h"

enum {
    SPEC_MAX = NF_TASK_SPEC_MAX - 1024 /* room for the words of its approval */
};

/* --- the form ----------------------------------------------------------------
 */

static const char *
misfit_mac(struct nf_text text)
{
    nf_mac_t mac;

    return nf_mac_parse(text, &mac) ? NULL : "a MAC address of a network card";
}

static const char *
misfit_ip(struct nf_text text)
{
    nf_ip4_t ip;

    return nf_ip4_parse(text, &ip) && nf_ip4_is_set(ip) ? NULL
                                                        : "an IPv4 address";
}

static const char *
misfit_hostname(struct nf_text text)
{
    return nf_text_is_hostname(text)
               ? NULL
               : "a host name: letters, digits, '-' and '.', at most 63 "
                 "characters";
}

/* clang-format off */
static const char *const bmc_types[] = {"ipmi", "redfish", NULL};
static const char *const port_modes[] = {"access", "trunk", NULL};

#define ENTRY(type, ...) &(const struct nf_shape){.name = "", .kind = NF_SHAPE_##type, __VA_ARGS__}
#define TEXT(size)  NF_SHAPE_TEXT, .max = (size) - 1
#define IP          NF_SHAPE_TEXT, .max = 15, .misfit = misfit_ip
#define VLANS       NF_SHAPE_LIST, .max = 64, .members = ENTRY(NUMBER, .min = 1, .max = 4094)
#define IPS         NF_SHAPE_LIST, .max = 3, .members = ENTRY(TEXT, .min = 1, .max = 15, .misfit = misfit_ip)

static const struct nf_shape network_shape[] = {
    {"ip", IP}, {"netmask", IP}, {"gateway", IP}, {"dns_servers", IPS}, {"dns", IPS},
    {"vlans", VLANS}, {"interface", TEXT(16)}, {"method", TEXT(8)}, {"hostname", TEXT(64), .misfit = misfit_hostname},
    {0},
};

static const struct nf_shape partition_shape[] = {
    {"mount_point", TEXT(64)}, {"size", TEXT(24)}, {"fstype", TEXT(16)}, {0},
};

static const struct nf_shape layout_shape[] = {
    {"root_disk", TEXT(64)}, {"partition_table", TEXT(16)},
    {"partitions", NF_SHAPE_LIST, .max = 16, .members = ENTRY(MAP, .members = partition_shape)},
    {0},
};

static const struct nf_shape bmc_shape[] = {
    {"ip", NF_SHAPE_TEXT, .min = 7, .max = 15, .misfit = misfit_ip, .is_required = true},
    {"username", TEXT(64)}, {"password", TEXT(NF_CREDENTIAL_PASSWORD)},
    {"type", NF_SHAPE_WORD, .words = bmc_types}, {0},
};

static const struct nf_shape switch_shape[] = {
    {"port", NF_SHAPE_TEXT, .min = 1, .max = 63, .is_required = true},
    {"vlans", VLANS}, {"mode", NF_SHAPE_WORD, .words = port_modes}, {0},
};

static const struct nf_shape pxe_shape[] = {
    {"kernel_path", TEXT(256)}, {"initrd_path", TEXT(256)}, {"kernel_params", TEXT(512)}, {0},
};

static const struct nf_shape order_shape[] = {
    {"idc", TEXT(32)}, {"sn", TEXT(64)},
    {"mac", TEXT(24), .misfit = misfit_mac}, {"mac_address", TEXT(24), .misfit = misfit_mac},
    {"profile", TEXT(NF_PROFILE_NAME)}, {"os_type", TEXT(64)}, {"os_version", TEXT(32)},
    {"hostname", TEXT(64), .misfit = misfit_hostname}, {"bootfile", TEXT(48)},
    {"network",        NF_SHAPE_MAP, .members = network_shape},
    {"network_config", NF_SHAPE_MAP, .members = network_shape},
    {"disk_layout",    NF_SHAPE_MAP, .members = layout_shape},
    {"bmc",            NF_SHAPE_MAP, .members = bmc_shape},
    {"switch",         NF_SHAPE_MAP, .members = switch_shape},
    {"pxe",            NF_SHAPE_MAP, .members = pxe_shape},
    {"tags",     NF_SHAPE_LIST, .max = 32,  .members = ENTRY(TEXT, .min = 1, .max = 63)},
    {"packages", NF_SHAPE_LIST, .max = 512, .members = ENTRY(TEXT, .min = 1, .max = 127)},
    {"notes",    NF_SHAPE_LINES, .max = 1024},
    {"consent",  TEXT(24), .misfit = misfit_mac},
    {0},
};
/* clang-format on */

/* What the task shows of the body as it was written; the rest it shows by
 * itself, and a password never. */
static const char *const shown[] = {"hostname",    "network",  "network_config",
                                    "disk_layout", "switch",   "pxe",
                                    "tags",        "packages", "notes"};

/* What is said with null is not said. */
static nf_error_t
drop_nulls(const struct nf_value *body, nf_arena_t *arena,
           struct nf_value *said, struct nf_fault *fault)
{
    if (body->kind != NF_VALUE_MAP) {
        return nf_refuse(fault, "", "a task must be an object");
    }
    struct nf_member *members =
        nf_arena_room(arena, (body->map.n + 1) * sizeof(*members));
    size_t n = 0;
    if (members == NULL) {
        return NF_NO_MEMORY;
    }
    for (size_t i = 0; i < body->map.n; i++) {
        if (body->map.members[i].value.kind != NF_VALUE_NONE) {
            members[n++] = body->map.members[i];
        }
    }
    *said = nf_value_map(members, n);
    return NF_OK;
}

/* --- what is shown -----------------------------------------------------------
 */

static void
put_bmc(struct nf_out *out, const struct nf_value *bmc)
{
    bool has_password = nf_value_member_text(bmc, "password").len > 0;

    nf_out_puts(out, ",\"bmc\":{");
    for (size_t i = 0, n = 0; i < bmc->map.n; i++) {
        const struct nf_member *m = &bmc->map.members[i];
        if (strcmp(m->name, "password") != 0) {
            nf_out_puts(out, n++ == 0 ? "" : ",");
            nf_out_json(out, nf_text(m->name));
            nf_out_putc(out, ':');
            nf_value_json(out, &m->value);
        }
    }
    nf_out_puts(out, has_password ? "},\"bmc_password_set\":true"
                                  : "},\"bmc_password_set\":false");
}

static nf_error_t
put_spec(const struct nf_value *body, const char *idc, nf_arena_t *arena,
         struct nf_task_draft *draft, struct nf_fault *fault)
{
    const struct nf_value *bmc = nf_value_member(body, "bmc");
    struct nf_text os = nf_value_member_text(body, "os_type");
    char *room = nf_arena_room(arena, SPEC_MAX);
    struct nf_out out = nf_out(room, SPEC_MAX);

    if (room == NULL) {
        return NF_NO_MEMORY;
    }
    nf_out_puts(&out, "{\"idc\":");
    nf_out_json(&out, nf_text(idc));
    if (os.len > 0 && !nf_text_equal(os, nf_text(draft->os_type))) {
        nf_out_puts(&out, ",\"os_name\":");
        nf_out_json(&out, os);
    }
    for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
        const struct nf_value *value = nf_value_member(body, shown[i]);
        if (value != NULL) {
            nf_out_printf(&out, ",\"%s\":", shown[i]);
            nf_value_json(&out, value);
        }
    }
    if (bmc != NULL) {
        put_bmc(&out, bmc);
    }
    nf_out_putc(&out, '}');
    draft->spec = nf_out_text(&out);
    return out.full
               ? nf_refuse(fault, "", "a task has at most %d bytes", SPEC_MAX)
               : NF_OK;
}

/* --- the machine -------------------------------------------------------------
 */

static bool
has_vlans(const struct nf_value *network)
{
    const struct nf_value *vlans = nf_value_member(network, "vlans");

    return vlans != NULL && vlans->list.n > 0;
}

/* As for a credential set. */
static nf_error_t
check_password(const struct nf_value *bmc, struct nf_fault *fault)
{
    struct nf_text type = nf_value_member_text(bmc, "type");

    return nf_value_member_text(bmc, "password").len <= NF_MANAGED_IPMI_PASSWORD
                   || nf_text_equal(type, NF_TEXT("redfish"))
               ? NF_OK
               : nf_refuse(
                   fault, "bmc.password",
                   "has more than %d bytes, which is the maximum of IPMI",
                   NF_MANAGED_IPMI_PASSWORD);
}

/* To wipe a node is agreed to by its name, and not by its serial number, which
 * two machines may say. */
static nf_error_t
take_consent(const struct nf_value *body, struct nf_task_draft *draft,
             struct nf_fault *fault)
{
    struct nf_text text = nf_value_member_text(body, "consent");
    nf_mac_t mac;

    if (text.len == 0) {
        return NF_OK;
    }
    if (!nf_mac_parse(text, &mac) || nf_mac_equal(mac, (nf_mac_t){0})
        || !nf_mac_equal(mac, draft->mac))
    {
        return nf_refuse(fault, "consent", "must be the task's own mac");
    }
    draft->has_consent = true;
    return NF_OK;
}

static nf_error_t
take_machine(const struct nf_value *body, const struct nf_settings *settings,
             struct nf_task_draft *draft, struct nf_fault *fault)
{
    struct nf_text mac = nf_value_member_text(body, "mac");
    struct nf_text idc = nf_value_member_text(body, "idc");
    const struct nf_value *network = nf_value_member(body, "network_config");

    if (idc.len > 0 && !nf_text_equal(idc, nf_text(settings->idc))) {
        return nf_refuse(fault, "idc", "this site is %s", settings->idc);
    }
    if (mac.len == 0) {
        mac = nf_value_member_text(body, "mac_address");
    }
    if (mac.len > 0) {
        (void) nf_mac_parse(mac, &draft->mac);
    }
    struct nf_text hostname = nf_value_member_text(body, "hostname");
    if (hostname.len == 0) {
        hostname = nf_value_member_text(network, "hostname");
    }
    (void) nf_text_copy(draft->sn, sizeof(draft->sn),
                        nf_value_member_text(body, "sn"));
    (void) nf_text_copy(draft->hostname, sizeof(draft->hostname), hostname);
    if (draft->sn[0] != '\0' && nf_serial_is_placeholder(draft->sn)) {
        return nf_refuse(
            fault, "sn",
            "is reported by many machines: name this one by its MAC");
    }
    draft->has_bmc = nf_value_member(body, "bmc") != NULL;
    draft->has_switch = nf_value_member(body, "switch") != NULL;
    if (draft->has_switch && settings->install_vlan[0] == '\0') {
        return nf_refuse(fault, "switch",
                         "has no effect: NF_INSTALL_VLAN is empty, so ports "
                         "are left as they are");
    }
    draft->is_moved = draft->has_switch
                      || has_vlans(nf_value_member(body, "network"))
                      || has_vlans(network);
    draft->bmc_password =
        nf_value_member_text(nf_value_member(body, "bmc"), "password");
    return check_password(nf_value_member(body, "bmc"), fault);
}

/* --- the profile -------------------------------------------------------------
 */

/* "Ubuntu 22.04 LTS": the first word in small letters, and the second one
 * when it begins with a digit. */
static void
take_words(const struct nf_value *body, struct nf_task_draft *draft)
{
    struct nf_text rest = nf_value_member_text(body, "os_type");
    struct nf_text type = nf_text_cut(&rest, ' ');
    struct nf_text second = nf_text_cut(&rest, ' ');
    struct nf_text said = nf_value_member_text(body, "os_version");
    struct nf_text version = nf_text_cut(&said, ' ');

    if (type.len >= sizeof(draft->os_type)) {
        type.len = sizeof(draft->os_type) - 1;
    }
    for (size_t i = 0; i < type.len; i++) {
        draft->os_type[i] = (char) tolower((unsigned char) type.data[i]);
    }
    bool is_number = second.len > 0 && isdigit((unsigned char) second.data[0]);
    (void) nf_text_copy(draft->os_version, sizeof(draft->os_version),
                        version.len == 0 && is_number ? second : version);
}

static bool
installs(const struct nf_profile *profile, const char *type,
         const char *version)
{
    return strcmp(profile->os_type, type) == 0
           && (version[0] == '\0' || strcmp(profile->os_version, version) == 0);
}

/* The default one when it fits, else the first by name. */
static bool
find_by_system(struct nf_scope *scope, const char *type, const char *version,
               struct nf_profile *profile)
{
    const char *fallback = scope->site->settings->default_profile;
    bool found;

    if (nf_profiles_get(scope->r, fallback, profile)
        && installs(profile, type, version))
    {
        return true;
    }
    if (version[0] == '\0') {
        return false;
    }
    *profile = (struct nf_profile){0};
    do {
        found = nf_profiles_next(scope->r, profile->name, profile);
    } while (found && !installs(profile, type, version));
    return found;
}

/* "12.5" is installed by what installs 12. */
static bool
find_nearest(struct nf_scope *scope, const struct nf_task_draft *draft,
             struct nf_profile *profile)
{
    char version[sizeof(draft->os_version)];
    char *dot;

    memcpy(version, draft->os_version, sizeof(version));
    while (!find_by_system(scope, draft->os_type, version, profile)) {
        dot = strrchr(version, '.');
        if (dot == NULL) {
            return false;
        }
        *dot = '\0';
    }
    return true;
}

static nf_error_t
refuse_system(struct nf_scope *scope, struct nf_fault *fault)
{
    char list[128] = "";
    struct nf_out out = nf_out(list, sizeof(list) - 1);
    struct nf_profile profile = {0};

    while (nf_profiles_next(scope->r, profile.name, &profile)) {
        char words[72];
        snprintf(words, sizeof(words), "%s %s", profile.os_type,
                 profile.os_version);
        if (profile.os_type[0] != '\0' && strstr(list, words) == NULL) {
            nf_out_printf(&out, "%s%s", out.len == 0 ? "" : ", ", words);
        }
    }
    return nf_refuse(fault, "os_type", "no profile installs it; available: %s",
                     list);
}

/* What an operator chose for the machine's next task; else the usual one. */
static const char *
usual_profile(struct nf_scope *scope, const struct nf_task_draft *draft,
              struct nf_node_view *view)
{
    nf_mac_t owner;
    bool has_node = nf_nodes_get_owner(scope->r, draft->mac, view)
                    || (nf_nodes_serial_owner(scope->r, draft->sn, &owner)
                        && nf_nodes_get(scope->r, owner, view));

    return has_node && view->node.is_profile_chosen
               ? view->node.profile
               : scope->site->settings->default_profile;
}

static nf_error_t
find_profile(struct nf_scope *scope, const struct nf_value *body,
             struct nf_task_draft *draft, struct nf_profile *profile,
             struct nf_fault *fault)
{
    struct nf_text name = nf_value_member_text(body, "profile");
    bool has_name = name.len > 0;
    bool has_type = draft->os_type[0] != '\0';
    struct nf_node_view view;

    if (!has_name && has_type) {
        return find_nearest(scope, draft, profile)
                   ? NF_OK
                   : refuse_system(scope, fault);
    }
    (void) nf_text_copy(draft->profile, sizeof(draft->profile),
                        has_name ? name
                                 : nf_text(usual_profile(scope, draft, &view)));
    if (!nf_profiles_get(scope->r, draft->profile, profile)) {
        return nf_refuse(fault, "profile", "there is no such profile");
    }
    return has_type && profile->os_type[0] != '\0'
                   && strcmp(draft->os_type, profile->os_type) != 0
               ? nf_refuse(fault, "os_type", "the profile installs %s",
                           profile->os_type)
               : NF_OK;
}

/* In the catalogue, or put there by hand. */
static bool
is_boot_file(struct nf_scope *scope, struct nf_text path)
{
    char plain[NF_SETTING_MAX + NF_FILE_PATH];
    struct nf_fault ignored;
    struct nf_file file;
    struct stat st;

    if (nf_file_path_check(path, &ignored) != NF_OK) {
        return false;
    }
    snprintf(plain, sizeof(plain), "%s/%.*s", scope->site->settings->files_dir,
             (int) path.len, path.data);
    return nf_files_get(scope->r, path, &file)
           || (lstat(plain, &st) == 0 && S_ISREG(st.st_mode));
}

/* A profile may be written before its files come; who orders a machine with
 * files of its own is told that there are none. */
static nf_error_t
check_files(struct nf_scope *scope, const struct nf_value *body,
            struct nf_fault *fault)
{
    static const char *const members[] = {"kernel_path", "initrd_path"};
    const struct nf_value *pxe = nf_value_member(body, "pxe");
    char field[32];

    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        struct nf_text path = nf_value_member_text(pxe, members[i]);
        if (path.len > 0 && !nf_text_starts(path, NF_TEXT("http://"))
            && !is_boot_file(scope, path))
        {
            snprintf(field, sizeof(field), "pxe.%s", members[i]);
            return scope->r->err != NF_OK
                       ? scope->r->err
                       : nf_refuse(fault, field, "there is no such boot file");
        }
    }
    return NF_OK;
}

static nf_error_t
take_profile(struct nf_scope *scope, nf_arena_t *arena,
             const struct nf_value *body, struct nf_task_order *order,
             struct nf_fault *fault)
{
    struct nf_task_draft *draft = &order->draft;
    struct nf_profile profile;
    nf_error_t err;

    take_words(body, draft);
    err = find_profile(scope, body, draft, &profile, fault);
    if (scope->r->err != NF_OK || err != NF_OK) {
        return scope->r->err != NF_OK ? scope->r->err : err;
    }
    memcpy(draft->profile, profile.name, sizeof(draft->profile));
    err = nf_task_profile_make(&profile, body, arena, &order->effective, fault);
    draft->effective = &order->effective;
    return err != NF_OK ? err : check_files(scope, body, fault);
}

nf_error_t
nf_task_order_read(struct nf_scope *scope, nf_arena_t *arena,
                   const struct nf_value *body, struct nf_task_order *order,
                   struct nf_fault *fault)
{
    const struct nf_settings *settings = scope->site->settings;
    struct nf_value said;
    nf_error_t err = drop_nulls(body, arena, &said, fault);

    *order = (struct nf_task_order){0};
    if (err == NF_OK) {
        err = nf_shape_check(order_shape, &said, fault);
    }
    if (err == NF_OK) {
        err = take_machine(&said, settings, &order->draft, fault);
        if (err == NF_OK) {
            err = take_consent(&said, &order->draft, fault);
        }
    }
    if (err == NF_OK) {
        err = take_profile(scope, arena, &said, order, fault);
    }
    return err != NF_OK
               ? err
               : put_spec(&said, settings->idc, arena, &order->draft, fault);
}

nf_error_t
nf_task_order_again(struct nf_scope *scope, nf_arena_t *arena,
                    const struct nf_task *task, struct nf_profile *effective,
                    struct nf_fault *fault)
{
    struct nf_text spec = nf_tasks_spec(scope->r, task->id);
    struct nf_value said = nf_value_map(NULL, 0);
    struct nf_profile profile;
    nf_error_t err = NF_OK;

    if (!nf_profiles_get(scope->r, task->profile, &profile)) {
        return scope->r->err != NF_OK
                   ? scope->r->err
                   : nf_refuse(fault, "refresh", "there is no profile %s",
                               task->profile);
    }
    if (spec.len > 0) {
        err = nf_json_tree(spec, arena, &said, fault);
    }
    return err == NF_OK
               ? nf_task_profile_make(&profile, &said, arena, effective, fault)
               : err;
}
