/*
 * nf watch: tasks as they go, until all that were named are over.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "command.h"
#include "names.h"
#include "option.h"
#include "say.h"
#include "server.h"
#include "table.h"
#include "terminal.h"

enum {
    TASKS_MAX = 512,
    BAR = 24,
    BAR_MIN = 6,
    WORDS = 72, /* columns of a line that its words like to have */
    WORD = 128,
    LINE = 512
};

#define FAILED_SHOWN "20"

struct shown {
    char id[24], name[64], status[16], step[32], message[WORD];
    char since[24], until[24]; /* of the step that runs */
    int percent;
    bool is_named;   /* by the caller: the end waits for it */
    bool is_changed; /* and not told yet */
};

struct watch {
    struct shown tasks[TASKS_MAX];
    size_t n;
    size_t drawn; /* lines on the terminal that are ours */
    bool is_live; /* a terminal that can be drawn on again */
    bool is_named;
    bool is_json;
};

static bool
is_over(const char *status)
{
    static const char *const over[] = {"completed", "rejected", "cancelled",
                                       "failed"};

    for (size_t i = 0; i < sizeof(over) / sizeof(over[0]); i++) {
        if (strcmp(status, over[i]) == 0) {
            return true;
        }
    }
    return false;
}

static struct shown *
find(struct watch *w, const char *id)
{
    for (size_t i = 0; i < w->n; i++) {
        if (strcmp(w->tasks[i].id, id) == 0) {
            return &w->tasks[i];
        }
    }
    return NULL;
}

/* The step that runs, or the last one that ended; NULL: none has begun. */
static const json_t *
step_of(const json_t *task)
{
    const json_t *found = NULL;
    json_t *step;
    size_t i;

    json_array_foreach (json_object_get(task, "steps"), i, step) {
        const char *status = nf_table_text(step, "status");
        if (strcmp(status, "waiting") != 0 && strcmp(status, "skipped") != 0) {
            found = step;
        }
    }
    return found;
}

/* A place for one more: that of a task that is over when there is no other. */
static struct shown *
add(struct watch *w, const char *id)
{
    struct shown *t = NULL;

    if (w->n < TASKS_MAX) {
        t = &w->tasks[w->n++];
    }
    for (size_t i = 0; i < w->n && t == NULL; i++) {
        t = is_over(w->tasks[i].status) && !w->tasks[i].is_named ? &w->tasks[i]
                                                                 : NULL;
    }
    if (t != NULL) {
        *t = (struct shown){.is_changed = true};
        nf_terminal_copy(t->id, sizeof(t->id), id);
    }
    return t;
}

static void
set(struct shown *t, char *to, size_t size, const char *from)
{
    char text[WORD];

    nf_terminal_copy(text, size < WORD ? size : WORD, from);
    t->is_changed |= strcmp(to, text) != 0;
    memcpy(to, text, strlen(text) + 1);
}

static void
set_percent(struct shown *t, const json_t *percent)
{
    int now = (int) json_integer_value(percent);

    t->is_changed |= t->percent != now;
    t->percent = now;
}

/* Take over what the task says now; NULL: it is not watched. */
static struct shown *
take_task(struct watch *w, const json_t *task, bool is_new_shown)
{
    const char *id = nf_table_text(task, "task_id");
    const char *mac = nf_table_text(task, "mac");
    struct shown *t = find(w, id);

    if (t == NULL && is_new_shown && id[0] != '\0') {
        t = add(w, id);
    }
    if (t != NULL) {
        const json_t *running = step_of(task);
        const char *reason = nf_table_text(task, "problem");
        const char *step = nf_table_text(running, "step");
        char time[24];
        reason = reason[0] != '\0' ? reason : nf_table_text(task, "reason");
        reason = reason[0] != '\0' ? reason : nf_table_text(running, "error");
        bool is_next = strcmp(t->step, step) != 0 || reason[0] != '\0';
        set(t, t->name, sizeof(t->name),
            mac[0] != '\0' ? mac : nf_table_text(task, "sn"));
        nf_cell_when(nf_table_text(running, "started_at"), NF_CELL_LONG, time,
                     sizeof(time));
        set(t, t->since, sizeof(t->since), time);
        nf_cell_when(nf_table_text(running, "deadline"), NF_CELL_LONG, time,
                     sizeof(time));
        set(t, t->until, sizeof(t->until),
            is_over(nf_table_text(task, "status")) ? "" : time);
        set(t, t->status, sizeof(t->status), nf_table_text(task, "status"));
        set_percent(t, json_object_get(task, "percent"));
        if (is_next) {
            set(t, t->step, sizeof(t->step), step);
            set(t, t->message, sizeof(t->message), reason);
        }
    }
    return t;
}

/* What the machine itself says of its step. */
static void
set_words(struct shown *t, const json_t *progress)
{
    const char *message = nf_table_text(progress, "message");
    char text[WORD];

    snprintf(text, sizeof(text), "%s%s%s", nf_table_text(progress, "step"),
             message[0] != '\0' ? ": " : "", message);
    set(t, t->message, sizeof(t->message), text);
}

static void
take_progress(struct watch *w, const json_t *progress)
{
    struct shown *t = find(w, nf_table_text(progress, "task_id"));

    if (t != NULL) {
        set_percent(t, json_object_get(progress, "task_percent"));
        set_words(t, progress);
    }
}

/* --- shown -------------------------------------------------------------------
 */

static void
draw_one(const struct shown *t, int columns)
{
    char bar[BAR + 1] = "", line[LINE];
    int wide = columns - WORDS;
    wide = wide < BAR_MIN ? BAR_MIN : wide > BAR ? BAR : wide;
    int full = t->percent * wide / 100;

    memset(bar, '-', (size_t) wide);
    memset(bar, '#', (size_t) (full < 0 ? 0 : full > wide ? wide : full));
    snprintf(line, sizeof(line), "%s  %-17s [%s] %3d %%  %-10s %s%s%s%s%s%s%s",
             t->id, t->name, bar, t->percent, t->status, t->step,
             t->message[0] != '\0' ? "  " : "", t->message,
             t->since[0] != '\0' ? "  since " : "", t->since,
             t->until[0] != '\0' ? ", until " : "", t->until);
    nf_terminal_fit(line, columns);
    printf("\r\033[K%s\n", line);
}

/* Lines that there is room for: those that go on, then those that are over.
 * The cursor stays below them and visible, so that there is nothing to set
 * right for whoever ends us. */
static void
draw(struct watch *w)
{
    int columns = nf_terminal_columns() - 1;
    size_t room =
        (size_t) (nf_terminal_rows() > 3 ? nf_terminal_rows() - 2 : 1);
    size_t n = 0;

    if (w->drawn > 0) {
        printf("\033[%zuA", w->drawn);
    }
    for (int over = 0; over < 2; over++) {
        for (size_t i = 0; i < w->n && n < room; i++) {
            if (is_over(w->tasks[i].status) == (over == 1)) {
                draw_one(&w->tasks[i], columns > 0 ? columns : 80);
                n++;
            }
        }
    }
    if (w->n > n) {
        printf("\r\033[Kand %zu more\n", w->n - n);
    }
    w->drawn = n + (w->n > n);
    fflush(stdout);
}

static void
say_json(const struct shown *t)
{
    json_t *line = json_pack(
        "{s:s, s:s, s:s, s:i, s:s, s:s, s:s, s:s}", "task_id", t->id, "name",
        t->name, "status", t->status, "percent", t->percent, "step", t->step,
        "message", t->message, "since", t->since, "until", t->until);

    (void) json_dumpf(line, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(line);
}

static void
say(const struct shown *t)
{
    printf("%s %s %d %% %s %s%s%s%s%s%s%s\n", t->id, t->name, t->percent,
           t->status, t->step, t->since[0] != '\0' ? " since " : "", t->since,
           t->until[0] != '\0' ? ", until " : "", t->until,
           t->message[0] != '\0' ? " - " : "", t->message);
}

/* What is news: as a new picture, or as a line each. */
static void
show(struct watch *w)
{
    bool is_changed = false;

    for (size_t i = 0; i < w->n; i++) {
        struct shown *t = &w->tasks[i];
        if (t->is_changed && !w->is_live) {
            (w->is_json ? say_json : say)(t);
        }
        is_changed |= t->is_changed;
        t->is_changed = false;
    }
    if (is_changed && w->is_live) {
        draw(w);
    }
    fflush(stdout);
}

/* All that were named are over; without names there is no end. */
static bool
is_done(const struct watch *w)
{
    for (size_t i = 0; i < w->n; i++) {
        if (w->tasks[i].is_named && !is_over(w->tasks[i].status)) {
            return false;
        }
    }
    return w->is_named;
}

/* Each line is its own news; a picture waits for what else has come. */
static bool
take_event(const json_t *event, void *of)
{
    struct watch *w = of;
    const json_t *task = json_object_get(event, "task");
    const json_t *progress = json_object_get(event, "progress");

    if (task != NULL) {
        (void) take_task(w, task, !w->is_named);
    } else if (progress != NULL) {
        take_progress(w, progress);
    }
    if (!w->is_live) {
        show(w);
    }
    return !is_done(w) && ferror(stdout) == 0;
}

static void
settle(void *of)
{
    show(of);
}

static void
tell_lost(void *of)
{
    struct watch *w = of;

    nf_log(NF_LOG_WARNING, "the server does not answer; retrying");
    w->drawn = 0; /* below that */
}

/* Where the log ends now: what comes after it is news. */
static int
find_end(uint64_t *seq)
{
    static const char name[] = "\nnodefoundry_events_total ";
    struct nf_reply reply;
    int code = nf_server_text("/metrics", &reply);
    const char *at = strstr(reply.text, name);

    *seq = at != NULL ? strtoull(at + sizeof(name) - 1, NULL, 10) : 0;
    nf_server_end(&reply);
    return code;
}

static int
load_one(struct watch *w, const char *name)
{
    char path[NF_PATH_MAX_BYTES];
    struct nf_reply reply;

    if (!nf_server_path(path, "/api/v1/tasks/", name, "")) {
        return NF_EXIT_FAILED;
    }
    int code = nf_server_ask("GET", path, NULL, &reply);
    if (code == NF_EXIT_OK) {
        struct shown *t = take_task(w, reply.json, true);
        if (t == NULL) {
            nf_log(NF_LOG_ERR, "at most %d tasks can be watched", TASKS_MAX);
            code = NF_EXIT_FAILED;
        } else {
            const json_t *said = json_object_get(reply.json, "progress");
            size_t n = json_array_size(said);
            t->is_named = true;
            if (n > 0 && strcmp(t->status, "installing") == 0) {
                set_words(t, json_array_get(said, n - 1));
            }
        }
    }
    nf_server_end(&reply);
    return code;
}

static bool
take_page(const json_t *page, void *of)
{
    struct watch *w = of;
    json_t *task;
    size_t i;

    json_array_foreach (page, i, task) {
        if (take_task(w, task, true) == NULL) {
            nf_log(NF_LOG_WARNING, "more than %d tasks: not all are shown",
                   TASKS_MAX);
            return false;
        }
    }
    return true;
}

/* The newest of those that failed before the watch began. */
static int
load_failed(struct watch *w)
{
    struct nf_reply reply;
    int code = nf_server_ask(
        "GET", "/api/v1/tasks?status=failed&limit=" FAILED_SHOWN, NULL, &reply);

    if (code == NF_EXIT_OK) {
        (void) take_page(reply.json, w);
    }
    nf_server_end(&reply);
    return code;
}

/* Those that are named, else those that are not over, and what failed. */
static int
load(struct watch *w, int argc, char **argv)
{
    static const char *const live[] = {"installing", "approved", "pending"};
    char path[NF_PATH_MAX_BYTES];
    int code = NF_EXIT_OK;

    struct nf_names names;

    if (!nf_names_take(&names, argc, argv)) {
        code = NF_EXIT_FAILED;
    }
    for (size_t i = 0; i < names.n && code == NF_EXIT_OK; i++) {
        nf_say_about(names.each[i]);
        code = load_one(w, names.each[i]);
        nf_say_about(NULL);
    }
    nf_names_end(&names);
    for (size_t i = 0; i < 3 && argc == 0 && code == NF_EXIT_OK; i++) {
        snprintf(path, sizeof(path), "/api/v1/tasks?limit=200&status=%s",
                 live[i]);
        code = nf_server_pages(path, take_page, w);
    }
    return argc == 0 && code == NF_EXIT_OK ? load_failed(w) : code;
}

static int
result_of(const struct watch *w)
{
    for (size_t i = 0; i < w->n; i++) {
        if (w->tasks[i].is_named
            && strcmp(w->tasks[i].status, "completed") != 0) {
            return NF_EXIT_FAILED;
        }
    }
    return nf_say_written() ? NF_EXIT_OK : NF_EXIT_FAILED;
}

int
nf_command_watch(int argc, char **argv)
{
    static struct watch w;
    const struct nf_follower follower = {take_event, settle, tell_lost, &w};
    const struct nf_option options[] = {NF_SWITCH("--json", &w.is_json), {0}};
    const char *term = getenv("TERM");
    uint64_t seq = 0;

    if (!nf_options_take(&argc, argv, options)) {
        return nf_usage("watch");
    }
    w.is_named = argc > 0;
    w.is_live = nf_terminal_columns() > 0 && !w.is_json && term != NULL
                && strcmp(term, "dumb") != 0;
    if (w.is_live) {
        (void) setvbuf(stdout, NULL, _IOFBF, 65536); /* a picture at once */
    }
    /* the end first: what happens meanwhile is told twice, never missed */
    int code = find_end(&seq);
    if (code == NF_EXIT_OK) {
        code = load(&w, argc, argv);
    }
    if (code != NF_EXIT_OK) {
        return code;
    }
    show(&w);
    if (!is_done(&w)) {
        code = nf_server_follow(&seq, &follower);
    }
    return code != NF_EXIT_OK ? code : result_of(&w);
}
