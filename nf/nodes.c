/*
 * nf nodes, node, hardware, install, reinstall.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "option.h"
#include "server.h"
#include "table.h"

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
    { "MBIT/S", "speed_mbps",  NF_COLUMN_NUMBER },
    { "SWITCH", "lldp.switch", NF_COLUMN_TEXT },
    { "PORT",   "lldp.port",   NF_COLUMN_TEXT },
    { 0 },
    /* clang-format on */
};

/* "" or what the server filters by; --online is ours. */
int
nf_command_nodes(int argc, char **argv)
{
    const char *status = NULL;
    bool is_json = false, is_online = false;
    const struct nf_option options[] = {{"--status", &status, NULL},
                                        {"--online", NULL, &is_online},
                                        {"--json", NULL, &is_json},
                                        {0}};
    struct nf_reply reply;
    char path[256];

    if (!nf_options_take(&argc, argv, options) || argc != 0) {
        return NF_EXIT_USAGE;
    }
    char *word = nf_server_escape(status != NULL ? status : "");
    snprintf(path, sizeof(path), "/api/v1/nodes%s%s",
             status != NULL ? "?status=" : "", word);
    free(word);
    int code = nf_server_ask("GET", path, NULL, &reply);
    if (code == NF_EXIT_OK && is_online) {
        for (size_t i = json_array_size(reply.json); i > 0; i--) {
            const json_t *node = json_array_get(reply.json, i - 1);
            if (!json_is_true(json_object_get(node, "online"))) {
                json_array_remove(reply.json, i - 1);
            }
        }
    }
    if (code == NF_EXIT_OK) {
        bool is_done = is_json ? nf_table_print_json(reply.json)
                               : nf_table_print(reply.json, list_columns);
        code = is_done ? NF_EXIT_OK : NF_EXIT_FAILED;
    }
    nf_server_end(&reply);
    return code;
}

static void
node_path(const char *name, const char *what, char *path, size_t size)
{
    char *word = nf_server_escape(name);

    snprintf(path, size, "/api/v1/nodes/%s%s", word, what);
    free(word);
}

int
nf_command_node(int argc, char **argv)
{
    bool is_json = false;
    const struct nf_option options[] = {{"--json", NULL, &is_json}, {0}};
    struct nf_reply reply;
    char path[512];

    if (!nf_options_take(&argc, argv, options) || argc != 1) {
        return NF_EXIT_USAGE;
    }
    node_path(argv[0], "", path, sizeof(path));
    int code = nf_server_ask("GET", path, NULL, &reply);
    if (code == NF_EXIT_OK) {
        bool is_done = is_json ? nf_table_print_json(reply.json)
                               : nf_table_print_one(reply.json, node_columns);
        code = is_done ? NF_EXIT_OK : NF_EXIT_FAILED;
    }
    nf_server_end(&reply);
    return code;
}

static bool
print_hardware(const json_t *hardware)
{
    const json_t *disks = json_object_get(hardware, "disks");
    const json_t *cards = json_object_get(hardware, "nics");
    bool is_done = nf_table_print_one(hardware, hardware_columns);

    if (json_array_size(disks) > 0) {
        putchar('\n');
        is_done = is_done && nf_table_print(disks, disk_columns);
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
    bool is_json = false;
    const struct nf_option options[] = {{"--json", NULL, &is_json}, {0}};
    struct nf_reply reply;
    char path[512];

    if (!nf_options_take(&argc, argv, options) || argc != 1) {
        return NF_EXIT_USAGE;
    }
    node_path(argv[0], "/hardware", path, sizeof(path));
    int code = nf_server_ask("GET", path, NULL, &reply);
    if (code == NF_EXIT_OK) {
        const json_t *inner = json_object_get(reply.json, "hardware");
        bool is_done = is_json
                           ? nf_table_print_json(reply.json)
                           : print_hardware(inner != NULL ? inner : reply.json);
        code = is_done ? NF_EXIT_OK : NF_EXIT_FAILED;
    }
    nf_server_end(&reply);
    return code;
}

/* The same action for each node that is named. */
static int
act(int argc, char **argv, const char *action)
{
    const char *profile = NULL;
    bool is_json = false;
    const struct nf_option options[] = {
        {"--profile", &profile, NULL}, {"--json", NULL, &is_json}, {0}};
    int result = NF_EXIT_OK;

    if (!nf_options_take(&argc, argv, options) || argc == 0) {
        fprintf(stderr, "usage: nf %s [--profile NAME] NODE...\n", action);
        return NF_EXIT_USAGE;
    }
    json_t *body = json_pack("{s:s}", "action", action);
    if (profile != NULL) {
        json_object_set_new(body, "profile", json_string(profile));
    }
    for (int i = 0; i < argc; i++) {
        struct nf_reply reply;
        char path[512];
        node_path(argv[i], "", path, sizeof(path));
        int code = nf_server_ask("PUT", path, body, &reply);
        if (code == NF_EXIT_OK && is_json) {
            (void) nf_table_print_json(reply.json);
        } else if (code == NF_EXIT_OK) {
            printf("%s %s\n",
                   json_string_value(json_object_get(reply.json, "mac")),
                   json_string_value(json_object_get(reply.json, "task")));
        }
        result = result == NF_EXIT_OK ? code : result;
        nf_server_end(&reply);
    }
    json_decref(body);
    return fflush(stdout) == 0 ? result : NF_EXIT_FAILED;
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
