/*
 * nf watch: tasks as they go, until all that were named are over.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/text.h"
#include "command.h"
#include "option.h"
#include "server.h"
#include "table.h"

enum {
    TASKS_MAX = 512,
    BAR = 24,
    WORD = 96
};

struct shown {
    char id[24], name[64], status[16], step[32], message[WORD];
    int percent;
    bool is_named; /* by the caller: the end waits for it */
};

struct watch {
    struct shown tasks[TASKS_MAX];
    size_t n;
    size_t drawn; /* lines on the terminal that are ours */
    bool is_live; /* a terminal that can be drawn on again */
    bool is_named;
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

static void
copy(char *to, size_t size, const char *from)
{
    snprintf(to, size, "%s", from != NULL ? from : "");
    if (!nf_text_is_printable(nf_text(to))) {
        nf_text_scrub(to);
    }
}

static const char *
member(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

/* The step that runs, or the last one that ended. */
static const char *
step_of(const json_t *task)
{
    const char *name = "";
    json_t *step;
    size_t i;

    json_array_foreach (json_object_get(task, "steps"), i, step) {
        const char *status = member(step, "status");
        if (status != NULL && strcmp(status, "waiting") != 0
            && strcmp(status, "skipped") != 0)
        {
            name = member(step, "step");
        }
    }
    return name;
}

/* Take over what the task says now; NULL: it is not watched. */
static struct shown *
take_task(struct watch *w, const json_t *task, bool is_new_shown)
{
    const char *id = member(task, "task_id"), *mac = member(task, "mac");
    struct shown *t = id != NULL ? find(w, id) : NULL;

    if (t == NULL && (id == NULL || !is_new_shown || w->n == TASKS_MAX)) {
        return NULL;
    }
    if (t == NULL) {
        t = &w->tasks[w->n++];
        *t = (struct shown){0};
        copy(t->id, sizeof(t->id), id);
    }
    copy(t->name, sizeof(t->name), mac != NULL ? mac : member(task, "sn"));
    copy(t->status, sizeof(t->status), member(task, "status"));
    copy(t->step, sizeof(t->step), step_of(task));
    t->percent = (int) json_integer_value(json_object_get(task, "percent"));
    copy(t->message, sizeof(t->message), member(task, "reason"));
    return t;
}

static struct shown *
take_progress(struct watch *w, const json_t *progress)
{
    const char *id = member(progress, "task_id");
    struct shown *t = id != NULL ? find(w, id) : NULL;

    if (t != NULL) {
        const json_t *percent = json_object_get(progress, "task_percent");
        t->percent = (int) json_integer_value(percent);
        copy(t->step, sizeof(t->step), member(progress, "step"));
        copy(t->message, sizeof(t->message), member(progress, "message"));
    }
    return t;
}

static void
draw_one(const struct shown *t, int columns)
{
    char bar[BAR + 1], line[512];
    int full = t->percent * BAR / 100;

    memset(bar, '-', BAR);
    memset(bar, '#', (size_t) (full < 0 ? 0 : full > BAR ? BAR : full));
    bar[BAR] = '\0';
    snprintf(line, sizeof(line), "%s  %-17s [%s] %3d %%  %-10s %s %s", t->id,
             t->name, bar, t->percent, t->status, t->step, t->message);
    printf("\r\033[K%.*s\n", columns, line);
}

static void
draw(struct watch *w)
{
    struct winsize size = {0};
    int columns =
        ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20
            ? size.ws_col - 1
            : 100;

    if (w->drawn > 0) {
        printf("\033[%zuA", w->drawn);
    }
    for (size_t i = 0; i < w->n; i++) {
        draw_one(&w->tasks[i], columns);
    }
    w->drawn = w->n;
    fflush(stdout);
}

static void
say(const struct shown *t)
{
    printf("%s %s %d %% %s %s%s%s\n", t->id, t->name, t->percent, t->status,
           t->step, t->message[0] != '\0' ? ": " : "", t->message);
    fflush(stdout);
}

static void
show(struct watch *w, const struct shown *t)
{
    if (w->is_live) {
        draw(w);
    } else {
        say(t);
    }
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

static bool
take_event(const json_t *event, void *of)
{
    struct watch *w = of;
    const json_t *task = json_object_get(event, "task");
    const json_t *progress = json_object_get(event, "progress");
    struct shown *t = task != NULL       ? take_task(w, task, !w->is_named)
                      : progress != NULL ? take_progress(w, progress)
                                         : NULL;

    if (t != NULL) {
        show(w, t);
    }
    return !is_done(w);
}

/* Where the log ends now: what comes after it is news. */
static int
find_end(uint64_t *seq)
{
    static const char name[] = "\nnodefoundry_events_total ";
    struct nf_reply reply;
    int code = nf_server_ask("GET", "/metrics", NULL, &reply);
    const char *at = strstr(reply.text, name);

    *seq = at != NULL ? strtoull(at + sizeof(name) - 1, NULL, 10) : 0;
    nf_server_end(&reply);
    return code;
}

static int
load_named(struct watch *w, int argc, char **argv)
{
    int code = NF_EXIT_OK;

    for (int i = 0; i < argc && code == NF_EXIT_OK; i++) {
        char *word = nf_server_escape(argv[i]), path[512];
        struct nf_reply reply;
        snprintf(path, sizeof(path), "/api/v1/tasks/%s", word);
        free(word);
        code = nf_server_ask("GET", path, NULL, &reply);
        if (code == NF_EXIT_OK) {
            struct shown *t = take_task(w, reply.json, true);
            if (t != NULL) {
                t->is_named = true;
            }
        }
        nf_server_end(&reply);
    }
    return code;
}

/* Those that are not over. */
static int
load_running(struct watch *w)
{
    static const char *const live[] = {"installing", "approved", "pending"};
    int code = NF_EXIT_OK;

    for (size_t i = 0; i < 3 && code == NF_EXIT_OK; i++) {
        struct nf_reply reply;
        char path[64];
        json_t *task;
        size_t k;
        snprintf(path, sizeof(path), "/api/v1/tasks?status=%s", live[i]);
        code = nf_server_ask("GET", path, NULL, &reply);
        json_array_foreach (reply.json, k, task) {
            (void) take_task(w, task, true);
        }
        nf_server_end(&reply);
    }
    return code;
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
    return NF_EXIT_OK;
}

int
nf_command_watch(int argc, char **argv)
{
    static struct watch w;
    const char *term = getenv("TERM");
    uint64_t seq = 0;

    w.is_named = argc > 0;
    w.is_live =
        isatty(STDOUT_FILENO) && term != NULL && strcmp(term, "dumb") != 0;
    /* the end first: what happens meanwhile is shown twice, never missed */
    int code = find_end(&seq);
    if (code == NF_EXIT_OK) {
        code = w.is_named ? load_named(&w, argc, argv) : load_running(&w);
    }
    if (code != NF_EXIT_OK) {
        return code;
    }
    if (w.is_live) {
        draw(&w);
    } else {
        for (size_t i = 0; i < w.n; i++) {
            say(&w.tasks[i]);
        }
    }
    if (!is_done(&w)) {
        code = nf_server_follow(&seq, take_event, &w);
    }
    return code != NF_EXIT_OK ? code : result_of(&w);
}
