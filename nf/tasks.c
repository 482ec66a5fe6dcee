/*
 * nf tasks, task, create, approve, reject, cancel, retry, forget.
 */

#include <stdio.h>
#include <string.h>

#include "base/log.h"
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
    { "TASK",    "task_id",    NF_COLUMN_TEXT,    NF_KEEP },
    { "STATUS",  "status",     NF_COLUMN_STATE,   NF_DROP_LAST },
    { "DONE",    "percent",    NF_COLUMN_PERCENT, NF_DROP_SOON },
    { "MAC",     "mac",        NF_COLUMN_MAC,     NF_DROP_LATE },
    { "SERIAL",  "sn",         NF_COLUMN_TEXT,    NF_DROP },
    { "NAME",    "hostname",   NF_COLUMN_TEXT,    NF_DROP_LATE },
    { "PROFILE", "profile",    NF_COLUMN_TEXT,    NF_DROP_SOON },
    { "UPDATED", "updated_at", NF_COLUMN_WHEN,    NF_DROP_FIRST },
    { "REASON",  "problem",    NF_COLUMN_WORDS,   NF_DROP },
    { "CREATED", "created_at", NF_COLUMN_WHEN,    NF_WIDE },
    { "BY",      "created_by", NF_COLUMN_TEXT,    NF_WIDE },
    { "METHOD",  "method",     NF_COLUMN_TEXT,    NF_WIDE },
    { "ATTEMPT", "attempt",    NF_COLUMN_NUMBER,  NF_WIDE },
    { 0 },
    /* clang-format on */
};

static const struct nf_column task_columns[] = {
    /* clang-format off */
    { "task",       "task_id",              NF_COLUMN_TEXT, NF_KEEP },
    { "status",     "status",               NF_COLUMN_STATE, NF_KEEP },
    { "done",       "percent",              NF_COLUMN_PERCENT, NF_KEEP },
    { "reason",     "reason",               NF_COLUMN_TEXT, NF_KEEP },
    { "mac",        "mac",                  NF_COLUMN_MAC, NF_KEEP },
    { "serial",     "sn",                   NF_COLUMN_TEXT, NF_KEEP },
    { "profile",    "profile",              NF_COLUMN_TEXT, NF_KEEP },
    { "method",     "method",               NF_COLUMN_TEXT, NF_KEEP },
    { "system",     "os_type",              NF_COLUMN_TEXT, NF_KEEP },
    { "version",    "os_version",           NF_COLUMN_TEXT, NF_KEEP },
    { "boot file",  "bootfile",             NF_COLUMN_TEXT, NF_KEEP },
    { "created by", "created_by",           NF_COLUMN_TEXT, NF_KEEP },
    { "created",    "created_at",           NF_COLUMN_WHEN, NF_KEEP },
    { "approved by", "approval.approved_by", NF_COLUMN_TEXT, NF_KEEP },
    { "approved",   "approval.approved_at", NF_COLUMN_WHEN, NF_KEEP },
    { "rejected by", "approval.rejected_by", NF_COLUMN_TEXT, NF_KEEP },
    { "attempt",    "attempt",              NF_COLUMN_NUMBER, NF_KEEP },
    { 0 },
    /* clang-format on */
};

static const struct nf_column step_columns[] = {
    /* clang-format off */
    { "STEP",     "step",        NF_COLUMN_TEXT,  NF_KEEP },
    { "STATUS",   "status",      NF_COLUMN_STATE, NF_KEEP },
    { "ATTEMPTS", "attempts",    NF_COLUMN_SOME,  NF_DROP_FIRST },
    { "STARTED",  "started_at",  NF_COLUMN_WHEN,  NF_DROP_SOON },
    { "ENDED",    "ended_at",    NF_COLUMN_WHEN,  NF_DROP_SOON },
    { "WORDS",    "error",       NF_COLUMN_WORDS, NF_DROP_LAST },
    { 0 },
    /* clang-format on */
};

int
nf_command_tasks(int argc, char **argv)
{
    const char *status = NULL, *label = NULL;
    char path[NF_PATH_MAX_BYTES] = "/api/v1/tasks?limit=200";
    struct nf_list list = {.path = path, .columns = list_columns};
    const struct nf_option options[] = {NF_OPTION("--status", &status),
                                        NF_OPTION("--label", &label),
                                        NF_OPTION("-l", &label),
                                        {0}};

    if (!nf_list_take(&list, &argc, argv, options) || argc != 0) {
        return nf_usage("tasks");
    }
    return nf_server_query(path, "status", status)
                   && nf_server_query(path, "label", label)
               ? nf_list_show(&list)
               : NF_EXIT_FAILED;
}

static bool
print_task(const json_t *task)
{
    if (!nf_table_print_one(task, task_columns)) {
        return false;
    }
    putchar('\n');
    return nf_table_print(json_object_get(task, "steps"), step_columns);
}

int
nf_command_task(int argc, char **argv)
{
    return nf_show_one_command("task", argc, argv, "/api/v1/tasks/", "",
                               print_task);
}

/* --- what is done to tasks ---------------------------------------------------
 */

struct verb {
    const char *method, *behind;
    const json_t *body;
    bool is_json, is_forced;
    const char *done; /* what it makes of a task */
    struct nf_consent consent;
};

static int
do_each(int argc, char **argv, const struct verb *verb)
{
    return nf_ask_each(&(struct nf_asking){.method = verb->method,
                                           .before = "/api/v1/tasks/",
                                           .behind = verb->behind,
                                           .body = verb->body,
                                           .one = "task_id",
                                           .other = "status",
                                           .done = verb->done,
                                           .is_json = verb->is_json,
                                           .consent = &verb->consent},
                       argc, argv);
}

struct approving {
    const struct nf_consent *consent;
    json_t *results; /* of all pages */
    size_t failed;
    bool is_json, when_it_boots, is_forced;
    int result;
};

static json_t *
ids_of(const json_t *page)
{
    json_t *ids = json_array(), *task;
    size_t i;

    json_array_foreach (page, i, task) {
        json_array_append(ids, json_object_get(task, "task_id"));
    }
    return ids;
}

/* One that was refused is told by its id, and does not keep the others. */
static void
print_approved(struct approving *a, const json_t *ids, const json_t *results)
{
    json_t *item;
    size_t i;

    json_array_foreach (results, i, item) {
        const json_t *task = json_object_get(item, "task");
        if (task != NULL
            && !nf_consent_would(a->consent, nf_table_text(task, "task_id"))
            && !a->is_json)
        {
            nf_table_say(task, "task_id", "status");
        } else if (task == NULL) {
            const char *id = json_string_value(json_array_get(ids, i));
            nf_server_tell_item(id != NULL ? id : "", item);
            a->failed++;
            a->result = NF_EXIT_FAILED;
        }
    }
    (void) json_array_extend(a->results, (json_t *) results);
}

static bool
approve_page(const json_t *page, void *of)
{
    struct approving *a = of;
    struct nf_reply reply;

    if (json_array_size(page) == 0) {
        return true;
    }
    json_t *ids = ids_of(page);
    json_t *body = json_pack("{s:O}", "task_ids", ids);
    if (a->when_it_boots) {
        json_object_set_new(body, "when_it_boots", json_true());
    }
    if (a->is_forced) {
        json_object_set_new(body, "force", json_true());
    }
    int code = nf_server_ask("POST", "/api/v1/tasks/approve", body, &reply);
    if (code == NF_EXIT_OK) {
        print_approved(a, ids, reply.json);
    } else {
        a->result = code;
    }
    json_decref(body);
    json_decref(ids);
    nf_server_end(&reply);
    return code == NF_EXIT_OK;
}

/* Those of a page at a time: more the server does not take at once. */
static int
approve_all(const struct verb *verb, bool when_it_boots)
{
    static const char path[] = "/api/v1/tasks?status=pending&limit=500";
    struct approving a = {.consent = &verb->consent,
                          .is_json = verb->is_json && !verb->consent.is_dry,
                          .when_it_boots = when_it_boots,
                          .is_forced = verb->is_forced};
    int code = nf_consent_list(&verb->consent, path);

    if (code != NF_CONSENT_GIVEN) {
        return code;
    }
    a.results = json_array();
    code = nf_server_pages(path, approve_page, &a);
    if (a.is_json) {
        (void) nf_table_print_json(a.results);
    } else if (code == NF_EXIT_OK && json_array_size(a.results) == 0) {
        puts("none");
    }
    (void) nf_say_written();
    if (json_array_size(a.results) > 1 && !verb->consent.is_dry) {
        nf_each_sum_up("approved", json_array_size(a.results) - a.failed,
                       a.failed);
    }
    json_decref(a.results);
    code = code != NF_EXIT_OK ? code : a.result;
    return nf_say_written() ? code : NF_EXIT_FAILED;
}

static int
act_by_label(const struct verb *verb, const char *label, bool when_it_boots)
{
    struct nf_consent of_nodes = verb->consent;

    of_nodes.kind = "node";
    return nf_label_act(
        &(struct nf_label_action){.selector = label,
                                  .action = verb->consent.verb,
                                  .is_json = verb->is_json,
                                  .when_it_boots = when_it_boots,
                                  .is_forced = verb->is_forced,
                                  .consent = &of_nodes});
}

/* With a body of at most one text. */
static int
do_with_text(int argc, char **argv, struct verb *verb, const char *name,
             const char *text, bool when_it_boots)
{
    json_t *body = json_pack("{s:s*}", name, text);

    if (when_it_boots) {
        json_object_set_new(body, "when_it_boots", json_true());
    }
    if (verb->is_forced) {
        json_object_set_new(body, "force", json_true());
    }
    verb->body = body;
    int code = do_each(argc, argv, verb);
    json_decref(body);
    return code;
}

int
nf_command_approve(int argc, char **argv)
{
    bool is_all = false, when_it_boots = false;
    const char *notes = NULL, *label = NULL;
    struct verb verb = {.method = "POST",
                        .behind = "/approve",
                        .done = "approved",
                        .consent = {.verb = "approve", .kind = "task"}};
    const struct nf_option options[] = {
        NF_SWITCH("--all", &is_all),
        NF_OPTION("--label", &label),
        NF_OPTION("-l", &label),
        NF_SWITCH("--json", &verb.is_json),
        NF_OPTION("--notes", &notes),
        NF_SWITCH("--when-it-boots", &when_it_boots),
        NF_SWITCH("--force", &verb.is_forced),
        NF_DRY_RUN(&verb.consent),
        {0}};

    if (!nf_options_take(&argc, argv, options)
        || (argc > 0) + is_all + (label != NULL) != 1
        || (argc == 0 && notes != NULL))
    {
        return nf_usage("approve");
    }
    if (label != NULL) {
        return act_by_label(&verb, label, when_it_boots);
    }
    return is_all
               ? approve_all(&verb, when_it_boots)
               : do_with_text(argc, argv, &verb, "notes", notes, when_it_boots);
}

int
nf_command_reject(int argc, char **argv)
{
    const char *reason = NULL, *label = NULL;
    struct verb verb = {.method = "POST",
                        .behind = "/reject",
                        .done = "rejected",
                        .consent = {.verb = "reject", .kind = "task"}};
    const struct nf_option options[] = {
        NF_SWITCH("--json", &verb.is_json), NF_OPTION("--reason", &reason),
        NF_OPTION("--label", &label),       NF_OPTION("-l", &label),
        NF_DRY_RUN(&verb.consent),          {0}};

    if (!nf_options_take(&argc, argv, options) || (argc == 0) != (label != NULL)
        || (argc == 0 && reason != NULL))
    {
        return nf_usage("reject");
    }
    return label != NULL
               ? act_by_label(&verb, label, false)
               : do_with_text(argc, argv, &verb, "reason", reason, false);
}

int
nf_command_cancel(int argc, char **argv)
{
    const char *reason = NULL, *label = NULL;
    struct verb verb = {.method = "POST",
                        .behind = "/cancel",
                        .done = "cancelled",
                        .consent = {.verb = "cancel", .kind = "task"}};
    const struct nf_option options[] = {
        NF_SWITCH("--json", &verb.is_json), NF_OPTION("--reason", &reason),
        NF_OPTION("--label", &label),       NF_OPTION("-l", &label),
        NF_DRY_RUN(&verb.consent),          {0}};

    if (!nf_options_take(&argc, argv, options) || (argc == 0) != (label != NULL)
        || (argc == 0 && reason != NULL))
    {
        return nf_usage("cancel");
    }
    return label != NULL
               ? act_by_label(&verb, label, false)
               : do_with_text(argc, argv, &verb, "reason", reason, false);
}

int
nf_command_retry(int argc, char **argv)
{
    bool refresh = false;
    const char *label = NULL;
    struct verb verb = {
        .method = "POST",
        .behind = "/retry",
        .done = "started over",
        .consent = {.verb = "retry", .kind = "task", .wipes = true}};
    const struct nf_option options[] = {NF_SWITCH("--json", &verb.is_json),
                                        NF_SWITCH("--refresh", &refresh),
                                        NF_OPTION("--label", &label),
                                        NF_OPTION("-l", &label),
                                        NF_SWITCH("--force", &verb.is_forced),
                                        NF_CONSENT(&verb.consent),
                                        {0}};

    if (!nf_options_take(&argc, argv, options) || (argc == 0) != (label != NULL)
        || (argc == 0 && refresh))
    {
        return nf_usage("retry");
    }
    if (label != NULL) {
        return act_by_label(&verb, label, false);
    }
    json_t *body = refresh ? json_pack("{s:b}", "refresh", 1) : json_object();
    if (verb.is_forced) {
        json_object_set_new(body, "force", json_true());
    }
    verb.body = body;
    int code = do_each(argc, argv, &verb);
    json_decref(body);
    return code;
}

int
nf_command_forget(int argc, char **argv)
{
    struct verb verb = {.method = "DELETE",
                        .behind = "",
                        .done = "removed",
                        .consent = {.verb = "forget", .kind = "task"}};
    const struct nf_option options[] = {NF_DRY_RUN(&verb.consent), {0}};

    if (!nf_options_take(&argc, argv, options) || argc == 0) {
        return nf_usage("forget");
    }
    return do_each(argc, argv, &verb);
}
