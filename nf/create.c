/*
 * nf create: tasks, one by options or many by a file.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "cell.h"
#include "command.h"
#include "csv.h"
#include "input.h"
#include "names.h"
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
    bool wipes; /* --yes-wipe */
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
    bool is_dry;
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

/* Consent to wipe the nodes that the tasks name, each by its MAC. */
static void
add_consent(json_t *body)
{
    json_t *mac = json_object_get(body, "mac"), *task;
    size_t i;

    if (mac != NULL) {
        json_object_set(body, "consent", mac);
    }
    json_array_foreach (body, i, task) {
        add_consent(task);
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

static void
tell_created(const struct order *order, const json_t *task)
{
    const char *sn = nf_table_text(task, "sn");
    const char *profile = nf_table_text(task, "profile");
    char machine[64], safe[80];

    if (!order->is_dry) {
        nf_table_say(task, "task_id", "status");
        return;
    }
    nf_cell_mac(sn[0] != '\0' ? sn : nf_table_text(task, "mac"), machine,
                sizeof(machine));
    nf_terminal_copy(safe, sizeof(safe), profile);
    printf("would create a task for %s%s%s\n", machine,
           safe[0] != '\0' ? " with profile " : "", safe);
}

/* How many were refused. */
static size_t
print_results(const struct order *order, const json_t *results, bool is_json)
{
    size_t i, refused = 0;
    json_t *item;

    json_array_foreach (results, i, item) {
        const json_t *task = json_object_get(item, "task");
        if (task == NULL) {
            tell_refused(order, i, item);
            refused++;
        } else if (!is_json) {
            tell_created(order, task);
        }
    }
    return refused;
}

static int
send_one(const struct order *order, const json_t *body, bool is_json)
{
    struct nf_reply reply;
    int code = nf_server_ask("POST", "/api/v1/tasks", body, &reply);

    if (code == NF_EXIT_OK && is_json) {
        (void) nf_table_print_json(reply.json);
    } else if (code == NF_EXIT_OK) {
        tell_created(order, reply.json);
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
    size_t n = json_array_size(all),
           refused = print_results(order, all, is_json);
    if (is_json) {
        (void) nf_table_print_json(all);
    } else if (order->is_dry) {
        printf("would create %zu of %zu tasks\n", n - refused, n);
    } else if (n > 1) {
        nf_each_sum_up("created", n - refused, refused);
    }
    json_decref(all);
    return code == NF_EXIT_OK && refused > 0 ? NF_EXIT_FAILED : code;
}

static int
send_order(struct order *order, const struct words *w, json_t *said)
{
    int code = order->is_dry ? nf_server_dry() : NF_EXIT_OK;

    add_missing(order->body, said);
    if (w->wipes) {
        add_consent(order->body != NULL ? order->body : said);
    }
    if (code != NF_EXIT_OK) {
        return code;
    }
    return json_is_array(order->body)
               ? send_list(order, w->is_json)
               : send_one(order, order->body != NULL ? order->body : said,
                          w->is_json);
}

int
nf_command_create(int argc, char **argv)
{
    struct words w = {0};
    struct order order = {0};
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
        NF_SWITCH("--yes-wipe", &w.wipes),
        NF_SWITCH("--dry-run", &order.is_dry),
        {0},
    };

    if (!nf_options_take(&argc, argv, options) || argc != 0
        || (order.file != NULL) == (w.sn != NULL || w.mac != NULL)
        || (w.wipes && order.file == NULL && w.mac == NULL))
    {
        return nf_usage("create");
    }
    json_t *said = body_of(&w);
    if (order.file != NULL && !read_file(&order)) {
        json_decref(said);
        return NF_EXIT_FAILED;
    }
    w.is_json = w.is_json && !order.is_dry;
    int code = send_order(&order, &w, said);
    json_decref(said);
    json_decref(order.body);
    json_decref(order.lines);
    return nf_say_written() ? code : NF_EXIT_FAILED;
}
