/*
 * nf bind, unbind, bindings, pxe, unmatched: what lies between a machine and
 * its task.
 */

#include <stdio.h>
#include <string.h>

#include "command.h"
#include "list.h"
#include "names.h"
#include "option.h"
#include "say.h"
#include "server.h"
#include "show.h"
#include "terminal.h"

int
nf_command_unmatched(int argc, char **argv)
{
    static const struct nf_column columns[] = {
        /* clang-format off */
        { "MAC",    "mac",       NF_COLUMN_MAC, NF_KEEP },
        { "SERIAL", "sn",        NF_COLUMN_TEXT, NF_DROP_LAST },
        { "REASON", "reason",    NF_COLUMN_TEXT, NF_DROP_LAST },
        { "OTHER",  "other",     NF_COLUMN_TEXT, NF_DROP },
        { "TASK",   "task_id",   NF_COLUMN_TEXT, NF_DROP_LATE },
        { "SEEN",   "count",     NF_COLUMN_NUMBER, NF_DROP_FIRST },
        { "LAST",   "last_seen", NF_COLUMN_WHEN, NF_DROP_SOON },
        { 0 },
        /* clang-format on */
    };

    return nf_list_command("unmatched", argc, argv, "/api/v1/unmatched-reports",
                           columns);
}

int
nf_command_bindings(int argc, char **argv)
{
    static const struct nf_column columns[] = {
        /* clang-format off */
        { "MAC",       "mac",      NF_COLUMN_MAC, NF_KEEP },
        { "ADDRESS",   "ip",       NF_COLUMN_TEXT, NF_KEEP },
        { "NAME",      "hostname", NF_COLUMN_TEXT, NF_DROP_LATE },
        { "BOOT FILE", "bootfile", NF_COLUMN_TEXT, NF_DROP_FIRST },
        { 0 },
        /* clang-format on */
    };

    return nf_list_command("bindings", argc, argv,
                           "/api/v1/admin/dhcp/bindings", columns);
}

int
nf_command_leases(int argc, char **argv)
{
    static const struct nf_column columns[] = {
        /* clang-format off */
        { "ADDRESS", "ip",           NF_COLUMN_TEXT, NF_KEEP },
        { "MAC",     "mac",          NF_COLUMN_MAC,  NF_DROP_LAST },
        { "NAME",    "hostname",     NF_COLUMN_TEXT, NF_DROP_LATE },
        { "PXE",     "pxe",          NF_COLUMN_YES,  NF_DROP_SOON },
        { "EXPIRES", "expires_at",   NF_COLUMN_WHEN, NF_DROP_FIRST },
        { "CLASS",   "vendor_class", NF_COLUMN_TEXT, NF_WIDE },
        { "CARD",    "card",         NF_COLUMN_TEXT, NF_WIDE },
        { 0 },
        /* clang-format on */
    };

    return nf_list_command("leases", argc, argv, "/api/v1/admin/dhcp/leases",
                           columns);
}

int
nf_command_bind(int argc, char **argv)
{
    const char *hostname = NULL, *bootfile = NULL;
    const struct nf_option options[] = {NF_OPTION("--hostname", &hostname),
                                        NF_OPTION("--bootfile", &bootfile),
                                        {0}};
    struct nf_reply reply;

    if (!nf_options_take(&argc, argv, options) || argc != 2) {
        return nf_usage("bind");
    }
    json_t *body =
        json_pack("{s:s, s:s, s:s*, s:s*}", "mac", argv[0], "ip", argv[1],
                  "hostname", hostname, "bootfile", bootfile);
    int code =
        nf_server_ask("POST", "/api/v1/admin/dhcp/binding", body, &reply);
    json_decref(body);
    if (code == NF_EXIT_OK) {
        nf_table_say(reply.json, "mac", "ip");
    }
    nf_server_end(&reply);
    return nf_say_written() ? code : NF_EXIT_FAILED;
}

static int
print_file(struct nf_each *each, const char *mac)
{
    char path[NF_PATH_MAX_BYTES];
    struct nf_reply reply;

    (void) each;
    if (!nf_server_path(path, "/api/v1/admin/pxe/config/", mac, "")) {
        return NF_EXIT_FAILED;
    }
    int code = nf_server_ask("GET", path, NULL, &reply);
    const char *file = nf_table_text(reply.json, "config");
    bool is_done = code != NF_EXIT_OK || nf_terminal_put(file, strlen(file));
    nf_server_end(&reply);
    return is_done ? code : NF_EXIT_FAILED;
}

int
nf_command_unbind(int argc, char **argv)
{
    return nf_delete_command("unbind", argc, argv,
                             "/api/v1/admin/dhcp/binding/");
}

int
nf_command_pxe(int argc, char **argv)
{
    static const struct nf_column columns[] = {
        /* clang-format off */
        { "MAC",      "mac",         NF_COLUMN_MAC, NF_KEEP },
        { "FILE",     "path",        NF_COLUMN_TEXT, NF_KEEP },
        { "MODIFIED", "modified_at", NF_COLUMN_WHEN, NF_DROP_FIRST },
        { 0 },
        /* clang-format on */
    };

    if (argc > 0 && (argv[0][0] != '-' || argv[0][1] == '\0')) {
        return nf_each_run(&(struct nf_each){.run = print_file}, argc, argv);
    }
    return nf_list_command("pxe", argc, argv, "/api/v1/admin/pxe/configs",
                           columns);
}
