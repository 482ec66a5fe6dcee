/*
 * nf create: tasks, one by options or many by a file.
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

/* Members that are words, by the option of each. */
struct words {
    const char *sn, *mac, *profile, *os_type, *os_version, *hostname, *bootfile,
        *notes, *file;
    bool is_json;
};

static json_t *
body_of(const struct words *w)
{
    const struct {
        const char *name, *value;
    } members[] = {
        {"sn", w->sn},
        {"mac", w->mac},
        {"profile", w->profile},
        {"os_type", w->os_type},
        {"os_version", w->os_version},
        {"hostname", w->hostname},
        {"bootfile", w->bootfile},
        {"notes", w->notes},
    };
    json_t *body = json_object();

    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        if (members[i].value != NULL) {
            json_object_set_new(body, members[i].name,
                                json_string(members[i].value));
        }
    }
    return body;
}

/* A list of tasks as the API takes it; NULL: said why. */
static json_t *
read_file(const char *path)
{
    bool is_stdin = strcmp(path, "-") == 0;
    FILE *file = is_stdin ? stdin : fopen(path, "re");
    json_error_t error;

    if (file == NULL) {
        nf_log(NF_LOG_ERR, "cannot open %s: %s", path, strerror(errno));
        return NULL;
    }
    json_t *body = json_loadf(file, JSON_REJECT_DUPLICATES, &error);
    if (!is_stdin) {
        fclose(file);
    }
    if (body == NULL) {
        nf_log(NF_LOG_ERR, "%s, line %d: %s", path, error.line, error.text);
    }
    return body;
}

static void
print_created(const json_t *task)
{
    const char *id = json_string_value(json_object_get(task, "task_id"));
    const char *status = json_string_value(json_object_get(task, "status"));

    printf("%s %s\n", id != NULL ? id : "", status != NULL ? status : "");
}

/* How many were refused, each with its words. */
static int
print_results(const json_t *results)
{
    const struct nf_column error = {"", "error", NF_COLUMN_TEXT};
    const struct nf_column reason = {"", "message", NF_COLUMN_TEXT};
    int refused = 0;
    json_t *item;
    size_t i;

    json_array_foreach (results, i, item) {
        const json_t *task = json_object_get(item, "task");
        if (task != NULL) {
            print_created(task);
            continue;
        }
        char what[200], why[300];
        nf_table_word(item, &error, what, sizeof(what));
        nf_table_word(item, &reason, why, sizeof(why));
        fprintf(stderr, "nf: number %zu: %s%s%s\n", i + 1, what,
                strcmp(what, why) != 0 ? ": " : "",
                strcmp(what, why) != 0 ? why : "");
        refused++;
    }
    return refused;
}

static int
send_tasks(const json_t *body, bool is_json)
{
    struct nf_reply reply;
    int code = nf_server_ask("POST", "/api/v1/tasks", body, &reply);

    if (code == NF_EXIT_OK && is_json) {
        (void) nf_table_print_json(reply.json);
    } else if (code == NF_EXIT_OK && json_is_array(reply.json)) {
        code = print_results(reply.json) > 0 ? NF_EXIT_FAILED : NF_EXIT_OK;
    } else if (code == NF_EXIT_OK) {
        print_created(reply.json);
    }
    nf_server_end(&reply);
    return fflush(stdout) == 0 ? code : NF_EXIT_FAILED;
}

int
nf_command_create(int argc, char **argv)
{
    struct words w = {0};
    const struct nf_option options[] = {
        {"--sn", &w.sn, NULL},
        {"--mac", &w.mac, NULL},
        {"--profile", &w.profile, NULL},
        {"--os", &w.os_type, NULL},
        {"--os-version", &w.os_version, NULL},
        {"--hostname", &w.hostname, NULL},
        {"--bootfile", &w.bootfile, NULL},
        {"--notes", &w.notes, NULL},
        {"--file", &w.file, NULL},
        {"--json", NULL, &w.is_json},
        {0},
    };

    if (!nf_options_take(&argc, argv, options) || argc != 0
        || (w.file == NULL && w.sn == NULL && w.mac == NULL))
    {
        fputs("usage: nf create --sn SERIAL | --mac MAC | --file FILE "
              "[--profile NAME] ...\n",
              stderr);
        return NF_EXIT_USAGE;
    }
    json_t *body = w.file != NULL ? read_file(w.file) : body_of(&w);
    if (body == NULL) {
        return NF_EXIT_FAILED;
    }
    int code = send_tasks(body, w.is_json);
    json_decref(body);
    return code;
}
