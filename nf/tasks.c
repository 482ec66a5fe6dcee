/*
 * nf tasks, task, create, approve, reject, cancel, retry, forget.
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
    { "TASK",    "task_id",    NF_COLUMN_TEXT },
    { "STATUS",  "status",     NF_COLUMN_TEXT },
    { "DONE",    "percent",    NF_COLUMN_PERCENT },
    { "MAC",     "mac",        NF_COLUMN_TEXT },
    { "SERIAL",  "sn",         NF_COLUMN_TEXT },
    { "PROFILE", "profile",    NF_COLUMN_TEXT },
    { "UPDATED", "updated_at", NF_COLUMN_WHEN },
    { 0 },
    /* clang-format on */
};

static const struct nf_column task_columns[] = {
    /* clang-format off */
    { "task",       "task_id",              NF_COLUMN_TEXT },
    { "status",     "status",               NF_COLUMN_TEXT },
    { "done",       "percent",              NF_COLUMN_PERCENT },
    { "reason",     "reason",               NF_COLUMN_TEXT },
    { "mac",        "mac",                  NF_COLUMN_TEXT },
    { "serial",     "sn",                   NF_COLUMN_TEXT },
    { "profile",    "profile",              NF_COLUMN_TEXT },
    { "method",     "method",               NF_COLUMN_TEXT },
    { "system",     "os_type",              NF_COLUMN_TEXT },
    { "version",    "os_version",           NF_COLUMN_TEXT },
    { "boot file",  "bootfile",             NF_COLUMN_TEXT },
    { "created by", "created_by",           NF_COLUMN_TEXT },
    { "created",    "created_at",           NF_COLUMN_WHEN },
    { "approved by", "approval.approved_by", NF_COLUMN_TEXT },
    { "approved",   "approval.approved_at", NF_COLUMN_WHEN },
    { "rejected by", "approval.rejected_by", NF_COLUMN_TEXT },
    { "attempt",    "attempt",              NF_COLUMN_NUMBER },
    { 0 },
    /* clang-format on */
};

static const struct nf_column step_columns[] = {
    /* clang-format off */
    { "STEP",     "step",        NF_COLUMN_TEXT },
    { "STATUS",   "status",      NF_COLUMN_TEXT },
    { "ATTEMPTS", "attempts",    NF_COLUMN_NUMBER },
    { "STARTED",  "started_at",  NF_COLUMN_TEXT },
    { "ENDED",    "ended_at",    NF_COLUMN_TEXT },
    { "WORDS",    "error",       NF_COLUMN_TEXT },
    { 0 },
    /* clang-format on */
};

static int
print(const struct nf_reply *reply, bool is_json, bool is_list)
{
    bool is_done =
        is_json   ? nf_table_print_json(reply->json)
        : is_list ? nf_table_print(reply->json, list_columns)
                  : nf_table_print_one(reply->json, task_columns)
                        && nf_table_print(json_object_get(reply->json, "steps"),
                                          step_columns);

    return is_done ? NF_EXIT_OK : NF_EXIT_FAILED;
}

int
nf_command_tasks(int argc, char **argv)
{
    const char *status = NULL;
    bool is_json = false;
    const struct nf_option options[] = {
        {"--status", &status, NULL}, {"--json", NULL, &is_json}, {0}};
    struct nf_reply reply;
    char path[256];

    if (!nf_options_take(&argc, argv, options) || argc != 0) {
        return NF_EXIT_USAGE;
    }
    char *word = nf_server_escape(status != NULL ? status : "");
    snprintf(path, sizeof(path), "/api/v1/tasks%s%s",
             status != NULL ? "?status=" : "", word);
    free(word);
    int code = nf_server_ask("GET", path, NULL, &reply);
    if (code == NF_EXIT_OK) {
        code = print(&reply, is_json, true);
    }
    nf_server_end(&reply);
    return code;
}

/* The path of a task, by its id or its machine's serial number or MAC. */
static void
task_path(const char *name, const char *verb, char *path, size_t size)
{
    char *word = nf_server_escape(name);

    snprintf(path, size, "/api/v1/tasks/%s%s%s", word,
             verb[0] != '\0' ? "/" : "", verb);
    free(word);
}

int
nf_command_task(int argc, char **argv)
{
    bool is_json = false;
    const struct nf_option options[] = {{"--json", NULL, &is_json}, {0}};
    struct nf_reply reply;
    char path[512];

    if (!nf_options_take(&argc, argv, options) || argc != 1) {
        return NF_EXIT_USAGE;
    }
    task_path(argv[0], "", path, sizeof(path));
    int code = nf_server_ask("GET", path, NULL, &reply);
    if (code == NF_EXIT_OK) {
        code = print(&reply, is_json, false);
    }
    nf_server_end(&reply);
    return code;
}

/* One verb for each task that is named; the first failure is the result, the
 * others are tried all the same. */
static int
each(int argc, char **argv, const char *verb, const json_t *body, bool is_json)
{
    int result = NF_EXIT_OK;

    for (int i = 0; i < argc; i++) {
        struct nf_reply reply;
        char path[512];
        task_path(argv[i], verb, path, sizeof(path));
        int code = nf_server_ask("POST", path, body, &reply);
        if (code == NF_EXIT_OK && is_json) {
            (void) nf_table_print_json(reply.json);
        } else if (code == NF_EXIT_OK) {
            printf("%s %s\n",
                   json_string_value(json_object_get(reply.json, "task_id")),
                   json_string_value(json_object_get(reply.json, "status")));
        }
        result = result == NF_EXIT_OK ? code : result;
        nf_server_end(&reply);
    }
    return fflush(stdout) == 0 ? result : NF_EXIT_FAILED;
}

/* Ids of the tasks of this status, as a JSON list; NULL: said why. */
static json_t *
ids_of(const char *status, int *code)
{
    json_t *ids = json_array(), *task;
    struct nf_reply reply;
    char path[64];
    size_t i;

    snprintf(path, sizeof(path), "/api/v1/tasks?status=%s", status);
    *code = nf_server_ask("GET", path, NULL, &reply);
    json_array_foreach (reply.json, i, task) {
        json_array_append(ids, json_object_get(task, "task_id"));
    }
    nf_server_end(&reply);
    return ids;
}

static int
approve_all(void)
{
    int code, failed = 0;
    json_t *ids = ids_of("pending", &code), *item;
    struct nf_reply reply;
    size_t i;

    if (code != NF_EXIT_OK || json_array_size(ids) == 0) {
        json_decref(ids);
        if (code == NF_EXIT_OK) {
            puts("none");
        }
        return code;
    }
    json_t *body = json_pack("{s:o}", "task_ids", ids);
    code = nf_server_ask("POST", "/api/v1/tasks/approve", body, &reply);
    json_array_foreach (reply.json, i, item) {
        const char *error = json_string_value(json_object_get(item, "error"));
        const char *id = json_string_value(json_array_get(ids, i));
        printf("%s %s\n", id != NULL ? id : "", error ? error : "approved");
        failed += error != NULL;
    }
    json_decref(body);
    nf_server_end(&reply);
    return failed > 0 ? NF_EXIT_FAILED : code;
}

int
nf_command_approve(int argc, char **argv)
{
    bool is_all = false, is_json = false;
    const char *notes = NULL;
    const struct nf_option options[] = {{"--all", NULL, &is_all},
                                        {"--json", NULL, &is_json},
                                        {"--notes", &notes, NULL},
                                        {0}};

    if (!nf_options_take(&argc, argv, options) || (argc == 0) != is_all) {
        fputs("usage: nf approve [--notes TEXT] TASK... | --all\n", stderr);
        return NF_EXIT_USAGE;
    }
    if (is_all) {
        return approve_all();
    }
    json_t *body =
        notes != NULL ? json_pack("{s:s}", "notes", notes) : json_object();
    int code = each(argc, argv, "approve", body, is_json);
    json_decref(body);
    return code;
}

static int
with_reason(int argc, char **argv, const char *verb)
{
    const char *reason = NULL;
    bool is_json = false;
    const struct nf_option options[] = {
        {"--reason", &reason, NULL}, {"--json", NULL, &is_json}, {0}};

    if (!nf_options_take(&argc, argv, options) || argc == 0) {
        fprintf(stderr, "usage: nf %s [--reason TEXT] TASK...\n", verb);
        return NF_EXIT_USAGE;
    }
    json_t *body =
        reason != NULL ? json_pack("{s:s}", "reason", reason) : json_object();
    int code = each(argc, argv, verb, body, is_json);
    json_decref(body);
    return code;
}

int
nf_command_reject(int argc, char **argv)
{
    return with_reason(argc, argv, "reject");
}

int
nf_command_cancel(int argc, char **argv)
{
    return with_reason(argc, argv, "cancel");
}

int
nf_command_retry(int argc, char **argv)
{
    bool is_json = false;
    const struct nf_option options[] = {{"--json", NULL, &is_json}, {0}};

    if (!nf_options_take(&argc, argv, options) || argc == 0) {
        return NF_EXIT_USAGE;
    }
    json_t *body = json_object();
    int code = each(argc, argv, "retry", body, is_json);
    json_decref(body);
    return code;
}

int
nf_command_forget(int argc, char **argv)
{
    int result = NF_EXIT_OK;

    for (int i = 0; i < argc; i++) {
        struct nf_reply reply;
        char path[512];
        task_path(argv[i], "", path, sizeof(path));
        int code = nf_server_ask("DELETE", path, NULL, &reply);
        result = result == NF_EXIT_OK ? code : result;
        nf_server_end(&reply);
    }
    return result;
}
