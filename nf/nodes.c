/*
 * nf nodes, node, hardware, install, reinstall.
 */

#include <stdio.h>
#include <string.h>

#include "command.h"
#include "consent.h"
#include "label.h"
#include "list.h"
#include "names.h"
#include "option.h"
#include "say.h"
#include "server.h"
#include "show.h"

static const struct nf_column list_columns[] = {
    /* clang-format off */
    { "MAC",      "mac",            NF_COLUMN_MAC,   NF_KEEP },
    { "STATUS",   "state",          NF_COLUMN_STATE, NF_DROP_LAST },
    { "ONLINE",   "online",         NF_COLUMN_YES,   NF_DROP_SOON },
    { "ADDRESS",  "ip",             NF_COLUMN_TEXT,  NF_DROP },
    { "NAME",     "hostname",       NF_COLUMN_TEXT,  NF_DROP_LATE },
    { "SERIAL",   "serial",         NF_COLUMN_TEXT,  NF_DROP_SOON },
    { "TASK",     "task",           NF_COLUMN_TEXT,  NF_DROP },
    { "CREATED",  "created_at",     NF_COLUMN_WHEN,  NF_DROP_FIRST },
    { "PROFILE",  "profile",        NF_COLUMN_TEXT,  NF_WIDE },
    { "HEARD",    "last_heartbeat", NF_COLUMN_WHEN,  NF_WIDE },
    { "LABELS",   "labels",         NF_COLUMN_TEXT,  NF_WIDE },
    { 0 },
    /* clang-format on */
};

static const struct nf_column node_columns[] = {
    /* clang-format off */
    { "mac",       "mac",            NF_COLUMN_MAC, NF_KEEP },
    { "status",    "state",          NF_COLUMN_STATE, NF_KEEP },
    { "boots",     "boot",           NF_COLUMN_TEXT, NF_KEEP },
    { "online",    "online",         NF_COLUMN_YES, NF_KEEP },
    { "address",   "ip",             NF_COLUMN_TEXT, NF_KEEP },
    { "netmask",   "netmask",        NF_COLUMN_TEXT, NF_KEEP },
    { "gateway",   "gateway",        NF_COLUMN_TEXT, NF_KEEP },
    { "dns",       "dns",            NF_COLUMN_TEXT, NF_KEEP },
    { "name",      "hostname",       NF_COLUMN_TEXT, NF_KEEP },
    { "serial",    "serial",         NF_COLUMN_TEXT, NF_KEEP },
    { "profile",   "profile",        NF_COLUMN_TEXT, NF_KEEP },
    { "task",      "task",           NF_COLUMN_TEXT, NF_KEEP },
    { "heard",     "last_heartbeat", NF_COLUMN_WHEN, NF_KEEP },
    { "created",   "created_at",     NF_COLUMN_WHEN, NF_KEEP },
    { "updated",   "updated_at",     NF_COLUMN_WHEN, NF_KEEP },
    { "labels",    "labels",         NF_COLUMN_TEXT, NF_KEEP },
    { 0 },
    /* clang-format on */
};

static const struct nf_column hardware_columns[] = {
    /* clang-format off */
    { "company",   "company",         NF_COLUMN_TEXT, NF_KEEP },
    { "product",   "product",         NF_COLUMN_TEXT, NF_KEEP },
    { "serial",    "serial_number",   NF_COLUMN_TEXT, NF_KEEP },
    { "virtual",   "is_vm",           NF_COLUMN_YES, NF_KEEP },
    { "hypervisor", "hypervisor",     NF_COLUMN_TEXT, NF_KEEP },
    { "machine",   "arch",            NF_COLUMN_TEXT, NF_KEEP },
    { "firmware",  "firmware",        NF_COLUMN_TEXT, NF_KEEP },
    { "secure boot", "secure_boot",   NF_COLUMN_YES, NF_KEEP },
    { "TPM",       "tpm",             NF_COLUMN_TEXT, NF_KEEP },
    { "CPU",       "cpu.model",       NF_COLUMN_TEXT, NF_KEEP },
    { "cores",     "cpu.cores",       NF_COLUMN_NUMBER, NF_KEEP },
    { "memory",    "memory.total_gb", NF_COLUMN_GIB, NF_KEEP },
    { "BMC",       "bmc.ip",          NF_COLUMN_TEXT, NF_KEEP },
    { 0 },
    /* clang-format on */
};

static const struct nf_column disk_columns[] = {
    /* clang-format off */
    { "DISK",   "device",  NF_COLUMN_TEXT, NF_KEEP },
    { "SIZE",   "size_gb", NF_COLUMN_GB, NF_KEEP },
    { "TYPE",   "type",    NF_COLUMN_TEXT, NF_KEEP },
    { "MODEL",  "model",   NF_COLUMN_TEXT, NF_KEEP },
    { "SERIAL", "serial",  NF_COLUMN_TEXT, NF_KEEP },
    { 0 },
    /* clang-format on */
};

static const struct nf_column card_columns[] = {
    /* clang-format off */
    { "CARD",   "name",        NF_COLUMN_TEXT, NF_KEEP },
    { "MAC",    "mac",         NF_COLUMN_MAC, NF_KEEP },
    { "LINK",   "link",        NF_COLUMN_YES, NF_KEEP },
    { "MBIT/S", "speed_mbps",  NF_COLUMN_SOME, NF_KEEP },
    { "SWITCH", "lldp.switch", NF_COLUMN_TEXT, NF_KEEP },
    { "PORT",   "lldp.port",   NF_COLUMN_TEXT, NF_KEEP },
    { 0 },
    /* clang-format on */
};

static bool
is_online(const json_t *node)
{
    return json_is_true(json_object_get(node, "online"));
}

int
nf_command_nodes(int argc, char **argv)
{
    bool with_online = false;
    const char *status = NULL, *label = NULL;
    char path[NF_PATH_MAX_BYTES] = "/api/v1/nodes?limit=500";
    struct nf_list list = {.path = path, .columns = list_columns};
    const struct nf_option options[] = {NF_OPTION("--status", &status),
                                        NF_OPTION("--label", &label),
                                        NF_OPTION("-l", &label),
                                        NF_SWITCH("--online", &with_online),
                                        {0}};

    if (!nf_list_take(&list, &argc, argv, options) || argc != 0) {
        return nf_usage("nodes");
    }
    if (!nf_server_query(path, "status", status)
        || !nf_server_query(path, "label", label))
    {
        return NF_EXIT_FAILED;
    }
    list.is_shown = with_online ? is_online : NULL;
    return nf_list_show(&list);
}

static bool
print_node(const json_t *node)
{
    return nf_table_print_one(node, node_columns);
}

int
nf_command_node(int argc, char **argv)
{
    return nf_show_one_command("node", argc, argv, "/api/v1/nodes/", "",
                               print_node);
}

static bool
print_hardware(const json_t *answer)
{
    const json_t *inner = json_object_get(answer, "hardware");
    const json_t *hardware = inner != NULL ? inner : answer;
    const json_t *disks = json_object_get(hardware, "disks");
    const json_t *cards = json_object_get(hardware, "nics");
    bool is_done = nf_table_print_one(hardware, hardware_columns);

    if (json_array_size(disks) > 0) {
        putchar('\n');
        is_done = is_done && nf_table_print(disks, disk_columns);
    }
    if (json_object_get(answer, "disk") != NULL) {
        fputs("\ninstalled on ", stdout);
        nf_table_say(json_object_get(answer, "disk"), "taken", "");
    }
    if (json_array_size(cards) > 0) {
        putchar('\n');
        is_done = is_done && nf_table_print(cards, card_columns);
    }
    return is_done;
}

int
nf_command_hardware(int argc, char **argv)
{
    return nf_show_titled_command("hardware", argc, argv, "/api/v1/nodes/",
                                  "/hardware", print_hardware);
}

/* What is asked of nodes: an installation, once or again. */
struct acting {
    const char *action, *profile, *label;
    bool is_json, is_forced, wipes; /* --yes-wipe */
    struct nf_consent consent;
};

/* Consent names the node by its own MAC. */
static bool
add_consent(const char *name, json_t *body)
{
    char path[NF_PATH_MAX_BYTES];
    struct nf_reply reply = {.json = NULL};
    int code = nf_server_path(path, "/api/v1/nodes/", name, "")
                   ? nf_server_ask("GET", path, NULL, &reply)
                   : NF_EXIT_FAILED;

    if (code == NF_EXIT_OK) {
        json_object_set(body, "consent", json_object_get(reply.json, "mac"));
    }
    nf_server_end(&reply);
    return code == NF_EXIT_OK;
}

static int
act_on(struct nf_each *each, const char *name)
{
    const struct acting *a = each->of;
    struct nf_reply reply = {.json = NULL};
    char path[NF_PATH_MAX_BYTES];
    json_t *body =
        json_pack("{s:s, s:s*}", "action", a->action, "profile", a->profile);
    if (a->is_forced) {
        json_object_set_new(body, "force", json_true());
    }
    int code = nf_server_path(path, "/api/v1/nodes/", name, "")
                       && (!a->wipes || add_consent(name, body))
                   ? nf_server_ask("PUT", path, body, &reply)
                   : NF_EXIT_FAILED;

    if (code == NF_EXIT_OK && each->is_json) {
        nf_each_show(each, reply.json);
    } else if (code == NF_EXIT_OK && !each->is_dry) {
        nf_table_say(reply.json, "mac", "task");
    }
    json_decref(body);
    nf_server_end(&reply);
    return code;
}

static int
act(int argc, char **argv, struct acting *a)
{
    const struct nf_option options[] = {NF_OPTION("--profile", &a->profile),
                                        NF_OPTION("--label", &a->label),
                                        NF_OPTION("-l", &a->label),
                                        NF_SWITCH("--json", &a->is_json),
                                        NF_SWITCH("--yes-wipe", &a->wipes),
                                        NF_SWITCH("--force", &a->is_forced),
                                        NF_CONSENT(&a->consent),
                                        {0}};

    a->consent.verb = a->action;
    a->consent.kind = "node";
    a->consent.wipes = true;
    if (!nf_options_take(&argc, argv, options)
        || (argc == 0) != (a->label != NULL)
        || (a->wipes && strcmp(a->action, "reinstall") != 0))
    {
        return nf_usage(a->action);
    }
    a->consent.is_yes |= a->wipes;
    return a->label != NULL
               ? nf_label_act(
                   &(struct nf_label_action){.selector = a->label,
                                             .action = a->action,
                                             .profile = a->profile,
                                             .is_json = a->is_json,
                                             .wipes = a->wipes,
                                             .is_forced = a->is_forced,
                                             .consent = &a->consent})
               : nf_each_run(&(struct nf_each){.done = "begun",
                                               .is_json = a->is_json,
                                               .consent = &a->consent,
                                               .run = act_on,
                                               .of = a},
                             argc, argv);
}

int
nf_command_install(int argc, char **argv)
{
    return act(argc, argv, &(struct acting){.action = "install"});
}

int
nf_command_reinstall(int argc, char **argv)
{
    return act(argc, argv, &(struct acting){.action = "reinstall"});
}
