/*
 * nf bind, unbind, bindings, pxe, unmatched: what lies between a machine and
 * its task.
 */

#include <stdio.h>
#include <stdlib.h>

#include "command.h"
#include "option.h"
#include "server.h"
#include "table.h"

/* Lists of the API that are printed as they are. */
static int
list(int argc, char **argv, const char *path, const struct nf_column *columns)
{
    bool is_json = false;
    const struct nf_option options[] = {{"--json", NULL, &is_json}, {0}};
    struct nf_reply reply;

    if (!nf_options_take(&argc, argv, options) || argc != 0) {
        return NF_EXIT_USAGE;
    }
    int code = nf_server_ask("GET", path, NULL, &reply);
    if (code == NF_EXIT_OK) {
        bool is_done = is_json ? nf_table_print_json(reply.json)
                               : nf_table_print(reply.json, columns);
        code = is_done ? NF_EXIT_OK : NF_EXIT_FAILED;
    }
    nf_server_end(&reply);
    return code;
}

int
nf_command_unmatched(int argc, char **argv)
{
    static const struct nf_column columns[] = {
        /* clang-format off */
        { "MAC",    "mac",       NF_COLUMN_TEXT },
        { "SERIAL", "sn",        NF_COLUMN_TEXT },
        { "REASON", "reason",    NF_COLUMN_TEXT },
        { "OTHER",  "other",     NF_COLUMN_TEXT },
        { "TASK",   "task_id",   NF_COLUMN_TEXT },
        { "SEEN",   "count",     NF_COLUMN_NUMBER },
        { "LAST",   "last_seen", NF_COLUMN_WHEN },
        { 0 },
        /* clang-format on */
    };

    return list(argc, argv, "/api/v1/unmatched-reports", columns);
}

int
nf_command_bindings(int argc, char **argv)
{
    static const struct nf_column columns[] = {
        /* clang-format off */
        { "MAC",       "mac",      NF_COLUMN_TEXT },
        { "ADDRESS",   "ip",       NF_COLUMN_TEXT },
        { "NAME",      "hostname", NF_COLUMN_TEXT },
        { "BOOT FILE", "bootfile", NF_COLUMN_TEXT },
        { 0 },
        /* clang-format on */
    };

    return list(argc, argv, "/api/v1/admin/dhcp/bindings", columns);
}

int
nf_command_bind(int argc, char **argv)
{
    const char *hostname = NULL, *bootfile = NULL;
    const struct nf_option options[] = {
        {"--hostname", &hostname, NULL}, {"--bootfile", &bootfile, NULL}, {0}};
    struct nf_reply reply;

    if (!nf_options_take(&argc, argv, options) || argc != 2) {
        return NF_EXIT_USAGE;
    }
    json_t *body =
        json_pack("{s:s, s:s, s:s*, s:s*}", "mac", argv[0], "ip", argv[1],
                  "hostname", hostname, "bootfile", bootfile);
    int code =
        nf_server_ask("POST", "/api/v1/admin/dhcp/binding", body, &reply);
    json_decref(body);
    nf_server_end(&reply);
    return code;
}

static int
with_mac(const char *method, const char *route, const char *mac, bool is_shown)
{
    char *word = nf_server_escape(mac), path[512];
    struct nf_reply reply;

    snprintf(path, sizeof(path), "%s/%s", route, word);
    free(word);
    int code = nf_server_ask(method, path, NULL, &reply);
    if (code == NF_EXIT_OK && is_shown) {
        const char *file =
            json_string_value(json_object_get(reply.json, "config"));
        fputs(file != NULL ? file : "", stdout); /* its lines are ours */
    }
    nf_server_end(&reply);
    return code;
}

int
nf_command_unbind(int argc, char **argv)
{
    (void) argc;
    return with_mac("DELETE", "/api/v1/admin/dhcp/binding", argv[0], false);
}

int
nf_command_pxe(int argc, char **argv)
{
    static const struct nf_column columns[] = {
        /* clang-format off */
        { "MAC",      "mac",         NF_COLUMN_TEXT },
        { "FILE",     "path",        NF_COLUMN_TEXT },
        { "MODIFIED", "modified_at", NF_COLUMN_WHEN },
        { 0 },
        /* clang-format on */
    };

    if (argc == 1 && argv[0][0] != '-') {
        return with_mac("GET", "/api/v1/admin/pxe/config", argv[0], true);
    }
    return list(argc, argv, "/api/v1/admin/pxe/configs", columns);
}
