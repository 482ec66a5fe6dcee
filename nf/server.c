#include "server.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "client.h"
#include "command.h"
#include "patience.h"
#include "terminal.h"
#include "unanswered.h"

enum {
    CONNECT_MS = 5000,
    QUIET_S = 45, /* an event stream says three times that it lives */
    LINE_MAX_BYTES = 1 << 20,
    AGAIN_S = 1,
};

static const char *chosen;
static bool is_dry;

void
nf_server_set(const char *url)
{
    chosen = url;
}

/* What came so far of a body. */
struct body {
    char *data;
    size_t len, size;
};

static size_t
take_body(char *data, size_t size, size_t n, void *of)
{
    struct body *body = of;
    size_t len = size * n;

    if (body->len + len > NF_ANSWER_MAX_BYTES) {
        return 0;
    }
    if (body->len + len >= body->size) {
        size_t wanted = 2 * (body->len + len + 1);
        char *more = realloc(body->data, wanted);
        if (more == NULL) {
            return 0;
        }
        body->data = more;
        body->size = wanted;
    }
    memcpy(body->data + body->len, data, len);
    body->len += len;
    body->data[body->len] = '\0';
    return len;
}

/* RFC 8288: <path>; rel="next".  Only within the same server. */
static size_t
take_header(char *data, size_t size, size_t n, void *of)
{
    struct nf_reply *reply = of;
    size_t len = size * n;
    static const char name[] = "link:", rel[] = "rel=\"next\"";

    if (len < sizeof(name) || strncasecmp(data, name, sizeof(name) - 1) != 0
        || memmem(data, len, rel, sizeof(rel) - 1) == NULL)
    {
        return len;
    }
    const char *begin = memchr(data, '<', len);
    const char *end = begin != NULL ? memchr(data, '>', len) : NULL;
    size_t found = end != NULL && end > begin ? (size_t) (end - begin) - 1 : 0;
    if (found > 0 && found < sizeof(reply->next) && begin[1] == '/') {
        memcpy(reply->next, begin + 1, found);
        reply->next[found] = '\0';
    }
    return len;
}

/* One conversation: what curl needs as long as it lasts. */
struct request {
    CURL *curl;
    struct curl_slist *headers;
};

/* One for all, which keeps its connection: a command that asks a thousand times
 * connects once. */
static CURL *
take_curl(void)
{
    static CURL *curl;

    if (curl == NULL) {
        curl = curl_easy_init();
    } else {
        curl_easy_reset(curl);
    }
    return curl;
}

static long
connect_ms(void)
{
    return nf_patience() < CONNECT_MS ? nf_patience() : CONNECT_MS;
}

static bool
open_request(struct request *request, const char *base, const char *path,
             const char *header)
{
    char url[2048];
    int n = snprintf(url, sizeof(url), "%s%s", base, path);
    CURL *curl = take_curl();

    *request = (struct request){curl, curl_slist_append(NULL, header)};
    if (curl == NULL || request->headers == NULL || n < 0
        || (size_t) n >= sizeof(url))
    {
        nf_log(
            NF_LOG_ERR,
            "cannot send the request: out of memory, or the URL is too long");
        return false;
    }
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, connect_ms());
    /* a name server that hangs is not waited for at the end */
    curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "nf/" NF_VERSION);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, request->headers);
    return true;
}

/* NULL: there is none to add. */
static bool
add_header(struct request *request, const char *header)
{
    struct curl_slist *headers =
        header != NULL ? curl_slist_append(request->headers, header)
                       : request->headers;

    if (headers == NULL) {
        return false;
    }
    request->headers = headers;
    curl_easy_setopt(request->curl, CURLOPT_HTTPHEADER, headers);
    return true;
}

static void
close_request(struct request *request)
{
    curl_slist_free_all(request->headers);
}

static int
no_answer(const char *base, const char *what, long waited_ms, CURL *curl,
          CURLcode code)
{
    return nf_unanswered_tell(
        &(struct nf_unanswered){.base = base,
                                .what = what,
                                .curl = curl,
                                .code = code,
                                .patience_ms = waited_ms,
                                .connect_ms = connect_ms()});
}

static CURLcode
perform(CURL *curl, const char *method, const char *sent, struct body *got,
        struct nf_reply *reply)
{
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, nf_patience());
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, got);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, reply);
    if (sent != NULL) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, sent);
    }
    CURLcode code = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &reply->status);
    return code;
}

static char nothing[1];

/* Something else may listen at the API's address, and say 200 to anything. */
static int
judge(const char *base, const char *what, bool is_json, struct nf_reply *reply)
{
    bool is_empty = reply->text == nothing;

    if (reply->status < 200 || reply->status > 299) {
        return NF_EXIT_FAILED;
    }
    if (!is_json || reply->json != NULL
        || (is_empty && strncmp(what, "GET ", 4) != 0))
    {
        return NF_EXIT_OK;
    }
    nf_log(NF_LOG_ERR,
           "%s: %s: the answer is not JSON: is NodeFoundry's API "
           "there?",
           base, what);
    reply->status = 0;
    return NF_EXIT_UNREACHABLE;
}

struct asked {
    const char *method, *path;
    const json_t *body;
    const char *match; /* a header to go with it, NULL: none */
    bool is_text;      /* the answer is no JSON */
};

static CURLcode
transmit(struct request *request, const char *method, const json_t *body,
         struct body *got, struct nf_reply *reply)
{
    char *sent = body != NULL ? json_dumps(body, JSON_COMPACT) : NULL;
    CURLcode code = perform(request->curl, method, sent, got, reply);

    if (sent != NULL) {
        explicit_bzero(sent, strlen(sent)); /* it may hold a password */
    }
    free(sent);
    return code;
}

static bool
path_of(const struct asked *asked, char path[static NF_PATH_MAX_BYTES])
{
    snprintf(path, NF_PATH_MAX_BYTES, "%s", asked->path);
    return !is_dry || strcmp(asked->method, "GET") == 0
           || nf_server_query(path, "dry_run", "true");
}

static int
exchange(const struct asked *asked, struct nf_reply *reply)
{
    char base[1024], what[NF_PATH_MAX_BYTES + 16], path[NF_PATH_MAX_BYTES];
    struct body got = {0};
    struct request request;
    int result = NF_EXIT_FAILED;

    *reply = (struct nf_reply){.text = nothing};
    if (!nf_client_find(chosen, base, sizeof(base)) || !path_of(asked, path)) {
        return NF_EXIT_FAILED;
    }
    snprintf(what, sizeof(what), "%s %.*s", asked->method,
             (int) strcspn(asked->path, "?"), asked->path);
    if (open_request(&request, base, path, "Content-Type: application/json")
        && add_header(&request, asked->match))
    {
        CURLcode code =
            transmit(&request, asked->method, asked->body, &got, reply);
        if (got.data != NULL) {
            reply->text = got.data;
            reply->json = json_loadb(got.data, got.len,
                                     JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
        }
        if (code != CURLE_OK) {
            reply->status = 0;
            result = no_answer(base, what, nf_patience(), request.curl, code);
        } else {
            result = judge(base, what, !asked->is_text, reply);
        }
    }
    close_request(&request);
    return result;
}

int
nf_server_dry(void)
{
    struct nf_reply reply;
    int code = nf_server_try("GET", "/api/v1/tasks?limit=1&dry_run=true", NULL,
                             &reply);
    bool is_known = reply.status == 400; /* it refuses what it cannot do */

    nf_server_end(&reply);
    if (code != NF_EXIT_UNREACHABLE && !is_known) {
        nf_log(NF_LOG_ERR, "the server is of a version that has no dry run");
        return NF_EXIT_FAILED;
    }
    is_dry = true;
    return is_known ? NF_EXIT_OK : code;
}

int
nf_server_try(const char *method, const char *path, const json_t *body,
              struct nf_reply *reply)
{
    return exchange(
        &(struct asked){.method = method, .path = path, .body = body}, reply);
}

int
nf_server_replace(const char *path, const json_t *body, uint64_t revision,
                  struct nf_reply *reply)
{
    char match[64];

    snprintf(match, sizeof(match), "If-Match: \"%llu\"",
             (unsigned long long) revision);
    return exchange(
        &(struct asked){
            .method = "PUT", .path = path, .body = body, .match = match},
        reply);
}

int
nf_server_text(const char *path, struct nf_reply *reply)
{
    int code = exchange(
        &(struct asked){.method = "GET", .path = path, .is_text = true}, reply);

    if (code == NF_EXIT_FAILED && reply->status != 0) {
        nf_server_tell(reply);
    }
    return code;
}

int
nf_server_ask(const char *method, const char *path, const json_t *body,
              struct nf_reply *reply)
{
    int code = nf_server_try(method, path, body, reply);

    if (code == NF_EXIT_FAILED && reply->status != 0) {
        nf_server_tell(reply);
    } else if (strcmp(method, "GET") != 0) {
        nf_server_warn(reply->json);
    }
    return code;
}

void
nf_server_end(struct nf_reply *reply)
{
    json_decref(reply->json);
    if (reply->text != nothing) {
        free(reply->text);
    }
    *reply = (struct nf_reply){0};
}

int
nf_server_pages(const char *path, bool (*take)(const json_t *page, void *of),
                void *of)
{
    char at[NF_PATH_MAX_BYTES];
    struct nf_reply reply;
    bool has_more = true;
    int code = NF_EXIT_OK;

    snprintf(at, sizeof(at), "%s", path);
    while (code == NF_EXIT_OK && has_more) {
        code = nf_server_ask("GET", at, NULL, &reply);
        if (code == NF_EXIT_OK) {
            bool goes_on = strcmp(reply.next, at) != 0 && reply.next[0] != '\0';
            has_more = take(reply.json, of) && goes_on;
            memcpy(at, reply.next, sizeof(at));
        }
        nf_server_end(&reply);
    }
    return code;
}

/* --- events (WHATWG HTML, server-sent events: lines "data: ...") ----------
 */

struct transfer {
    struct body line; /* the one that is not whole yet */
    uint64_t *seq;
    const struct nf_follower *follower;
    CURL *curl;
    char id[40]; /* of the last event, as the server wrote it */
    bool is_over, is_reset;
};

static void
take_line(struct transfer *s, char *line)
{
    static const char mark[] = "data:", id[] = "id: ", reset[] = "event: reset";

    if (strncmp(line, id, sizeof(id) - 1) == 0) {
        (void) nf_text_copy(s->id, sizeof(s->id),
                            nf_text(line + sizeof(id) - 1));
    } else if (strcmp(line, reset) == 0) {
        s->is_over = s->is_reset = true;
    }
    if (s->is_over || strncmp(line, mark, sizeof(mark) - 1) != 0) {
        return;
    }
    json_t *event = json_loads(line + sizeof(mark) - 1, JSON_ALLOW_NUL, NULL);
    json_int_t seq = json_integer_value(json_object_get(event, "seq"));
    if (event != NULL && seq > 0 && (uint64_t) seq > *s->seq) {
        *s->seq = (uint64_t) seq;
        s->is_over = !s->follower->take(event, s->follower->of);
    }
    json_decref(event);
}

/* The body of a refusal is no stream; it is not long either. */
static size_t
take_stream(char *data, size_t size, size_t n, void *of)
{
    struct transfer *s = of;
    size_t len = size * n;
    long status = 0;

    curl_easy_getinfo(s->curl, CURLINFO_RESPONSE_CODE, &status);
    if (s->line.len + len > LINE_MAX_BYTES
        || take_body(data, size, n, &s->line) != len)
    {
        return 0;
    }
    if (status != 200) {
        return len;
    }
    char *at = s->line.data, *end;
    while (!s->is_over && (end = strchr(at, '\n')) != NULL) {
        *end = '\0';
        take_line(s, at);
        at = end + 1;
    }
    s->line.len -= (size_t) (at - s->line.data);
    memmove(s->line.data, at, s->line.len + 1);
    s->follower->settle(s->follower->of);
    return s->is_over ? 0 : len;
}

/* *result: what to say of a server that does not answer. */
static CURLcode
read_stream(const char *base, struct transfer *s, long *status, bool was_there,
            int *result)
{
    struct request request;
    char path[80];
    CURLcode code = CURLE_OUT_OF_MEMORY;

    if (s->id[0] == '\0') {
        snprintf(s->id, sizeof(s->id), "%llu", (unsigned long long) *s->seq);
    }
    snprintf(path, sizeof(path), "/api/v1/events?since=%s", s->id);
    *status = 0;
    s->line.len = 0;
    if (open_request(&request, base, path, "Accept: text/event-stream")) {
        s->curl = request.curl;
        curl_easy_setopt(s->curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
        curl_easy_setopt(s->curl, CURLOPT_LOW_SPEED_TIME, (long) QUIET_S);
        curl_easy_setopt(s->curl, CURLOPT_WRITEFUNCTION, take_stream);
        curl_easy_setopt(s->curl, CURLOPT_WRITEDATA, s);
        code = curl_easy_perform(s->curl);
        curl_easy_getinfo(s->curl, CURLINFO_RESPONSE_CODE, status);
        if (*status == 0 && !was_there) {
            *result = no_answer(base, "GET /api/v1/events", 1000L * QUIET_S,
                                s->curl, code);
        }
    }
    close_request(&request);
    return code;
}

/* What the server refuses, it will refuse again; one that was there and is
 * about to stop, or overloaded (5xx), may not. */
static bool
is_refused(const struct transfer *s, long status, bool was_there)
{
    struct nf_reply reply = {.status = status};

    if (status < 400 || (status > 499 && was_there)) {
        return false;
    }
    reply.json = json_loadb(s->line.data != NULL ? s->line.data : "",
                            s->line.len, 0, NULL);
    nf_server_tell(&reply);
    json_decref(reply.json);
    return true;
}

int
nf_server_follow(uint64_t *seq, const struct nf_follower *follower)
{
    struct transfer s = {.seq = seq, .follower = follower};
    char base[1024];
    bool was_there = false, is_lost = false;
    int result = NF_EXIT_OK;

    if (!nf_client_find(chosen, base, sizeof(base))) {
        return NF_EXIT_FAILED;
    }
    while (!s.is_over && result == NF_EXIT_OK) {
        long status;
        CURLcode code = read_stream(base, &s, &status, was_there, &result);
        bool is_away = status != 200 || code == CURLE_OPERATION_TIMEDOUT;
        was_there |= status == 200;
        if (s.is_over || result != NF_EXIT_OK) {
            break;
        }
        if (is_refused(&s, status, was_there)) {
            result = NF_EXIT_FAILED;
        } else if (was_there) {
            if (is_away && !is_lost) {
                follower->lose(follower->of);
            }
            is_lost = is_away;
            sleep(AGAIN_S); /* nginx restarts, or the stream was quiet */
        }
    }
    if (s.is_reset) {
        nf_log(NF_LOG_ERR, "the server's store was restored from a backup in "
                           "the meantime: start again");
        result = NF_EXIT_FAILED;
    }
    free(s.line.data);
    return result;
}
