/*
 * nf create: tasks, one by options or many by a file.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "command.h"
#include "csv.h"
#include "input.h"
#include "option.h"
#include "say.h"
#include "server.h"
#include "table.h"
#include "terminal.h"

/* Members that are words, by the option of each. */
struct words {
    const char *sn, *mac, *profile, *os_type, *os_version, *hostname, *bootfile,
        *notes;
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

/* --- a file of tasks
 * ---------------------------------------------------------
 */

enum {
    AT_ONCE = 200 /* the server takes 500, and so many bytes */
};

struct order {
    json_t *body;  /* one task, or a list */
    json_t *lines; /* where each stands in a file of lines; NULL: in JSON */
    const char *file;
};

/* JSON begins with a bracket; names of members do not. */
static bool
read_file(struct order *order)
{
    char *text, *at = nf_input_read(order->file, &text);
    json_error_t error;

    if (at == NULL) {
        return false;
    }
    order->file = nf_input_name(order->file);
    at += strspn(at, " \t\r\n");
    if (*at != '{' && *at != '[') {
        order->body = nf_csv_read(at, order->file, NULL, &order->lines);
    } else {
        order->body = json_loads(at, JSON_REJECT_DUPLICATES, &error);
        if (order->body == NULL) {
            nf_log(NF_LOG_ERR, "%s, line %d: %s", order->file, error.line,
                   error.text);
        }
    }
    free(text);
    return order->body != NULL;
}

/* What the command line says holds for those that say nothing of it. */
static void
add_missing(json_t *body, json_t *said)
{
    json_t *task;
    size_t i;

    if (json_is_object(body)) {
        (void) json_object_update_missing(body, said);
    }
    json_array_foreach (body, i, task) {
        if (json_is_object(task)) {
            (void) json_object_update_missing(task, said);
        }
    }
}

/* --- sent, and answered ------------------------------------------------------
 */

/* "rack.csv, line 7: profile: there is no such profile" */
static void
tell_refused(const struct order *order, size_t i, const json_t *item)
{
    json_t *line = json_array_get(order->lines, i);
    const char *field = nf_table_text(item, "field");
    char what[64], why[300];

    nf_terminal_copy(what, sizeof(what), field);
    nf_terminal_copy(why, sizeof(why), nf_table_text(item, "error"));
    nf_log(NF_LOG_ERR, "%s, %s %lld: %s%s%s", order->file,
           line != NULL ? "line" : "number",
           line != NULL ? (long long) json_integer_value(line)
                        : (long long) i + 1,
           what, what[0] != '\0' ? ": " : "", why);
}

/* True when some were refused. */
static bool
print_results(const struct order *order, const json_t *results, bool is_json)
{
    bool is_refused = false;
    json_t *item;
    size_t i;

    json_array_foreach (results, i, item) {
        const json_t *task = json_object_get(item, "task");
        if (task == NULL) {
            tell_refused(order, i, item);
            is_refused = true;
        } else if (!is_json) {
            nf_table_say(task, "task_id", "status");
        }
    }
    return is_refused;
}

static int
send_one(const json_t *body, bool is_json)
{
    struct nf_reply reply;
    int code = nf_server_ask("POST", "/api/v1/tasks", body, &reply);

    if (code == NF_EXIT_OK && is_json) {
        (void) nf_table_print_json(reply.json);
    } else if (code == NF_EXIT_OK) {
        nf_table_say(reply.json, "task_id", "status");
    }
    nf_server_end(&reply);
    return code;
}

/* Those from `first` on that go at once; their results are added to `all`. */
static int
send_some(const struct order *order, size_t first, json_t *all)
{
    json_t *some = json_array();
    struct nf_reply reply;

    for (size_t i = first; i < first + AT_ONCE; i++) {
        json_array_append(some, json_array_get(order->body, i));
    }
    int code = nf_server_ask("POST", "/api/v1/tasks", some, &reply);
    json_decref(some);
    if (code == NF_EXIT_OK) {
        json_array_extend(all, reply.json);
    } else if (first > 0) {
        nf_log(NF_LOG_ERR, "only the first %zu were sent", first);
    }
    nf_server_end(&reply);
    return code;
}

/* --- a dry run ---------------------------------------------------------------
 */

static bool
is_there(const char *before, const char *name, struct nf_reply *reply)
{
    char path[NF_PATH_MAX_BYTES];

    *reply = (struct nf_reply){.json = NULL};
    return nf_server_path(path, before, name, "")
           && nf_server_try("GET", path, NULL, reply) == NF_EXIT_OK;
}

static bool
is_over(const char *status)
{
    static const char *const all[] = {"completed", "rejected", "cancelled",
                                      "failed"};

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        if (strcmp(all[i], status) == 0) {
            return true;
        }
    }
    return false;
}

/* Why the server would refuse it, as far as can be seen from here. */
static const char *
find_fault(const json_t *task, json_t *profiles)
{
    const char *sn = nf_table_text(task, "sn"),
               *mac = nf_table_text(task, "mac");
    const char *profile = nf_table_text(task, "profile");
    struct nf_reply reply = {.json = NULL};
    bool is_busy = is_there("/api/v1/tasks/", sn[0] != '\0' ? sn : mac, &reply)
                   && !is_over(nf_table_text(reply.json, "status"));

    nf_server_end(&reply);
    if (profile[0] != '\0' && json_object_get(profiles, profile) == NULL) {
        bool is_known = is_there("/api/v1/profiles/", profile, &reply);
        nf_server_end(&reply);
        json_object_set_new(profiles, profile, json_boolean(is_known));
    }
    return is_busy ? "a task already waits for this machine"
           : json_is_false(json_object_get(profiles, profile))
               ? "there is no such profile"
               : NULL;
}

/* The exit status: what would be created, and what would not. */
static int
show_dry(const struct order *order, const json_t *list)
{
    json_t *profiles = json_object(), *task;
    size_t i, refused = 0;

    json_array_foreach ((json_t *) list, i, task) {
        const char *why = find_fault(task, profiles);
        if (why != NULL) {
            json_t *item = json_pack("{s:s}", "error", why);
            tell_refused(order, i, item);
            json_decref(item);
            refused++;
            continue;
        }
        printf(
            "would create a task for %s%s%s\n",
            nf_table_text(task, "sn")[0] != '\0' ? nf_table_text(task, "sn")
                                                 : nf_table_text(task, "mac"),
            nf_table_text(task, "profile")[0] != '\0' ? " with profile " : "",
            nf_table_text(task, "profile"));
    }
    printf("would create %zu of %zu tasks\n", json_array_size(list) - refused,
           json_array_size(list));
    json_decref(profiles);
    return refused > 0 ? NF_EXIT_FAILED : NF_EXIT_OK;
}

static int
run_dry(const struct order *order, json_t *said)
{
    json_t *body = order->body != NULL ? order->body : said;
    json_t *list =
        json_is_array(body) ? json_incref(body) : json_pack("[O]", body);
    struct order named = *order;

    named.file = order->file != NULL ? order->file : "the task";
    int code = show_dry(&named, list);
    json_decref(list);
    return code;
}

/* --- all of them -------------------------------------------------------------
 */

static int
send_list(const struct order *order, bool is_json)
{
    json_t *all = json_array();
    int code = NF_EXIT_OK;

    for (size_t i = 0; i < json_array_size(order->body) && code == NF_EXIT_OK;
         i += AT_ONCE)
    {
        code = send_some(order, i, all);
    }
    bool is_refused = print_results(order, all, is_json);
    if (is_json) {
        (void) nf_table_print_json(all);
    }
    json_decref(all);
    return code == NF_EXIT_OK && is_refused ? NF_EXIT_FAILED : code;
}

int
nf_command_create(int argc, char **argv)
{
    struct words w = {0};
    struct order order = {0};
    bool is_dry = false;
    const struct nf_option options[] = {
        NF_OPTION("--sn", &w.sn),
        NF_OPTION("--mac", &w.mac),
        NF_OPTION("--profile", &w.profile),
        NF_OPTION("--os", &w.os_type),
        NF_OPTION("--os-version", &w.os_version),
        NF_OPTION("--hostname", &w.hostname),
        NF_OPTION("--bootfile", &w.bootfile),
        NF_OPTION("--notes", &w.notes),
        NF_OPTION("--file", &order.file),
        NF_SWITCH("--json", &w.is_json),
        NF_SWITCH("--dry-run", &is_dry),
        {0},
    };

    if (!nf_options_take(&argc, argv, options) || argc != 0
        || (order.file != NULL) == (w.sn != NULL || w.mac != NULL))
    {
        return nf_usage("create");
    }
    json_t *said = body_of(&w);
    if (order.file != NULL && !read_file(&order)) {
        json_decref(said);
        return NF_EXIT_FAILED;
    }
    add_missing(order.body, said);
    int code =
        is_dry ? run_dry(&order, said)
        : json_is_array(order.body)
            ? send_list(&order, w.is_json)
            : send_one(order.body != NULL ? order.body : said, w.is_json);
    json_decref(said);
    json_decref(order.body);
    json_decref(order.lines);
    return nf_say_written() ? code : NF_EXIT_FAILED;
}
