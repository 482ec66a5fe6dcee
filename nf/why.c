/*
 * nf why: what a node or task waits for, and the steps that led there.
 */

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/out.h"
#include "base/time.h"
#include "command.h"
#include "names.h"
#include "option.h"
#include "server.h"
#include "table.h"
#include "terminal.h"

static const struct nf_column step_columns[] = {
    /* clang-format off */
    { "STEP",     "step",       NF_COLUMN_TEXT,  NF_KEEP },
    { "STATUS",   "status",     NF_COLUMN_STATE, NF_KEEP },
    { "STARTED",  "started_at", NF_COLUMN_WHEN,  NF_DROP },
    { "TOOK",     "took",       NF_COLUMN_TEXT,  NF_DROP_SOON },
    { "ATTEMPTS", "attempts",   NF_COLUMN_SOME,  NF_DROP_FIRST },
    { "DEADLINE", "deadline",   NF_COLUMN_WHEN,  NF_DROP_LATE },
    { "WORDS",    "error",      NF_COLUMN_WORDS, NF_DROP_LAST },
    { 0 },
    /* clang-format on */
};

/* Milliseconds as a person reads them: "0.4 s", "5m30s". */
static void
put_duration(json_int_t ms, char *text, size_t size)
{
    struct nf_out out = nf_out(text, size - 1);

    if (ms < 60000) {
        snprintf(text, size, "%.1f s", (double) ms / 1000.0);
        return;
    }
    nf_out_duration(&out, ms);
    text[out.len] = '\0';
}

static void
add_durations(json_t *steps)
{
    char text[64];
    json_t *step;
    size_t i;

    json_array_foreach (steps, i, step) {
        const json_t *ms = json_object_get(step, "duration_ms");
        if (json_is_integer(ms)) {
            put_duration(json_integer_value(ms), text, sizeof(text));
            json_object_set_new(step, "took", json_string(text));
        }
    }
}

static bool
print_why(const json_t *answer)
{
    json_t *task = json_object_get(answer, "task");
    char sentence[2048], shown[2048];

    nf_cell_sentence(nf_table_text(answer, "now"), sentence, sizeof(sentence));
    nf_terminal_copy(shown, sizeof(shown), sentence);
    puts(shown);
    if (task == NULL) {
        return fflush(stdout) == 0;
    }
    json_t *steps = json_object_get(task, "steps");
    add_durations(steps);
    putchar('\n');
    return nf_table_print(steps, step_columns);
}

static int
ask_room(const char *room, const char *name, struct nf_reply *reply)
{
    char path[NF_PATH_MAX_BYTES];

    return nf_server_path(path, room, name, "/timeline")
               ? nf_server_try("GET", path, NULL, reply)
               : NF_EXIT_FAILED;
}

/* A task by its id; a node by MAC or serial number, else the task that waits
 * for a machine of that serial number. */
static int
ask(const char *name, struct nf_reply *reply)
{
    bool is_task = strncmp(name, "task-", 5) == 0;
    int code = NF_EXIT_FAILED;

    *reply = (struct nf_reply){0};
    if (!is_task) {
        code = ask_room("/api/v1/nodes/", name, reply);
    }
    if (is_task || reply->status == 404) {
        nf_server_end(reply);
        code = ask_room("/api/v1/tasks/", name, reply);
    }
    if (!is_task && reply->status == 404) {
        nf_log(NF_LOG_ERR, "no such node or task: %s", name);
    } else if (code == NF_EXIT_FAILED && reply->status != 0) {
        nf_server_tell(reply);
    }
    return code;
}

static int
explain(struct nf_each *each, const char *name)
{
    struct nf_reply reply;
    int code = ask(name, &reply);

    if (code == NF_EXIT_OK && each->is_json) {
        nf_each_show(each, reply.json);
    } else if (code == NF_EXIT_OK && !print_why(reply.json)) {
        code = NF_EXIT_FAILED;
    }
    nf_server_end(&reply);
    return code;
}

int
nf_command_why(int argc, char **argv)
{
    struct nf_each each = {.run = explain, .has_titles = true};
    const struct nf_option options[] = {NF_SWITCH("--json", &each.is_json),
                                        {0}};

    if (!nf_options_take(&argc, argv, options) || argc == 0) {
        return nf_usage("why");
    }
    return nf_each_run(&each, argc, argv);
}
