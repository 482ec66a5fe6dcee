/*
 * nf nodes, node, hardware, install, reinstall.
 */

#include <stdio.h>

#include "command.h"
#include "label.h"
#include "option.h"
#include "say.h"
#include "server.h"
#include "show.h"

static const struct nf_column list_columns[] = {
    /* clang-format off */
    { "MAC",      "mac",        NF_COLUMN_TEXT },
    { "STATUS",   "status",     NF_COLUMN_TEXT },
    { "ONLINE",   "online",     NF_COLUMN_YES },
    { "ADDRESS",  "ip",         NF_COLUMN_TEXT },
    { "NAME",     "hostname",   NF_COLUMN_TEXT },
    { "SERIAL",   "serial",     NF_COLUMN_TEXT },
    { "TASK",     "task",       NF_COLUMN_TEXT },
    { "CREATED",  "created_at", NF_COLUMN_WHEN },
    { 0 },
    /* clang-format on */
};

static const struct nf_column node_columns[] = {
    /* clang-format off */
    { "mac",       "mac",            NF_COLUMN_TEXT },
    { "status",    "status",         NF_COLUMN_TEXT },
    { "boots",     "boot",           NF_COLUMN_TEXT },
    { "online",    "online",         NF_COLUMN_YES },
    { "address",   "ip",             NF_COLUMN_TEXT },
    { "netmask",   "netmask",        NF_COLUMN_TEXT },
    { "gateway",   "gateway",        NF_COLUMN_TEXT },
    { "dns",       "dns",            NF_COLUMN_TEXT },
    { "name",      "hostname",       NF_COLUMN_TEXT },
    { "serial",    "serial",         NF_COLUMN_TEXT },
    { "profile",   "profile",        NF_COLUMN_TEXT },
    { "task",      "task",           NF_COLUMN_TEXT },
    { "heard",     "last_heartbeat", NF_COLUMN_WHEN },
    { "created",   "created_at",     NF_COLUMN_WHEN },
    { "updated",   "updated_at",     NF_COLUMN_WHEN },
    { "labels",    "labels",         NF_COLUMN_TEXT },
    { 0 },
    /* clang-format on */
};

static const struct nf_column hardware_columns[] = {
    /* clang-format off */
    { "company",   "company",         NF_COLUMN_TEXT },
    { "product",   "product",         NF_COLUMN_TEXT },
    { "serial",    "serial_number",   NF_COLUMN_TEXT },
    { "virtual",   "is_vm",           NF_COLUMN_YES },
    { "hypervisor", "hypervisor",     NF_COLUMN_TEXT },
    { "machine",   "arch",            NF_COLUMN_TEXT },
    { "firmware",  "firmware",        NF_COLUMN_TEXT },
    { "secure boot", "secure_boot",   NF_COLUMN_YES },
    { "TPM",       "tpm",             NF_COLUMN_TEXT },
    { "CPU",       "cpu.model",       NF_COLUMN_TEXT },
    { "cores",     "cpu.cores",       NF_COLUMN_NUMBER },
    { "memory GB", "memory.total_gb", NF_COLUMN_NUMBER },
    { "BMC",       "bmc.ip",          NF_COLUMN_TEXT },
    { 0 },
    /* clang-format on */
};

static const struct nf_column disk_columns[] = {
    /* clang-format off */
    { "DISK",   "device",  NF_COLUMN_TEXT },
    { "GB",     "size_gb", NF_COLUMN_NUMBER },
    { "TYPE",   "type",    NF_COLUMN_TEXT },
    { "MODEL",  "model",   NF_COLUMN_TEXT },
    { "SERIAL", "serial",  NF_COLUMN_TEXT },
    { 0 },
    /* clang-format on */
};

static const struct nf_column card_columns[] = {
    /* clang-format off */
    { "CARD",   "name",        NF_COLUMN_TEXT },
    { "MAC",    "mac",         NF_COLUMN_TEXT },
    { "LINK",   "link",        NF_COLUMN_YES },
    { "MBIT/S", "speed_mbps",  NF_COLUMN_SOME },
    { "SWITCH", "lldp.switch", NF_COLUMN_TEXT },
    { "PORT",   "lldp.port",   NF_COLUMN_TEXT },
    { 0 },
    /* clang-format on */
};

static bool
is_online(const json_t *node)
{
    return json_is_true(json_object_get(node, "online"));
}

/* The server filters by status; --online is ours. */
int
nf_command_nodes(int argc, char **argv)
{
    bool with_online = false;
    struct nf_list list = {.columns = list_columns};
    struct nf_list_filter filter = {.base = "/api/v1/nodes?limit=500"};
    const struct nf_option options[] = {
        {"--status", &filter.status, NULL}, {"--label", &filter.label, NULL},
        {"-l", &filter.label, NULL},        {"--online", NULL, &with_online},
        {"--json", NULL, &list.is_json},    {0}};

    if (!nf_options_take(&argc, argv, options) || argc != 0) {
        return nf_usage("nodes");
    }
    if (!nf_list_path(&filter)) {
        return NF_EXIT_FAILED;
    }
    list.path = filter.path;
    list.is_shown = with_online ? is_online : NULL;
    return nf_show_list(&list);
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
    return nf_show_one_command("hardware", argc, argv, "/api/v1/nodes/",
                               "/hardware", print_hardware);
}

static int
act_on(const char *name, const json_t *body, bool is_json)
{
    struct nf_reply reply;
    char path[NF_PATH_MAX_BYTES];

    if (!nf_server_path(path, "/api/v1/nodes/", name, "")) {
        return NF_EXIT_FAILED;
    }
    int code = nf_server_ask("PUT", path, body, &reply);
    if (code == NF_EXIT_OK && is_json) {
        (void) nf_table_print_json(reply.json);
    } else if (code == NF_EXIT_OK) {
        nf_table_say(reply.json, "mac", "task");
    }
    nf_server_end(&reply);
    return code;
}

/* The same action for each node that is named; the first failure is the
 * result, the others are tried all the same. */
static int
act(int argc, char **argv, const char *action)
{
    const char *profile = NULL, *label = NULL;
    bool is_json = false;
    const struct nf_option options[] = {{"--profile", &profile, NULL},
                                        {"--label", &label, NULL},
                                        {"-l", &label, NULL},
                                        {"--json", NULL, &is_json},
                                        {0}};
    int result = NF_EXIT_OK;

    if (!nf_options_take(&argc, argv, options)
        || (argc == 0) != (label != NULL)) {
        return nf_usage(action);
    }
    if (label != NULL) {
        return nf_label_act(label, action, profile, is_json);
    }
    json_t *body =
        json_pack("{s:s, s:s*}", "action", action, "profile", profile);
    for (int i = 0; i < argc; i++) {
        int code = act_on(argv[i], body, is_json);
        result = result == NF_EXIT_OK ? code : result;
    }
    json_decref(body);
    return nf_say_written() ? result : NF_EXIT_FAILED;
}

int
nf_command_install(int argc, char **argv)
{
    return act(argc, argv, "install");
}

int
nf_command_reinstall(int argc, char **argv)
{
    return act(argc, argv, "reinstall");
}
