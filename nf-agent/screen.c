#include "screen.h"

#include <inttypes.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
    RING = 64 * 1024,
    LINE_SIZE = 1100,
    PIECE = 8 * 1024, /* at most in one call */
    SECRETS = 24,
    SECRET_MIN = 6,
    SECRET_SIZE = 256,
    PAUSE_S = 2, /* unless the server says another */
    PAUSE_MAX_S = 60,
    FAILED_MAX = 3, /* 2, 4, 8, 16, 16, ... seconds */
    UNWANTED_S = 30,
    UNKNOWN_S = 600, /* for a server of before */
};

typedef enum {
    SENT,
    UNWANTED,
    UNKNOWN, /* the server has no such route */
    FAILED,
} outcome_t;

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct nf_caller caller;
    uint64_t session;
    char ring[RING];
    uint64_t end, sent; /* bytes since the start */
    char secrets[SECRETS][SECRET_SIZE];
    int secrets_n;
    bool is_started, is_hurried, is_unwanted;
    unsigned news; /* counts what ends a pause */
} screen = {.lock = PTHREAD_MUTEX_INITIALIZER,
            .changed = PTHREAD_COND_INITIALIZER};

/* --- what is kept ------------------------------------------------------------
 */

static void
hide(char *line)
{
    for (int i = 0; i < screen.secrets_n; i++) {
        size_t len = strlen(screen.secrets[i]);
        char *at = line;
        while ((at = strstr(at, screen.secrets[i])) != NULL) {
            memset(at, '*', len);
            at += len;
        }
    }
}

static void
put(const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        screen.ring[screen.end++ % RING] = bytes[i];
    }
}

void
nf_screen_line(const char *line)
{
    char copy[LINE_SIZE];

    snprintf(copy, sizeof copy, "%s", line);
    if (!nf_text_is_printable(nf_text(copy))) {
        nf_text_scrub(copy); /* also a letter that was cut in two */
    }
    pthread_mutex_lock(&screen.lock);
    hide(copy);
    put(copy, strlen(copy));
    put("\n", 1);
    pthread_cond_broadcast(&screen.changed);
    pthread_mutex_unlock(&screen.lock);
}

/* Called with the lock. */
static void
secret_add(const char *secret)
{
    bool is_known = strlen(secret) < SECRET_MIN;

    for (int i = 0; i < screen.secrets_n && !is_known; i++) {
        is_known = strcmp(screen.secrets[i], secret) == 0;
    }
    if (!is_known) { /* the last place is for the latest */
        int at = screen.secrets_n < SECRETS ? screen.secrets_n++ : SECRETS - 1;
        snprintf(screen.secrets[at], SECRET_SIZE, "%s", secret);
    }
}

void
nf_screen_hide(const char *secret)
{
    pthread_mutex_lock(&screen.lock);
    secret_add(secret);
    pthread_mutex_unlock(&screen.lock);
}

/* --- sending -----------------------------------------------------------------
 */

/* Whole lines, as many as fit in a piece.  Called with the lock. */
static uint64_t
piece_take(char text[static PIECE + 1])
{
    uint64_t oldest = screen.end > RING ? screen.end - RING : 0;
    uint64_t from = screen.sent > oldest ? screen.sent : oldest;
    size_t n = 0, lines = 0;

    while (from > screen.sent && from < screen.end
           && screen.ring[(from - 1) % RING] != '\n')
    {
        from++; /* the rest of a line that is overwritten */
    }
    while (n < PIECE && from + n < screen.end) {
        text[n] = screen.ring[(from + n) % RING];
        n++;
        lines = text[n - 1] == '\n' ? n : lines;
    }
    text[lines > 0 ? lines : n] = '\0';
    return from;
}

static json_t *
body_make(const struct nf_caller *caller, uint64_t from, const char *text)
{
    json_t *body = nf_caller_body(caller);
    char session[17];

    snprintf(session, sizeof session, "%" PRIx64, screen.session);
    json_object_set_new(body, "session", json_string(session));
    json_object_set_new(body, "offset", json_integer((json_int_t) from));
    json_object_set_new(body, "text", json_string(text));
    return body;
}

static outcome_t
answer_judge(const struct nf_answer *answer, bool is_good, int *pause_s)
{
    json_t *pause = json_object_get(answer->body, "pause");

    if (is_good && json_is_integer(pause)) {
        json_int_t said = json_integer_value(pause);
        *pause_s = said < 1 ? 1 : said > PAUSE_MAX_S ? PAUSE_MAX_S : (int) said;
    }
    return is_good ? json_is_true(json_object_get(answer->body, "wanted"))
                         ? SENT
                         : UNWANTED
           : answer->status == 404 || answer->status == 405 ? UNKNOWN
                                                            : FAILED;
}

static outcome_t
piece_send(const struct nf_caller *caller, uint64_t from, const char *text,
           int *pause_s)
{
    struct nf_answer answer;

    *pause_s = PAUSE_S;
    bool is_good = nf_caller_post(caller, "/api/v1/device/console",
                                  body_make(caller, from, text), &answer);
    outcome_t outcome = answer_judge(&answer, is_good, pause_s);
    nf_answer_clear(&answer);
    return outcome;
}

/* Called with the lock.  A line does not end it: it waits for others. */
static void
pause_for(int seconds)
{
    struct timespec end;
    int status = 0;

    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += screen.is_hurried ? 1 : seconds;
    for (unsigned news = screen.news; status == 0 && screen.news == news;) {
        status = pthread_cond_timedwait(&screen.changed, &screen.lock, &end);
    }
}

/* Called with the lock; how long to wait then. */
static int
turn(int failed)
{
    static char text[PIECE + 1];
    struct nf_caller caller = screen.caller;
    uint64_t from = piece_take(text);
    int pause_s;

    pthread_mutex_unlock(&screen.lock);
    outcome_t outcome = piece_send(&caller, from, text, &pause_s);
    pthread_mutex_lock(&screen.lock);
    screen.is_unwanted = outcome == UNWANTED || outcome == UNKNOWN;
    pthread_cond_broadcast(&screen.changed); /* a flush waits for either */
    switch (outcome) {
    case SENT:
        screen.sent = from + strlen(text);
        return pause_s;
    case UNWANTED:
        return UNWANTED_S;
    case UNKNOWN:
        return UNKNOWN_S;
    case FAILED:
        break;
    }
    return PAUSE_S << (failed < FAILED_MAX ? failed : FAILED_MAX);
}

static void *
sender(void *data)
{
    int failed = 0;

    (void) data;
    pthread_mutex_lock(&screen.lock);
    for (;;) {
        while (screen.sent == screen.end || screen.caller.mac[0] == '\0') {
            pthread_cond_wait(&screen.changed, &screen.lock);
        }
        uint64_t before = screen.sent;
        int pause_s = turn(failed);
        failed = screen.sent != before || screen.is_unwanted ? 0 : failed + 1;
        pause_for(pause_s);
    }
    return NULL;
}

void
nf_screen_start(const struct nf_caller *caller)
{
    pthread_t thread;

    nf_screen_identity(caller);
    randombytes_buf(&screen.session, sizeof screen.session);
    screen.is_started = pthread_create(&thread, NULL, sender, NULL) == 0;
    if (screen.is_started) {
        pthread_detach(thread);
    }
}

void
nf_screen_identity(const struct nf_caller *caller)
{
    pthread_mutex_lock(&screen.lock);
    screen.caller = *caller;
    secret_add(caller->token);
    screen.is_unwanted = false; /* a task may want it */
    screen.news++;
    pthread_cond_broadcast(&screen.changed);
    pthread_mutex_unlock(&screen.lock);
}

void
nf_screen_flush(int seconds)
{
    struct timespec end;
    int status = 0;

    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += seconds;
    pthread_mutex_lock(&screen.lock);
    screen.is_hurried = true;
    screen.news++;
    pthread_cond_broadcast(&screen.changed);
    while (screen.is_started && !screen.is_unwanted && screen.sent < screen.end
           && status == 0)
    {
        status = pthread_cond_timedwait(&screen.changed, &screen.lock, &end);
    }
    screen.is_hurried = false;
    pthread_mutex_unlock(&screen.lock);
}
