/*
 * nf profiles: what can be installed.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "command.h"
#include "option.h"
#include "server.h"
#include "table.h"

static const struct nf_column columns[] = {
    /* clang-format off */
    { "NAME",    "name",       NF_COLUMN_TEXT },
    { "METHOD",  "method",     NF_COLUMN_TEXT },
    { "SYSTEM",  "os_type",    NF_COLUMN_TEXT },
    { "VERSION", "os_version", NF_COLUMN_TEXT },
    { "ORIGIN",  "origin",     NF_COLUMN_TEXT },
    { "TITLE",   "title",      NF_COLUMN_TEXT },
    { 0 },
    /* clang-format on */
};

static void
profile_path(const char *name, char *path, size_t size)
{
    char *word = nf_server_escape(name);

    snprintf(path, size, "/api/v1/profiles/%s", word);
    free(word);
}

int
nf_command_profiles_list(int argc, char **argv)
{
    bool is_json = false;
    const struct nf_option options[] = {{"--json", NULL, &is_json}, {0}};
    struct nf_reply reply;

    if (!nf_options_take(&argc, argv, options) || argc != 0) {
        return NF_EXIT_USAGE;
    }
    int code = nf_server_ask("GET", "/api/v1/profiles", NULL, &reply);
    if (code == NF_EXIT_OK) {
        bool is_done = is_json ? nf_table_print_json(reply.json)
                               : nf_table_print(reply.json, columns);
        code = is_done ? NF_EXIT_OK : NF_EXIT_FAILED;
    }
    nf_server_end(&reply);
    return code;
}

int
nf_command_profiles_show(int argc, char **argv)
{
    struct nf_reply reply;
    char path[512];

    (void) argc;
    profile_path(argv[0], path, sizeof(path));
    int code = nf_server_ask("GET", path, NULL, &reply);
    if (code == NF_EXIT_OK && !nf_table_print_json(reply.json)) {
        code = NF_EXIT_FAILED;
    }
    nf_server_end(&reply);
    return code;
}

int
nf_command_profiles_put(int argc, char **argv)
{
    bool is_stdin = strcmp(argv[1], "-") == 0;
    FILE *file = is_stdin ? stdin : fopen(argv[1], "re");
    struct nf_reply reply;
    json_error_t error;
    char path[512];

    (void) argc;
    if (file == NULL) {
        nf_log(NF_LOG_ERR, "cannot open %s: %s", argv[1], strerror(errno));
        return NF_EXIT_FAILED;
    }
    json_t *body = json_loadf(file, JSON_REJECT_DUPLICATES, &error);
    if (!is_stdin) {
        fclose(file);
    }
    if (body == NULL) {
        nf_log(NF_LOG_ERR, "%s, line %d: %s", argv[1], error.line, error.text);
        return NF_EXIT_FAILED;
    }
    profile_path(argv[0], path, sizeof(path));
    int code = nf_server_ask("PUT", path, body, &reply);
    json_decref(body);
    nf_server_end(&reply);
    return code;
}

int
nf_command_profiles_delete(int argc, char **argv)
{
    struct nf_reply reply;
    char path[512];

    (void) argc;
    profile_path(argv[0], path, sizeof(path));
    int code = nf_server_ask("DELETE", path, NULL, &reply);
    nf_server_end(&reply);
    return code;
}
