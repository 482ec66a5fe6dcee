#include "server.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "command.h"
#include "model/settings.h"

enum {
    CONNECT_S = 10,
    ANSWER_S = 120,
    QUIET_S = 90, /* an event stream says that it lives more often */
    LINE_MAX_BYTES = 1 << 20,
    AGAIN_S = 1,
};

static const char *chosen;

void
nf_server_set(const char *url)
{
    chosen = url;
}

/* Where the API is; false: said why that is not known. */
static bool
find_base(char *base, size_t size)
{
    static struct nf_settings settings;
    struct nf_fault fault;
    const char *url = chosen != NULL ? chosen : getenv("NF_API");

    if (url != NULL && url[0] != '\0') {
        snprintf(base, size, "%s", url);
        for (size_t n = strlen(base); n > 0 && base[n - 1] == '/'; n--) {
            base[n - 1] = '\0';
        }
        return true;
    }
    if (nf_settings_load(&settings, &fault) != NF_OK) {
        nf_log(NF_LOG_ERR, "%s %s", fault.field, fault.reason);
        return false;
    }
    bool is_here = settings.http_addr[0] == ':';
    int n = snprintf(base, size, "http://%s%s", is_here ? "127.0.0.1" : "",
                     settings.http_addr);
    return n > 0 && (size_t) n < size;
}

char *
nf_server_escape(const char *text)
{
    char *escaped = curl_easy_escape(NULL, text, 0);
    char *copy = strdup(escaped != NULL ? escaped : "");

    curl_free(escaped);
    return copy;
}

/* What came so far of a body. */
struct body {
    char *data;
    size_t len;
};

static size_t
take_body(char *data, size_t size, size_t n, void *of)
{
    struct body *body = of;
    size_t len = size * n;

    if (body->len + len > NF_ANSWER_MAX_BYTES) {
        return 0;
    }
    char *more = realloc(body->data, body->len + len + 1);
    if (more == NULL) {
        return 0;
    }
    memcpy(more + body->len, data, len);
    body->data = more;
    body->len += len;
    more[body->len] = '\0';
    return len;
}

static CURL *
open_request(const char *base, const char *path, struct curl_slist **headers)
{
    char url[4096];
    CURL *curl = curl_easy_init();

    if (curl == NULL) {
        return NULL;
    }
    snprintf(url, sizeof(url), "%s%s", base, path);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long) CONNECT_S);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "nf/" NF_VERSION);
    *headers = curl_slist_append(NULL, "Content-Type: application/json");
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, *headers);
    return curl;
}

static int
unreachable(const char *base, CURLcode code)
{
    nf_log(NF_LOG_ERR, "cannot reach %s: %s; is `nf up` running?", base,
           curl_easy_strerror(code));
    return NF_EXIT_UNREACHABLE;
}

int
nf_server_try(const char *method, const char *path, const json_t *body,
              struct nf_reply *reply)
{
    char base[1024];
    struct body got = {0};
    struct curl_slist *headers = NULL;

    *reply = (struct nf_reply){.text = strdup("")};
    if (!find_base(base, sizeof(base))) {
        return NF_EXIT_FAILED;
    }
    CURL *curl = open_request(base, path, &headers);
    char *sent = body != NULL ? json_dumps(body, JSON_COMPACT) : NULL;
    if (curl == NULL || (body != NULL && sent == NULL)) {
        nf_log(NF_LOG_ERR, "out of memory");
        return NF_EXIT_FAILED;
    }
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long) ANSWER_S);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &got);
    if (sent != NULL) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, sent);
    }
    CURLcode code = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &reply->status);
    curl_easy_cleanup(curl);
    curl_slist_free_all(headers);
    free(sent);
    if (got.data != NULL) {
        free(reply->text);
        reply->text = got.data;
        reply->json = json_loadb(got.data, got.len, JSON_DECODE_ANY, NULL);
    }
    if (code != CURLE_OK) {
        reply->status = 0;
        return unreachable(base, code);
    }
    return reply->status >= 200 && reply->status < 300 ? NF_EXIT_OK
                                                       : NF_EXIT_FAILED;
}

/* The server's own words for a refusal; its message names the field. */
static void
tell_refusal(const struct nf_reply *reply)
{
    const char *words[] = {"message", "error"};
    const char *said = NULL;
    char line[1024];

    for (size_t i = 0; i < 2 && said == NULL; i++) {
        said = json_string_value(json_object_get(reply->json, words[i]));
    }
    if (said == NULL) {
        nf_log(NF_LOG_ERR, "the server answered with status %ld",
               reply->status);
        return;
    }
    snprintf(line, sizeof(line), "%s", said);
    nf_text_scrub(line);
    nf_log(NF_LOG_ERR, "%s", line);
}

int
nf_server_ask(const char *method, const char *path, const json_t *body,
              struct nf_reply *reply)
{
    int code = nf_server_try(method, path, body, reply);

    if (code == NF_EXIT_FAILED && reply->status != 0) {
        tell_refusal(reply);
    }
    return code;
}

void
nf_server_end(struct nf_reply *reply)
{
    json_decref(reply->json);
    free(reply->text);
    *reply = (struct nf_reply){0};
}

/* --- events (WHATWG HTML, server-sent events: lines "data: ...") ----------
 */

struct stream {
    struct body line; /* the one that is not whole yet */
    uint64_t *seq;
    bool (*take)(const json_t *event, void *of);
    void *of;
    bool is_over;
};

static void
take_line(struct stream *s, char *line)
{
    static const char mark[] = "data:";

    if (strncmp(line, mark, sizeof(mark) - 1) != 0) {
        return;
    }
    json_t *event = json_loads(line + sizeof(mark) - 1, 0, NULL);
    json_int_t seq = json_integer_value(json_object_get(event, "seq"));
    if (event != NULL && seq > 0 && (uint64_t) seq > *s->seq) {
        *s->seq = (uint64_t) seq;
        s->is_over = !s->take(event, s->of);
    }
    json_decref(event);
}

static size_t
take_stream(char *data, size_t size, size_t n, void *of)
{
    struct stream *s = of;
    size_t len = size * n;

    if (s->line.len + len > LINE_MAX_BYTES
        || take_body(data, size, n, &s->line) != len)
    {
        return 0;
    }
    char *at = s->line.data, *end;
    while (!s->is_over && (end = strchr(at, '\n')) != NULL) {
        *end = '\0';
        take_line(s, at);
        at = end + 1;
    }
    s->line.len -= (size_t) (at - s->line.data);
    memmove(s->line.data, at, s->line.len + 1);
    return s->is_over ? 0 : len;
}

static CURLcode
read_stream(const char *base, struct stream *s)
{
    struct curl_slist *headers = NULL;
    char path[64];

    snprintf(path, sizeof(path), "/api/v1/events?since=%llu",
             (unsigned long long) *s->seq);
    CURL *curl = open_request(base, path, &headers);
    if (curl == NULL) {
        return CURLE_OUT_OF_MEMORY;
    }
    headers = curl_slist_append(headers, "Accept: text/event-stream");
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long) QUIET_S);
    curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_stream);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, s);
    CURLcode code = curl_easy_perform(curl);
    curl_easy_cleanup(curl);
    curl_slist_free_all(headers);
    return code;
}

int
nf_server_follow(uint64_t *seq, bool (*take)(const json_t *event, void *of),
                 void *of)
{
    struct stream s = {.seq = seq, .take = take, .of = of};
    char base[1024];
    bool was_there = false;
    CURLcode code = CURLE_OK;

    if (!find_base(base, sizeof(base))) {
        return NF_EXIT_FAILED;
    }
    while (!s.is_over) {
        uint64_t before = *seq;
        s.line.len = 0;
        code = read_stream(base, &s);
        was_there |= *seq != before;
        if (!s.is_over && code == CURLE_COULDNT_CONNECT && !was_there) {
            break;
        }
        if (!s.is_over) {
            sleep(AGAIN_S); /* nginx restarts, or the stream was quiet */
        }
    }
    free(s.line.data);
    return s.is_over ? NF_EXIT_OK : unreachable(base, code);
}
