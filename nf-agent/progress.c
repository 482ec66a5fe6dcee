#include "progress.h"

#include "console.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    QUEUE_MAX = 64,
    FAULT_TRIES = 10,  /* for a server that answers, but with a fault */
    RETRY_MAX = 3,     /* 1, 2, 4, 8, 8, ... seconds */
    MESSAGE_MAX = 120, /* bytes; the server refuses longer ones */
    QUIET_S = 30,      /* a stage that moves no percent says so this often */
};

/* clang-format off */
static const struct stage {
    const char *step;
    int percent, last;          /* where its parts move to */
    const char *message;
    const char *title;          /* of an installing stage, on the console */
} stages[] = {
    [NF_STAGE_HARDWARE_COLLECT] = { "hardware_collect", 10, 10,
        "Hardware information collected successfully", NULL },
    [NF_STAGE_HARDWARE_REPORT] = { "hardware_report", 15, 15,
        "Hardware reported to regional client", NULL },
    [NF_STAGE_TASK_WAIT] = { "task_wait", 20, 20,
        "Waiting for task assignment", NULL },
    [NF_STAGE_TASK_RECEIVED] = { "task_received", 30, 30,
        "Task received", NULL },
    [NF_STAGE_INSTALL_START] = { "install_start", 40, 49,
        "Starting OS installation process", NULL },
    [NF_STAGE_PARTITIONING] = { "partitioning", 50, 59,
        "Creating disk partitions", "Creating disk partitions..." },
    [NF_STAGE_DOWNLOADING] = { "downloading", 60, 69,
        "Downloading OS image", "Downloading OS image..." },
    [NF_STAGE_INSTALLING] = { "installing", 70, 79,
        "Installing base system", "Installing base system..." },
    [NF_STAGE_CONFIGURING] = { "configuring", 80, 89,
        "Configuring system", "Configuring system..." },
    [NF_STAGE_FINALIZING] = { "finalizing", 90, 99,
        "Finalizing installation", "Finalizing installation..." },
    [NF_STAGE_COMPLETED] = { "completed", 100, 100,
        "Installation completed successfully",
        "Installation completed successfully..." },
};
/* clang-format on */

/* Something to tell the server. */
struct note {
    json_t *body;
    bool is_part; /* the next part may stand in its place */
};

struct progress_now {
    const struct stage *stage;
    int percent;
    int64_t told_s; /* when a part was told last */
};

struct nf_reporter {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct nf_caller caller;
    bool is_assigned;
    bool is_known; /* to the server, by a report or by a lease */
    struct progress_now now;
    struct note queue[QUEUE_MAX]; /* a ring */
    int first, n;
    bool is_sending;
    json_t *last; /* what was told last; NULL: nothing of this task */
    int alive_s;  /* how often that is told again, 0: not at all */
};

static int64_t
uptime_s(void)
{
    struct timespec up;
    clock_gettime(CLOCK_BOOTTIME, &up);
    return up.tv_sec;
}

/* The oldest is lost when a server was away for very long. */
static void
queue_put(struct nf_reporter *p, struct note note)
{
    int last = (p->first + p->n + QUEUE_MAX - 1) % QUEUE_MAX;

    if (note.is_part && p->n > 0 && p->queue[last].is_part) {
        json_decref(p->queue[last].body);
        p->queue[last] = note;
        return;
    }
    if (p->n == QUEUE_MAX) {
        json_decref(p->queue[p->first].body);
        p->first = (p->first + 1) % QUEUE_MAX;
        p->n--;
    }
    p->queue[(p->first + p->n) % QUEUE_MAX] = note;
    p->n++;
    pthread_cond_broadcast(&p->changed);
}

static struct note
queue_take(struct nf_reporter *p)
{
    struct note note = p->queue[p->first];

    p->first = (p->first + 1) % QUEUE_MAX;
    p->n--;
    return note;
}

/* Called with the lock. */
static void
tell(struct nf_reporter *p, const char *step, const char *words, bool is_part)
{
    json_t *body = nf_caller_body(&p->caller);
    char message[MESSAGE_MAX + 1];

    snprintf(message, sizeof message, "%s", words);
    if (!nf_text_is_printable(nf_text(message))) {
        nf_text_scrub(message); /* also a character that was cut in two */
    }

    json_object_set_new(body, "step", json_string(step));
    json_object_set_new(body, "percent", json_integer(p->now.percent));
    json_object_set_new(body, "message", json_string(message));
    nf_console("  Progress: [%d%%] %s - %s%s", p->now.percent, step, message,
               p->is_assigned ? "" : " (no task assigned yet)");
    json_decref(p->last);
    p->last = json_copy(body);
    queue_put(p, (struct note){body, is_part});
}

/* A node that the server does not know yet is refused; its report comes. */
static bool
is_unknown(struct nf_reporter *p, const struct nf_answer *answer)
{
    pthread_mutex_lock(&p->lock);
    bool is_known = p->is_known;
    pthread_mutex_unlock(&p->lock);
    return answer->status == 403 && !is_known;
}

/* True when the note need not be sent again. */
static bool
note_send(struct nf_reporter *p, const struct nf_caller *caller,
          const struct note *note, int attempt)
{
    struct nf_answer answer;

    if (nf_caller_post(caller, "/api/v1/progress", json_incref(note->body),
                       &answer))
    {
        nf_answer_clear(&answer);
        return true;
    }
    if (is_unknown(p, &answer)) {
        nf_answer_clear(&answer);
        return false;
    }
    if (answer.status == 0) {
        nf_console("Failed to send request: %s", answer.fault);
    } else {
        nf_console("Progress update failed: %s", answer.fault);
    }
    bool is_final =
        answer.status != 0
        && (!nf_answer_is_passing(&answer) || attempt + 1 >= FAULT_TRIES);
    nf_answer_clear(&answer);
    return is_final;
}

/* True when that long nothing was told although an operation runs. */
static bool
is_quiet(struct nf_reporter *p)
{
    struct timespec end;

    if (p->alive_s == 0) {
        pthread_cond_wait(&p->changed, &p->lock);
        return false;
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += p->alive_s;
    return pthread_cond_timedwait(&p->changed, &p->lock, &end) != 0 && p->n == 0
           && p->alive_s != 0 && p->last != NULL;
}

/*
 * The words that the server has already: it makes no news of them, but knows
 * that the machine is at work, and that nobody should restart it.  Whether that
 * arrives does not matter, since the next one comes soon.
 */
static void
alive_send(struct nf_reporter *p)
{
    json_t *body = json_copy(p->last);
    struct nf_caller caller = p->caller;
    struct nf_answer answer;

    pthread_mutex_unlock(&p->lock);
    nf_caller_post(&caller, "/api/v1/progress", body, &answer);
    nf_answer_clear(&answer);
    pthread_mutex_lock(&p->lock);
}

static void *
sender(void *data)
{
    struct nf_reporter *p = data;

    pthread_mutex_lock(&p->lock);
    for (;;) {
        while (p->n == 0) {
            if (is_quiet(p)) {
                alive_send(p);
            }
        }
        struct note note = queue_take(p);
        struct nf_caller caller = p->caller;
        p->is_sending = true;
        pthread_mutex_unlock(&p->lock);
        for (int i = 0; !note_send(p, &caller, &note, i); i++) {
            nf_back_off(i < RETRY_MAX ? i : RETRY_MAX);
        }
        json_decref(note.body);
        pthread_mutex_lock(&p->lock);
        p->is_sending = false;
        pthread_cond_broadcast(&p->changed);
    }
    return NULL;
}

struct nf_reporter *
nf_progress_new(const struct nf_caller *caller)
{
    struct nf_reporter *p = calloc(1, sizeof *p);
    pthread_condattr_t by_uptime;
    pthread_t thread;

    if (p == NULL) {
        return NULL;
    }
    p->caller = *caller;
    p->now.stage = &stages[0];
    pthread_mutex_init(&p->lock, NULL);
    pthread_condattr_init(&by_uptime);
    pthread_condattr_setclock(&by_uptime, CLOCK_MONOTONIC);
    pthread_cond_init(&p->changed, &by_uptime);
    pthread_condattr_destroy(&by_uptime);
    if (pthread_create(&thread, NULL, sender, p) != 0) {
        free(p);
        return NULL;
    }
    pthread_detach(thread);
    return p;
}

void
nf_progress_identity(struct nf_reporter *progress,
                     const struct nf_caller *caller)
{
    pthread_mutex_lock(&progress->lock);
    progress->caller = *caller;
    json_decref(progress->last);
    progress->last = NULL;
    pthread_mutex_unlock(&progress->lock);
}

void
nf_progress_working(struct nf_reporter *progress, int alive_s)
{
    pthread_mutex_lock(&progress->lock);
    progress->alive_s = alive_s;
    pthread_cond_broadcast(&progress->changed);
    pthread_mutex_unlock(&progress->lock);
}

void
nf_progress_assigned(struct nf_reporter *progress, bool is_assigned)
{
    pthread_mutex_lock(&progress->lock);
    progress->is_assigned = is_assigned;
    pthread_mutex_unlock(&progress->lock);
}

void
nf_progress_known(struct nf_reporter *progress)
{
    pthread_mutex_lock(&progress->lock);
    progress->is_known = true;
    pthread_mutex_unlock(&progress->lock);
}

void
nf_progress_stage(struct nf_reporter *progress, nf_stage_t stage,
                  const char *message)
{
    const struct stage *one = &stages[stage];

    pthread_mutex_lock(&progress->lock);
    progress->now = (struct progress_now){one, one->percent, uptime_s()};
    if (one->title != NULL) {
        nf_console("  [%s] %s", one->step, one->title);
    }
    tell(progress, one->step, message != NULL ? message : one->message, false);
    pthread_mutex_unlock(&progress->lock);
}

/* Large counts are bytes, and people read them in MiB. */
static void
part_tell(struct nf_reporter *p, int64_t done, int64_t total)
{
    char message[160];

    if (total >= 1 << 20) {
        snprintf(message, sizeof message, "%s: %lld of %lld MiB",
                 p->now.stage->message, (long long) (done >> 20),
                 (long long) (total >> 20));
    } else {
        snprintf(message, sizeof message, "%s: %lld of %lld",
                 p->now.stage->message, (long long) done, (long long) total);
    }
    tell(p, p->now.stage->step, message, true);
}

void
nf_progress_part(struct nf_reporter *progress, int64_t done, int64_t total)
{
    int64_t now = uptime_s();

    pthread_mutex_lock(&progress->lock);
    const struct stage *stage = progress->now.stage;
    int percent = progress->now.percent;
    if (total > 0 && done >= 0 && done <= total) {
        percent = stage->percent
                  + (int) ((double) done / (double) total
                           * (stage->last - stage->percent));
    }
    int64_t wait_s = percent > progress->now.percent ? 1 : QUIET_S;
    if (now - progress->now.told_s >= wait_s) {
        progress->now.percent =
            percent > progress->now.percent ? percent : progress->now.percent;
        progress->now.told_s = now;
        part_tell(progress, done, total);
    }
    pthread_mutex_unlock(&progress->lock);
}

void
nf_progress_note(struct nf_reporter *progress, const char *step,
                 const char *message)
{
    pthread_mutex_lock(&progress->lock);
    tell(progress, step, message, false);
    pthread_mutex_unlock(&progress->lock);
}

void
nf_progress_flush(struct nf_reporter *progress, int seconds)
{
    struct timespec end;

    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += seconds;
    pthread_mutex_lock(&progress->lock);
    while (progress->n > 0 || progress->is_sending) {
        if (pthread_cond_timedwait(&progress->changed, &progress->lock, &end)
            != 0) {
            break;
        }
    }
    pthread_mutex_unlock(&progress->lock);
}
