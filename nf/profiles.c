/*
 * nf profiles: what can be installed.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "command.h"
#include "list.h"
#include "option.h"
#include "say.h"
#include "server.h"
#include "show.h"

static const struct nf_column columns[] = {
    /* clang-format off */
    { "NAME",    "name",       NF_COLUMN_TEXT,  NF_KEEP },
    { "METHOD",  "method",     NF_COLUMN_TEXT,  NF_DROP_LAST },
    { "SYSTEM",  "os_type",    NF_COLUMN_TEXT,  NF_DROP_LATE },
    { "VERSION", "os_version", NF_COLUMN_TEXT,  NF_DROP_LATE },
    { "ORIGIN",  "origin",     NF_COLUMN_TEXT,  NF_DROP_FIRST },
    { "TITLE",   "title",      NF_COLUMN_WORDS, NF_DROP },
    { 0 },
    /* clang-format on */
};

int
nf_command_profiles_list(int argc, char **argv)
{
    return nf_list_command("profiles list", argc, argv,
                           "/api/v1/profiles?limit=500", columns);
}

int
nf_command_profiles_show(int argc, char **argv)
{
    return nf_show_one_command("profiles show", argc, argv, "/api/v1/profiles/",
                               "", nf_table_print_json);
}

/* NULL: said why. */
static json_t *
read_json(const char *name)
{
    bool is_stdin = strcmp(name, "-") == 0;
    FILE *file = is_stdin ? stdin : fopen(name, "re");
    json_error_t error;

    if (file == NULL) {
        nf_log(NF_LOG_ERR, "cannot open %s: %s", name, strerror(errno));
        return NULL;
    }
    json_t *body = json_loadf(file, JSON_REJECT_DUPLICATES, &error);
    if (!is_stdin) {
        fclose(file);
    }
    if (body == NULL) {
        nf_log(NF_LOG_ERR, "%s, line %d: %s", name, error.line, error.text);
    }
    return body;
}

static int
send(const char *method, const char *name, const json_t *body)
{
    char path[NF_PATH_MAX_BYTES];
    struct nf_reply reply;

    if (!nf_server_path(path, "/api/v1/profiles/", name, "")) {
        return NF_EXIT_FAILED;
    }
    int code = nf_server_ask(method, path, body, &reply);
    nf_server_end(&reply);
    return code;
}

int
nf_command_profiles_put(int argc, char **argv)
{
    const struct nf_option options[] = {{0}};

    if (!nf_options_take(&argc, argv, options) || argc != 2) {
        return nf_usage("profiles put");
    }
    json_t *body = read_json(argv[1]);
    nf_say_about(argv[0]);
    int code = body != NULL ? send("PUT", argv[0], body) : NF_EXIT_FAILED;
    json_decref(body);
    return code;
}

int
nf_command_profiles_delete(int argc, char **argv)
{
    return nf_delete_command("profiles delete", argc, argv,
                             "/api/v1/profiles/");
}
