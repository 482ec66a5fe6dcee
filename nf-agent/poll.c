#include "poll.h"

#include "console.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
    EARLY_MAX = 4, /* quick answers before the server counts as one that
                      does not hold them back */
    EARLY_PAUSE_MS = 250,
    PATH_SIZE = 3 * NF_SERIAL_SIZE + NF_TOKEN_SIZE + 80,
};

typedef enum {
    FOUND_NOTHING, /* no task, or one that is not approved */
    FOUND_TASK,
    FOUND_NO_SERVER,
} found_t;

struct poll {
    const struct nf_caller *caller;
    struct nf_reporter *progress;
    int interval;
    char last[400]; /* the last answer in short */
    bool is_told;   /* what this attempt found */
    int early;      /* quick answers in a row that said the same */
};

static int64_t
now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void
pause_ms(int64_t ms)
{
    if (ms > 0) {
        nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
    }
}

/* A serial number may hold anything printable. */
static void
path_make(const struct nf_caller *caller, int hold_s, char path[PATH_SIZE])
{
    char serial[3 * NF_SERIAL_SIZE] = "";
    size_t n = 0;

    for (const char *at = caller->serial; *at != '\0'; at++) {
        bool is_plain = isalnum((unsigned char) *at)
                        || (strchr("-_~.", *at) != NULL && n > 0);
        n += (size_t) snprintf(serial + n, sizeof serial - n,
                               is_plain ? "%c" : "%%%02X", (unsigned char) *at);
    }
    snprintf(path, PATH_SIZE, "/api/v1/task/%s?mac=%s%s%s&wait=%d", serial,
             caller->mac, caller->token[0] != '\0' ? "&token=" : "",
             caller->token, hold_s);
}

static bool
task_read(const json_t *body, struct nf_assignment *task)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    struct nf_boot token = {0};

    *task = (struct nf_assignment){0};
    const char *id = json_string_value(json_object_get(body, "task_id"));
    nf_answer_text(body, "status", task->status, sizeof task->status);
    nf_answer_text(body, "os_type", task->os_type, sizeof task->os_type);
    nf_answer_text(body, "os_version", task->os_version,
                   sizeof task->os_version);
    const char *word = json_string_value(json_object_get(body, "token"));
    if (word != NULL && nf_boot_set(&token, "token", word)) {
        memcpy(task->token, token.token, sizeof task->token);
    }
    return id != NULL && id[0] != '\0' && strspn(id, allowed) == strlen(id)
           && nf_text_copy(task->id, sizeof task->id, nf_text(id))
           && task->status[0] != '\0';
}

static bool
is_approved(const struct nf_assignment *task)
{
    return strcmp(task->status, "approved") == 0
           || strcmp(task->status, "installing") == 0;
}

/* Whether to say this: once in an attempt, and when it changed. */
static bool
is_news(struct poll *poll, const char *words)
{
    bool is_same = strcmp(words, poll->last) == 0;
    bool is_wanted = !is_same || !poll->is_told;

    poll->early = is_same ? poll->early + 1 : 0;
    poll->is_told = true;
    snprintf(poll->last, sizeof poll->last, "%s", words);
    return is_wanted;
}

static found_t
nothing_say(struct poll *poll, const struct nf_answer *answer)
{
    char why[300];

    nf_progress_assigned(poll->progress, false);
    nf_answer_text(answer->body, "message", why, sizeof why);
    if (is_news(poll, why)) {
        nf_console("  No task assigned yet");
        if (why[0] != '\0') {
            nf_console("  %s", why);
        }
    }
    return FOUND_NOTHING;
}

static found_t
task_say(struct poll *poll, const struct nf_assignment *task)
{
    char words[128];

    nf_progress_assigned(poll->progress, true);
    snprintf(words, sizeof words, "%s %s", task->id, task->status);
    bool is_wanted = is_news(poll, words);
    if (is_approved(task)) {
        nf_console("  Task found and approved!");
        return FOUND_TASK;
    }
    if (is_wanted && strcmp(task->status, "pending") == 0) {
        nf_console("  Task %s found, its status is pending; waiting for "
                   "approval",
                   task->id);
    } else if (is_wanted) {
        nf_console("  Task %s is %s", task->id, task->status);
    }
    return FOUND_NOTHING;
}

static found_t
answer_judge(struct poll *poll, const struct nf_answer *answer, bool is_good,
             struct nf_assignment *task)
{
    if (is_good && task_read(answer->body, task)) {
        return task_say(poll, task);
    }
    if (answer->status == 404 && answer->body != NULL) {
        return nothing_say(poll, answer);
    }
    if (answer->status == 0) {
        nf_console("Failed to send request: %s", answer->fault);
    } else {
        nf_console("Polling failed: %s",
                   is_good ? "200 - the answer is not a task" : answer->fault);
    }
    return FOUND_NO_SERVER;
}

static found_t
ask(struct poll *poll, struct nf_assignment *task)
{
    char path[PATH_SIZE];
    struct nf_answer answer;

    path_make(poll->caller, poll->interval, path);
    bool is_good = nf_caller_get(poll->caller, path, poll->interval, &answer);
    found_t found = answer_judge(poll, &answer, is_good, task);
    nf_answer_clear(&answer);
    return found;
}

/*
 * A server that holds answers back answers early because something happened,
 * and the next thing may follow at once.  One that never holds them back is
 * asked once in an interval.
 */
static bool
pause_after(struct poll *poll, int64_t asked_ms)
{
    int64_t left = asked_ms + poll->interval * INT64_C(1000) - now_ms();

    if (left <= EARLY_PAUSE_MS) {
        poll->early = 0;
        return true;
    }
    bool is_patient = poll->early >= EARLY_MAX;
    pause_ms(is_patient ? left : EARLY_PAUSE_MS);
    return is_patient;
}

bool
nf_poll(const struct nf_caller *caller, int interval,
        struct nf_reporter *progress, nf_poll_between_t *between, void *ctx,
        struct nf_assignment *task)
{
    struct poll poll = {caller, progress, interval, "", false, 0};
    int attempt = 1;
    int told = 0;

    for (int failed = 0; attempt <= NF_POLL_TRIES;) {
        if (attempt != told) {
            nf_console("  Polling for task (attempt %d/%d)...", attempt,
                       NF_POLL_TRIES);
            told = attempt;
            poll.is_told = false;
            between(ctx);
        }
        int64_t asked = now_ms();
        switch (ask(&poll, task)) {
        case FOUND_TASK:
            return true;
        case FOUND_NOTHING:
            failed = 0;
            attempt += pause_after(&poll, asked) ? 1 : 0;
            break;
        case FOUND_NO_SERVER:
            nf_back_off(failed++);
            break;
        }
    }
    return false;
}

void
nf_poll_wait(const struct nf_caller *caller, int interval)
{
    char path[PATH_SIZE];
    struct nf_answer answer;
    int64_t asked = now_ms();

    path_make(caller, interval, path);
    size_t n = strlen(path);
    snprintf(path + n, sizeof path - n, "&idle=1"); /* until there is work */
    bool is_good = nf_caller_get(caller, path, interval, &answer);
    nf_answer_clear(&answer);
    int64_t took = now_ms() - asked;
    if (!is_good || took < EARLY_PAUSE_MS) {
        pause_ms(interval * INT64_C(1000) - took);
    }
}
