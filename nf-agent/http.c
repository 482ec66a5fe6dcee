#include "http.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const char scheme[] = "http://";

/* No disk is as large, and sums with it do not overflow. */
static const uint64_t length_max = UINT64_C(1) << 60;

bool
nf_url_parse(const char *text, struct nf_url *url)
{
    struct nf_url result = {0};
    char server[NF_HOST_SIZE + NF_PORT_SIZE];

    if (strncasecmp(text, scheme, sizeof scheme - 1) != 0) {
        return false;
    }
    const char *host = text + sizeof scheme - 1;
    size_t host_len = strcspn(host, "/");
    const char *path = host[host_len] == '/' ? host + host_len : "/";

    for (const char *at = path; *at != '\0'; at++) {
        if (*at <= ' ' || *at > '~' || *at == '#') {
            return false;
        }
    }
    if (host_len >= sizeof server || strlen(path) >= sizeof result.path) {
        return false;
    }
    snprintf(server, sizeof server, "%.*s", (int) host_len, host);
    if (!nf_endpoint_parse(server, "80", &result.server)) {
        return false;
    }
    snprintf(result.path, sizeof result.path, "%s", path);
    *url = result;
    return true;
}

/* A blocking socket would let a vanished server hold us for minutes. */
static bool
connect_in_time(int fd, const struct addrinfo *to, int hold_s)
{
    struct timeval send = {.tv_sec = NF_HTTP_TIMEOUT_S};
    struct timeval receive = {.tv_sec = NF_HTTP_TIMEOUT_S + hold_s};

    /* Linux applies SO_SNDTIMEO to connect() as well */
    return setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &send, sizeof send) == 0
           && setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &receive, sizeof receive)
                  == 0
           && connect(fd, to->ai_addr, to->ai_addrlen) == 0;
}

static int
server_connect(const struct nf_endpoint *server, int hold_s, char *fault,
               size_t size)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found;

    int rc = getaddrinfo(server->host, server->port, &hints, &found);
    if (rc != 0) {
        snprintf(fault, size, "cannot find %s: %s", server->host,
                 gai_strerror(rc));
        return -1;
    }
    int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || !connect_in_time(fd, found, hold_s)) {
        int error = errno == EINPROGRESS ? ETIMEDOUT : errno;
        snprintf(fault, size, "cannot reach %s:%s: %s", server->host,
                 server->port, strerror(error));
        if (fd >= 0) {
            close(fd);
        }
        fd = -1;
    }
    freeaddrinfo(found);
    return fd;
}

static bool
send_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);
        if (n <= 0) {
            return false;
        }
        bytes += n;
        len -= (size_t) n;
    }
    return true;
}

/* from > 0: the part from there on, of this version, or else the whole. */
static bool
request_send(int fd, const struct nf_url *url, const char *body, int64_t from)
{
    char head[NF_URL_PATH_SIZE + NF_HOST_SIZE + 240];
    size_t body_len = body != NULL ? strlen(body) : 0;

    int len = snprintf(head, sizeof head,
                       "%s %s HTTP/1.0\r\nHost: %s:%s\r\n"
                       "User-Agent: nf-agent\r\nConnection: close\r\n",
                       body != NULL ? "POST" : "GET", url->path,
                       url->server.host, url->server.port);
    if (body != NULL) {
        len += snprintf(head + len, sizeof head - (size_t) len,
                        "Content-Type: application/json\r\n"
                        "Content-Length: %zu\r\n",
                        body_len);
    }
    if (from > 0) {
        len += snprintf(head + len, sizeof head - (size_t) len,
                        "Range: bytes=%lld-\r\n", (long long) from);
    }
    len += snprintf(head + len, sizeof head - (size_t) len, "\r\n");
    return send_all(fd, head, (size_t) len)
           && (body == NULL || send_all(fd, body, body_len));
}

static int64_t
now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return now.tv_sec;
}

/* Reads until the empty line; the body's first bytes may come along. */
static bool
head_read(struct nf_http *http, int hold_s, char *fault, size_t size)
{
    int64_t end_s = now_s() + hold_s + NF_HTTP_TIMEOUT_S;
    size_t n = 0;

    /* a byte now and then is no answer */
    while (n < NF_HTTP_HEAD_MAX && now_s() <= end_s) {
        ssize_t got = recv(http->fd, http->ahead + n, NF_HTTP_HEAD_MAX - n, 0);
        if (got <= 0) {
            snprintf(fault, size,
                     "the server closed the connection or went silent before "
                     "answering");
            return false;
        }
        n += (size_t) got;
        http->ahead[n] = '\0';
        char *end = strstr(http->ahead, "\r\n\r\n");
        if (end != NULL) {
            end[2] = '\0'; /* the head keeps its last line's end */
            http->ahead_at = (size_t) (end + 4 - http->ahead);
            http->ahead_end = n;
            return true;
        }
    }
    snprintf(fault, size,
             "the answer's head is longer than %d bytes or %d seconds",
             NF_HTTP_HEAD_MAX, hold_s + NF_HTTP_TIMEOUT_S);
    return false;
}

/* Digits alone, and only one such line: RFC 9112 section 6.3. */
static bool
length_take(struct nf_http *http, const char *value)
{
    uint64_t length;

    if (http->length >= 0
        || !nf_text_number(nf_text(value), length_max, &length)) {
        return false;
    }
    http->length = (int64_t) length;
    return true;
}

/* "bytes 5-9/10", RFC 9110 section 14.4: only what reaches to the end. */
static bool
part_take(struct nf_http *http, const char *value)
{
    long long first, last, whole;
    int used = 0;

    if (sscanf(value, "bytes %18lld-%18lld/%18lld%n", &first, &last, &whole,
               &used)
            != 3
        || value[used] != '\0' || first < 0 || last < first
        || whole != last + 1)
    {
        return false;
    }
    http->from = first;
    return true;
}

static bool
field_take(struct nf_http *http, char *line)
{
    char *value = strchr(line, ':');

    if (value == NULL) {
        return false;
    }
    *value++ = '\0';
    value += strspn(value, " \t");
    if (strcasecmp(line, "Transfer-Encoding") == 0) {
        return false;
    }
    if (strcasecmp(line, "Content-Range") == 0) {
        return part_take(http, value);
    }
    if (strcasecmp(line, "ETag") == 0) {
        snprintf(http->etag, sizeof http->etag, "%s", value);
    }
    return strcasecmp(line, "Content-Length") != 0 || length_take(http, value);
}

static bool
head_parse(struct nf_http *http)
{
    char *line = http->ahead;
    char *end = strstr(line, "\r\n");
    int used = 0;

    *end = '\0';
    if (sscanf(line, "HTTP/1.%*1[01] %3d%n", &http->status, &used) != 1
        || used != 12)
    {
        return false;
    }
    for (line = end + 2; *line != '\0'; line = end + 2) {
        end = strstr(line, "\r\n");
        *end = '\0';
        if (!field_take(http, line)) {
            return false;
        }
    }
    return http->length >= 0;
}

static bool
request_open(struct nf_http *http, const struct nf_url *url, const char *body,
             int64_t from, int hold_s, char *fault, size_t size)
{
    http->status = 0;
    http->length = -1;
    http->taken = 0;
    http->from = -1;
    http->etag[0] = '\0';
    http->fd = server_connect(&url->server, hold_s, fault, size);
    if (http->fd < 0) {
        return false;
    }
    if (!request_send(http->fd, url, body, from)) {
        snprintf(fault, size, "cannot send to %s:%s: %s", url->server.host,
                 url->server.port, strerror(errno));
    } else if (head_read(http, hold_s, fault, size)) {
        if (head_parse(http)) {
            return true;
        }
        snprintf(fault, size,
                 "the server's answer is not HTTP with a "
                 "Content-Length");
    }
    nf_http_close(http);
    return false;
}

bool
nf_http_open(struct nf_http *http, const struct nf_url *url, const char *body,
             char *fault, size_t size)
{
    return request_open(http, url, body, 0, 0, fault, size);
}

bool
nf_http_open_held(struct nf_http *http, const struct nf_url *url,
                  const char *body, int hold_s, char *fault, size_t size)
{
    return request_open(http, url, body, 0, hold_s, fault, size);
}

bool
nf_http_resume(struct nf_http *http, const struct nf_url *url, char *fault,
               size_t size)
{
    struct nf_http part;

    nf_http_close(http);
    if (!request_open(&part, url, NULL, http->taken, 0, fault, size)) {
        http->status = part.status;
        return false;
    }
    if (part.status == 206 && part.from == http->taken
        && part.from + part.length == http->length
        && strcmp(part.etag, http->etag) == 0)
    {
        part.taken = part.from;
        part.length = http->length;
        *http = part;
        return true;
    }
    snprintf(fault, size, "the server cannot resume: it answers %d",
             part.status);
    http->status = part.status;
    nf_http_close(&part);
    return false;
}

ssize_t
nf_http_read(struct nf_http *http, void *buffer, size_t size)
{
    int64_t left = http->length - http->taken;
    size_t ahead = http->ahead_end - http->ahead_at;
    ssize_t n;

    if ((int64_t) size > left) {
        size = (size_t) left;
    }
    if (size == 0) {
        return 0;
    }
    if (ahead > 0) {
        n = (ssize_t) (ahead < size ? ahead : size);
        memcpy(buffer, http->ahead + http->ahead_at, (size_t) n);
        http->ahead_at += (size_t) n;
    } else {
        n = recv(http->fd, buffer, size, 0);
    }
    if (n <= 0) {
        return -1;
    }
    http->taken += n;
    return n;
}

void
nf_http_close(struct nf_http *http)
{
    if (http->fd >= 0) {
        close(http->fd);
    }
    http->fd = -1;
}
