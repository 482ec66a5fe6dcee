#include "http.h"

#include <openssl/ssl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "base/ip.h"

enum {
    REDIRECTS_MAX = 3,
    FIRST_ROOM = 4096,
    BUFFER = 4096,         /* what is read at once */
    UPLOAD_BUFFER = 16384, /* the least that libcurl takes */
};

#define SHOWN_KEY "public key hash: "

/* --- whom to ask ------------------------------------------------------------
 */

static bool
is_loopback(const char *host)
{
    struct nf_ip ip;

    return strcmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0
           || (nf_ip_parse(nf_text(host), &ip) && !ip.is_v6 && ip.b[0] == 127);
}

/* "http://" is for tests: a password would go in the clear. */
static bool
may_be_plain(CURLU *url)
{
    char *scheme = NULL, *host = NULL;
    bool may = curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK
               && curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK
               && (strcmp(scheme, "https") == 0
                   || (strcmp(scheme, "http") == 0 && is_loopback(host)));

    curl_free(scheme);
    curl_free(host);
    return may;
}

static bool
set_host(CURLU *url, const struct nf_device *device)
{
    char host[NF_DEVICE_ADDRESS + 2], port[8];
    bool is_v6 = strchr(device->address, ':') != NULL;

    snprintf(host, sizeof(host), is_v6 ? "[%s]" : "%s", device->address);
    snprintf(port, sizeof(port), "%u", device->port);
    return curl_url_set(url, CURLUPART_SCHEME, "https", 0) == CURLUE_OK
           && curl_url_set(url, CURLUPART_HOST, host, 0) == CURLUE_OK
           && (device->port == 0
               || curl_url_set(url, CURLUPART_PORT, port, 0) == CURLUE_OK);
}

static bool
set_url(CURLU *url, const struct nf_device *device, const char *path)
{
    bool has_scheme = strstr(device->address, "://") != NULL;

    return (has_scheme ? curl_url_set(url, CURLUPART_URL, device->address,
                                      CURLU_DISALLOW_USER)
                             == CURLUE_OK
                       : set_host(url, device))
           && may_be_plain(url)
           && curl_url_set(url, CURLUPART_PATH, path, 0) == CURLUE_OK;
}

static bool
is_same(CURLU *a, CURLU *b, CURLUPart part)
{
    char *of_a = NULL, *of_b = NULL;
    bool is = curl_url_get(a, part, &of_a, CURLU_DEFAULT_PORT) == CURLUE_OK
              && curl_url_get(b, part, &of_b, CURLU_DEFAULT_PORT) == CURLUE_OK
              && strcasecmp(of_a, of_b) == 0;

    curl_free(of_a);
    curl_free(of_b);
    return is;
}

/* --- what comes -------------------------------------------------------------
 */

static size_t
most_of(const struct nf_http *http)
{
    return http->is_stranger       ? NF_HTTP_STRANGER_MAX
           : http->answer_max != 0 ? http->answer_max
                                   : NF_HTTP_ANSWER_MAX;
}

static size_t
take_body(char *data, size_t size, size_t n, void *of)
{
    struct nf_http *http = of;
    size_t len = size * n, room = http->room == 0 ? FIRST_ROOM : http->room;

    if (len > most_of(http) - http->len) {
        return 0;
    }
    while (room < http->len + len) {
        room *= 2;
    }
    if (room != http->room) {
        char *body = realloc(http->body, room);
        if (body == NULL) {
            return 0;
        }
        http->body = body;
        http->room = room;
    }
    memcpy(http->body + http->len, data, len);
    http->len += len;
    return len;
}

static struct nf_text
trimmed(struct nf_text text)
{
    while (text.len > 0 && strchr(" \t", text.data[0]) != NULL) {
        text = (struct nf_text){text.data + 1, text.len - 1};
    }
    while (text.len > 0 && strchr(" \t\r\n", text.data[text.len - 1]) != NULL) {
        text.len--;
    }
    return text;
}

static void
forget_headers(struct nf_http *http)
{
    http->tag[0] = http->location[0] = http->token[0] = '\0';
}

static size_t
take_header(char *data, size_t size, size_t n, void *of)
{
    struct nf_http *http = of;
    struct nf_text value = {data, size * n};
    struct {
        const char *name;
        char *to;
    } rows[] = {
        {"etag", http->tag},
        {"location", http->location},
        {"x-auth-token", http->token},
    };

    if (nf_text_starts(value, NF_TEXT("HTTP/"))) {
        forget_headers(http);
        return size * n;
    }
    struct nf_text name = nf_text_cut(&value, ':');
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (name.len == strlen(rows[i].name)
            && strncasecmp(name.data, rows[i].name, name.len) == 0)
        {
            (void) nf_text_copy(rows[i].to, NF_HTTP_HEADER, trimmed(value));
        }
    }
    return size * n;
}

/* libcurl says in its log which key it was shown; nothing else of it is
 * read. */
static int
take_shown_key(CURL *easy, curl_infotype type, char *data, size_t len, void *of)
{
    struct nf_http *http = of;
    struct nf_text line = trimmed((struct nf_text){data, len});

    (void) easy;
    if (type == CURLINFO_TEXT && nf_text_starts(line, NF_TEXT(SHOWN_KEY))) {
        snprintf(http->words, sizeof(http->words), "key %.*s",
                 (int) (line.len - (sizeof(SHOWN_KEY) - 1)),
                 line.data + sizeof(SHOWN_KEY) - 1);
    }
    return 0;
}

/* --- one transfer -----------------------------------------------------------
 */

/* Most of the time nothing is read or written, of 256 conversations. */
static void
hold_less(SSL_CTX *context)
{
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
}

/* A key is pinned as libcurl has it: by the hash of the whole
 * SubjectPublicKeyInfo. */
static void
take_key(struct nf_http *http, X509 *certificate)
{
    unsigned char hash[crypto_hash_sha256_BYTES], *key = NULL;
    int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &key);
    size_t at = (size_t) snprintf(http->shown, sizeof(http->shown), "sha256//");

    if (len <= 0) {
        http->shown[0] = '\0';
        return;
    }
    crypto_hash_sha256(hash, key, (unsigned long long) len);
    sodium_bin2base64(http->shown + at, sizeof(http->shown) - at, hash,
                      sizeof(hash), sodium_base64_VARIANT_ORIGINAL);
    OPENSSL_free(key);
}

/* Whoever has a pin is known by it, to which libcurl sees. */
static int
take_certificate(X509_STORE_CTX *store, void *of)
{
    struct nf_http *http = of;
    X509 *certificate = X509_STORE_CTX_get0_cert(store);

    if (certificate != NULL) {
        take_key(http, certificate);
    }
    return http->is_stranger || http->device->pin[0] != '\0'
               ? 1
               : X509_verify_cert(store);
}

static CURLcode
set_up_tls(CURL *easy, void *context, void *of)
{
    (void) easy;
    hold_less(context);
    SSL_CTX_set_cert_verify_callback(context, take_certificate, of);
    return CURLE_OK;
}

static void
set_trust(struct nf_http *http)
{
    const char *pin = http->device->pin;

    curl_easy_setopt(http->easy, CURLOPT_SSL_CTX_FUNCTION, set_up_tls);
    curl_easy_setopt(http->easy, CURLOPT_SSL_CTX_DATA, http);
    if (http->is_looking) { /* no key has this hash: it ends there */
        pin = "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
        curl_easy_setopt(http->easy, CURLOPT_VERBOSE, 1L);
        curl_easy_setopt(http->easy, CURLOPT_DEBUGFUNCTION, take_shown_key);
        curl_easy_setopt(http->easy, CURLOPT_DEBUGDATA, http);
        curl_easy_setopt(http->easy, CURLOPT_FRESH_CONNECT, 1L);
    }
    if (pin[0] != '\0') {
        curl_easy_setopt(http->easy, CURLOPT_PINNEDPUBLICKEY, pin);
    } else if (!http->is_stranger) {
        return; /* by the system's authorities, as libcurl does */
    }
    curl_easy_setopt(http->easy, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(http->easy, CURLOPT_SSL_VERIFYHOST, 0L);
    /* Old BMCs have keys and exchange keys of 1,024 bits. */
    curl_easy_setopt(http->easy, CURLOPT_SSL_CIPHER_LIST, "DEFAULT@SECLEVEL=1");
}

static bool
add_header(struct nf_http *http, const char *name, const char *value)
{
    char line[NF_HTTP_HEADER + 64];
    int n = snprintf(line, sizeof(line), "%s: %s", name, value);
    struct curl_slist *longer =
        n < (int) sizeof(line) ? curl_slist_append(http->headers, line) : NULL;

    http->headers = longer != NULL ? longer : http->headers;
    explicit_bzero(line, sizeof(line));
    return longer != NULL;
}

/* By our own hand: libcurl would keep the password with the connection, which
 * outlives the conversation. */
static bool
add_password(struct nf_http *http)
{
    const struct nf_device *device = http->device;
    char pair[sizeof(device->user) + sizeof(device->password)];
    char value[2 * sizeof(pair)] = "Basic ";
    size_t at = strlen(value);
    int len =
        snprintf(pair, sizeof(pair), "%s:%s", device->user, device->password);

    sodium_bin2base64(value + at, sizeof(value) - at, (unsigned char *) pair,
                      (size_t) len, sodium_base64_VARIANT_ORIGINAL);
    bool is_added = add_header(http, "Authorization", value);
    explicit_bzero(pair, sizeof(pair));
    explicit_bzero(value, sizeof(value));
    return is_added;
}

static bool
set_headers(struct nf_http *http)
{
    const struct nf_http_request *request = &http->request;
    bool is_set = add_header(http, "Accept", "application/json")
                  && add_header(http, "OData-Version", "4.0")
                  && curl_slist_append(http->headers, "Expect:") != NULL;

    if (request->body != NULL) {
        is_set = is_set && add_header(http, "Content-Type", "application/json");
    }
    if (request->is_basic) {
        is_set = is_set && add_password(http);
    }
    for (size_t i = 0; i < request->headers_n; i++) {
        is_set =
            is_set && add_header(http, request->names[i], request->values[i]);
    }
    curl_easy_setopt(http->easy, CURLOPT_HTTPHEADER, http->headers);
    return is_set;
}

static void
set_method(struct nf_http *http)
{
    const struct nf_http_request *request = &http->request;

    if (request->body != NULL) {
        curl_easy_setopt(http->easy, CURLOPT_POSTFIELDS, request->body);
        curl_easy_setopt(http->easy, CURLOPT_POSTFIELDSIZE,
                         (long) strlen(request->body));
    }
    curl_easy_setopt(http->easy, CURLOPT_CUSTOMREQUEST, request->method);
}

static void
set_bounds(struct nf_http *http)
{
    CURL *easy = http->easy;

    curl_easy_setopt(easy, CURLOPT_PRIVATE, &http->transfer);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, (long) BUFFER);
    curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, (long) UPLOAD_BUFFER);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                     http->is_stranger ? (long) NF_HTTP_STRANGER_CONNECT_MS
                                       : (long) NF_HTTP_CONNECT_MS);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS,
                     http->is_parting    ? (long) NF_HTTP_PARTING_MS
                     : http->is_stranger ? (long) NF_HTTP_STRANGER_MS
                                         : (long) NF_HTTP_ANSWER_MS);
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, (long) http->request.is_once);
    curl_easy_setopt(easy, CURLOPT_FORBID_REUSE,
                     (long) (http->is_parting || http->is_stranger));
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, http);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, http);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, http->error);
}

/* False: no memory. */
static bool
start(struct nf_http *http)
{
    curl_easy_reset(http->easy);
    curl_slist_free_all(http->headers);
    http->headers = NULL;
    http->len = 0;
    http->error[0] = '\0';
    forget_headers(http);
    set_bounds(http);
    set_trust(http);
    curl_easy_setopt(http->easy, CURLOPT_CURLU, http->url);
    if (!http->is_looking) {
        set_method(http);
    }
    http->is_at_work =
        (http->is_looking || set_headers(http))
        && curl_multi_add_handle(http->loop->multi, http->easy) == CURLM_OK;
    return http->is_at_work;
}

/* --- how it ends ------------------------------------------------------------
 */

bool
nf_http_is_connected(const struct nf_http *http)
{
    curl_off_t connect = 0, transfer = 0;

    curl_easy_getinfo(http->easy, CURLINFO_CONNECT_TIME_T, &connect);
    curl_easy_getinfo(http->easy, CURLINFO_PRETRANSFER_TIME_T, &transfer);
    return connect > 0 || transfer > 0;
}

static enum nf_bmc_cause
cause_of(const struct nf_http *http, CURLcode code)
{
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
        return NF_BMC_UNREACHABLE;
    case CURLE_OPERATION_TIMEDOUT:
        return nf_http_is_connected(http) ? NF_BMC_HUNG : NF_BMC_UNREACHABLE;
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_GOT_NOTHING:
        return NF_BMC_HUNG;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
    case CURLE_SSL_CERTPROBLEM:
        return NF_BMC_CERTIFICATE;
    case CURLE_OUT_OF_MEMORY:
    case CURLE_FAILED_INIT:
    case CURLE_SSL_CACERT_BADFILE:
        return NF_BMC_LOCAL;
    default:
        return NF_BMC_MALFORMED;
    }
}

static void
say(struct nf_http *http, enum nf_bmc_cause cause, const char *words)
{
    http->cause = cause;
    nf_text_copy_words(http->words, sizeof(http->words), nf_text(words));
}

static void
end(struct nf_http *http)
{
    if (http->is_parting) {
        http->loop->parting--;
        nf_http_free(http);
        return;
    }
    http->done(http);
}

static bool
is_redirect(long status)
{
    return status == 301 || status == 302 || status == 307 || status == 308;
}

/* On the same host, with the same method; true: it is on its way. */
static bool
follow(struct nf_http *http)
{
    CURLU *next = curl_url_dup(http->url);
    bool is_ours =
        next != NULL && http->redirects++ < REDIRECTS_MAX
        && curl_url_set(next, CURLUPART_URL, http->location, 0) == CURLUE_OK
        && is_same(http->url, next, CURLUPART_SCHEME)
        && is_same(http->url, next, CURLUPART_HOST)
        && is_same(http->url, next, CURLUPART_PORT);

    if (!is_ours) {
        curl_url_cleanup(next);
        say(http, NF_BMC_MALFORMED, "it redirects elsewhere");
        return false;
    }
    curl_url_cleanup(http->url);
    http->url = next;
    return start(http);
}

/* The next transfer is begun; false: there is none. */
static bool
goes_on(struct nf_http *http, CURLcode code)
{
    long status = 0;

    if (code == CURLE_OK) {
        curl_easy_getinfo(http->easy, CURLINFO_RESPONSE_CODE, &status);
        http->status = (unsigned) status;
        http->cause = NF_BMC_FINE;
        return is_redirect(status) && http->location[0] != '\0' && follow(http);
    }
    say(http, cause_of(http, code), http->error);
    if (code == CURLE_WRITE_ERROR) {
        snprintf(http->words, sizeof(http->words),
                 http->is_stranger ? "it answers more than %zu KiB"
                                   : "it answers more than %zu MiB",
                 most_of(http) >> (http->is_stranger ? 10 : 20));
    }
    if (http->cause != NF_BMC_CERTIFICATE) {
        return false;
    }
    http->words[0] = '\0';
    http->is_looking = true;
    return start(http);
}

static void
on_done(struct nf_transfer *transfer, CURLcode code)
{
    struct nf_http *http = (struct nf_http *) transfer;

    http->is_at_work = false;
    if (http->is_looking || http->is_parting) {
        http->is_looking = false;
        end(http);
    } else if (!goes_on(http, code)) {
        end(http);
    }
}

struct nf_http *
nf_http_new(struct nf_loop *loop, const struct nf_device *device,
            void (*done)(struct nf_http *http), void *of)
{
    struct nf_http *http = calloc(1, sizeof(*http));

    if (http == NULL) {
        return NULL;
    }
    http->transfer.done = on_done;
    http->loop = loop;
    http->device = device;
    http->done = done;
    http->of = of;
    http->easy = curl_easy_init();
    http->url = curl_url();
    if (http->easy == NULL || http->url == NULL) {
        nf_http_free(http);
        return NULL;
    }
    return http;
}

bool
nf_http_ask(struct nf_http *http, const struct nf_http_request *request)
{
    http->request = *request;
    http->redirects = 0;
    http->words[0] = http->shown[0] = '\0';
    if (!set_url(http->url, http->device, request->path)) {
        say(http, NF_BMC_LOCAL,
            "it is not a valid address; http:// is for loopback only");
        return false;
    }
    if (!start(http)) {
        say(http, NF_BMC_LOCAL, "out of memory");
        return false;
    }
    return true;
}

static void
stop(struct nf_http *http)
{
    if (http->is_at_work) {
        curl_multi_remove_handle(http->loop->multi, http->easy);
        http->is_at_work = false;
    }
}

void
nf_http_free(struct nf_http *http)
{
    if (http == NULL) {
        return;
    }
    stop(http);
    curl_easy_cleanup(http->easy);
    curl_url_cleanup(http->url);
    curl_slist_free_all(http->headers);
    free(http->body);
    free(http);
}

void
nf_http_part(struct nf_http *http, const struct nf_http_request *request)
{
    stop(http);
    http->is_looking = false;
    http->is_parting = true;
    http->loop->parting++;
    if (!nf_http_ask(http, request)) {
        end(http);
    }
}
