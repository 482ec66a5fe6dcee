#include "caller.h"

#include "http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    WAIT_MAX_S = 30,
    BODY_TIME_S = 60, /* for a whole answer, however slowly it drips */
    URL_SIZE = NF_BOOT_URL_SIZE + NF_URL_PATH_SIZE,
};

json_t *
nf_caller_body(const struct nf_caller *caller)
{
    json_t *body = json_object();

    json_object_set_new(body, "sn", json_string(caller->serial));
    json_object_set_new(body, "mac", json_string(caller->mac));
    if (caller->token[0] != '\0') {
        json_object_set_new(body, "token", json_string(caller->token));
    }
    if (caller->task[0] != '\0') {
        json_object_set_new(body, "task_id", json_string(caller->task));
    }
    return body;
}

static int64_t
uptime_s(void)
{
    struct timespec up;
    clock_gettime(CLOCK_BOOTTIME, &up);
    return up.tv_sec;
}

/* The whole body, in memory of its own, or NULL and a sentence. */
static char *
body_read(struct nf_http *http, char *fault, size_t size)
{
    int64_t end_s = uptime_s() + BODY_TIME_S;
    ssize_t got = 1;
    char *text;

    if (http->length > NF_ANSWER_MAX) {
        snprintf(fault, size, "the answer is longer than %d bytes",
                 NF_ANSWER_MAX);
        return NULL;
    }
    text = malloc((size_t) http->length + 1);
    while (text != NULL && http->taken < http->length && got > 0
           && uptime_s() <= end_s)
    {
        got = nf_http_read(http, text + http->taken,
                           (size_t) (http->length - http->taken));
    }
    if (text == NULL || http->taken < http->length) {
        snprintf(fault, size, "the answer ended after %lld of %lld bytes",
                 (long long) http->taken, (long long) http->length);
        free(text);
        return NULL;
    }
    text[http->length] = '\0';
    return text;
}

/* Words for people: the server's own where it has some. */
static void
fault_word(struct nf_answer *answer)
{
    char error[200];

    nf_answer_text(answer->body, "error", error, sizeof error);
    if (error[0] == '\0') {
        nf_answer_text(answer->body, "message", error, sizeof error);
    }
    if (answer->status == 200) {
        snprintf(answer->fault, sizeof answer->fault,
                 "200 - the answer is not a JSON object");
    } else {
        snprintf(answer->fault, sizeof answer->fault, "%d - %s", answer->status,
                 error[0] != '\0' ? error : "the server gave no reason");
    }
}

static bool
answer_take(struct nf_http *http, struct nf_answer *answer)
{
    char *text = body_read(http, answer->fault, sizeof answer->fault);

    if (text == NULL) {
        return false;
    }
    answer->status = http->status;
    answer->body =
        json_loadb(text, (size_t) http->length, JSON_REJECT_DUPLICATES, NULL);
    free(text);
    if (!json_is_object(answer->body)) {
        json_decref(answer->body);
        answer->body = NULL;
    }
    if (answer->status == 200 && answer->body != NULL) {
        return true;
    }
    fault_word(answer);
    return false;
}

static bool
call(const struct nf_caller *caller, const char *path, const char *body,
     int hold_s, struct nf_answer *answer)
{
    char text[URL_SIZE];
    struct nf_url url;
    struct nf_http http;

    *answer = (struct nf_answer){0};
    snprintf(text, sizeof text, "%s%s", caller->url, path);
    if (!nf_url_parse(text, &url)) {
        snprintf(answer->fault, sizeof answer->fault,
                 "the address of the call is too long");
        return false;
    }
    if (!nf_http_open_held(&http, &url, body, hold_s, answer->fault,
                           sizeof answer->fault))
    {
        return false;
    }
    bool is_good = answer_take(&http, answer);
    nf_http_close(&http);
    return is_good;
}

bool
nf_caller_post(const struct nf_caller *caller, const char *path, json_t *body,
               struct nf_answer *answer)
{
    char *text = json_dumps(body, JSON_COMPACT);

    json_decref(body);
    if (text == NULL) {
        *answer = (struct nf_answer){.fault = "out of memory"};
        return false;
    }
    bool is_good = call(caller, path, text, 0, answer);
    free(text);
    return is_good;
}

bool
nf_caller_get(const struct nf_caller *caller, const char *path, int hold_s,
              struct nf_answer *answer)
{
    return call(caller, path, NULL, hold_s, answer);
}

void
nf_answer_clear(struct nf_answer *answer)
{
    json_decref(answer->body);
    answer->body = NULL;
}

bool
nf_answer_is_passing(const struct nf_answer *answer)
{
    return answer->status < 400 || answer->status >= 500
           || answer->status == 408 || answer->status == 429;
}

void
nf_answer_text(const json_t *object, const char *name, char *out, size_t size)
{
    const char *text = json_string_value(json_object_get(object, name));

    snprintf(out, size, "%s", text != NULL ? text : "");
    if (!nf_text_is_printable(nf_text(out))) {
        nf_text_scrub(out);
    }
}

void
nf_back_off(int attempt)
{
    int ms = attempt < 5 ? 1000 << attempt : WAIT_MAX_S * 1000;
    struct timespec now;

    /* machines that lost the server together do not come back together */
    clock_gettime(CLOCK_MONOTONIC, &now);
    ms -= (int) (now.tv_nsec / 1000 % (ms / 2));
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000L}, NULL);
}
