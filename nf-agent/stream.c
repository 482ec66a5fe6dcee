#include "stream.h"

#include "log.h"
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    PIECE = 64 * 1024,
    PIPE_SIZE = 1024 * 1024,
};

/* clang-format off */
static const struct coding {
    const char *name;
    uint8_t magic[6];
    size_t magic_len;
    const char *argv[4];
} codings[] = {
    { "zstd", { 0x28, 0xb5, 0x2f, 0xfd }, 4, { "zstd", "-dcq", NULL } },
    { "gzip", { 0x1f, 0x8b, 0x08 },       3, { "gzip", "-dc", NULL } },
    { "xz",   { 0xfd, '7', 'z', 'X', 'Z', 0 }, 6, { "xz", "-dcq", NULL } },
};
/* clang-format on */

static const struct coding *
coding_find(const uint8_t *head, size_t len)
{
    for (size_t i = 0; i < sizeof codings / sizeof codings[0]; i++) {
        if (len >= codings[i].magic_len
            && memcmp(head, codings[i].magic, codings[i].magic_len) == 0)
        {
            return &codings[i];
        }
    }
    return NULL;
}

/* The content size in a zstd frame's header (RFC 8878 section 3.1.1.1), or -1.
   The other codings tell it at their end, which is too late. */
static int64_t
zstd_size(const uint8_t *head, size_t len)
{
    static const uint8_t dictionary_lens[] = {0, 1, 2, 4};
    static const uint8_t size_lens[] = {0, 2, 4, 8};
    uint64_t size = 0;
    uint8_t flags = len > 4 ? head[4] : 0;
    bool is_single = (flags & 0x20) != 0;
    size_t size_len = size_lens[flags >> 6];

    if (size_len == 0 && is_single) {
        size_len = 1;
    }
    size_t at = 5 + (is_single ? 0 : 1) + dictionary_lens[flags & 3];
    if (size_len == 0 || at + size_len > len) {
        return -1;
    }
    for (size_t i = size_len; i > 0; i--) {
        size = size << 8 | head[at + i - 1];
    }
    size += size_len == 2 ? 256 : 0;
    return size > INT64_MAX ? INT64_MAX : (int64_t) size;
}

static int64_t
now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return now.tv_sec;
}

/* As nf_http_read, but a server that was away for a while is asked again. */
static ssize_t
body_read(struct nf_download *stream, uint8_t *bytes, size_t len)
{
    struct nf_http *http = &stream->http;
    char why[NF_STREAM_FAULT];
    ssize_t n = nf_http_read(http, bytes, len);

    if (n >= 0) {
        return n;
    }
    nf_log(NF_LOG_WARNING,
           "the connection broke after %lld of %lld bytes; resuming from there",
           (long long) http->taken, (long long) http->length);
    for (int64_t end = now_s() + NF_STREAM_PATIENCE_S;
         n < 0 && now_s() < end && !stream->is_given_up;)
    {
        sleep(1);
        if (nf_http_resume(http, &stream->url, why, sizeof why)) {
            n = nf_http_read(http, bytes, len);
        } else if (http->status != 0 && http->status < 500) {
            nf_log(NF_LOG_WARNING, "%s", why);
            break; /* it has another body there, or none */
        }
    }
    return n;
}

static bool
head_read(struct nf_download *stream)
{
    while (stream->head_len < sizeof stream->head) {
        ssize_t n = nf_http_read(&stream->http, stream->head + stream->head_len,
                                 sizeof stream->head - stream->head_len);
        if (n <= 0) {
            return n == 0;
        }
        stream->head_len += (size_t) n;
    }
    return true;
}

bool
nf_stream_open(struct nf_download *stream, const struct nf_url *url,
               char *fault, size_t size)
{
    *stream =
        (struct nf_download){.url = *url, .fd = -1, .feed = -1, .said = -1};
    if (!nf_http_open(&stream->http, url, NULL, fault, size)) {
        return false;
    }
    if (stream->http.status != 200) {
        snprintf(fault, size, "the server answered %s with status %d",
                 url->path, stream->http.status);
        nf_http_close(&stream->http);
        return false;
    }
    if (stream->http.length == 0) {
        snprintf(fault, size, "the image is empty: %s", url->path);
        nf_http_close(&stream->http);
        return false;
    }
    if (!head_read(stream)) {
        snprintf(fault, size, "the image ended after %lld of %lld bytes",
                 (long long) stream->http.taken,
                 (long long) stream->http.length);
        nf_http_close(&stream->http);
        return false;
    }
    const struct coding *coding = coding_find(stream->head, stream->head_len);
    stream->coding = coding != NULL ? coding->name : "";
    stream->expanded = coding == NULL ? stream->http.length : -1;
    if (strcmp(stream->coding, "zstd") == 0) {
        stream->expanded = zstd_size(stream->head, stream->head_len);
    }
    crypto_hash_sha256_init(&stream->sum);
    return true;
}

/* False when whoever reads has stopped: his own reason tells more. */
static bool
feed_write(struct nf_download *stream, const uint8_t *bytes, size_t len)
{
    crypto_hash_sha256_update(&stream->sum, bytes, len);
    stream->taken += (int64_t) len;
    while (len > 0) {
        ssize_t n = write(stream->feed, bytes, len);
        if (n < 0 && errno != EINTR) {
            return false;
        }
        bytes += n > 0 ? n : 0;
        len -= n > 0 ? (size_t) n : 0;
    }
    return true;
}

static void *
feeder_run(void *context)
{
    struct nf_download *stream = context;
    static uint8_t piece[PIECE];
    ssize_t n = 1;

    bool is_taken = feed_write(stream, stream->head, stream->head_len);
    while (is_taken && (n = body_read(stream, piece, sizeof piece)) > 0) {
        is_taken = feed_write(stream, piece, (size_t) n);
    }
    if (n < 0) {
        snprintf(stream->fault, sizeof stream->fault,
                 "the image ended after %lld of %lld bytes",
                 (long long) stream->http.taken,
                 (long long) stream->http.length);
    }
    close(stream->feed);
    stream->feed = -1;
    return NULL;
}

static void
tool_exec(const struct coding *coding, int in, int out, int said)
{
    signal(SIGPIPE, SIG_DFL);
    dup2(in, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    dup2(said, STDERR_FILENO);
    execvp(coding->argv[0], (char *const *) (uintptr_t) coding->argv);
    _exit(127);
}

/* Puts the tool between in and a new stream->fd. */
static bool
tool_start(struct nf_download *stream, const struct coding *coding, int in)
{
    int out[2];
    int said[2];

    if (pipe2(out, O_CLOEXEC) != 0) {
        close(in);
        return false;
    }
    if (pipe2(said, O_CLOEXEC | O_NONBLOCK) != 0) {
        close(in);
        close(out[0]);
        close(out[1]);
        return false;
    }
    stream->tool = fork();
    if (stream->tool == 0) {
        tool_exec(coding, in, out[1], said[1]);
    }
    close(in);
    close(out[1]);
    close(said[1]);
    stream->fd = out[0];
    stream->said = said[0];
    return stream->tool > 0;
}

bool
nf_stream_start(struct nf_download *stream, char *fault, size_t size)
{
    const struct coding *coding = coding_find(stream->head, stream->head_len);
    int ends[2];

    if (coding != NULL && !nf_process_exists(NULL, coding->argv[0])) {
        snprintf(fault, size,
                 "the image is packed by %s, which this RAM disk "
                 "does not have",
                 coding->name);
        return false;
    }
    setenv("PATH", NF_TOOL_PATH, 1);
    signal(SIGPIPE, SIG_IGN);
    if (pipe2(ends, O_CLOEXEC) == 0) {
        fcntl(ends[1], F_SETPIPE_SZ, PIPE_SIZE);
        stream->feed = ends[1];
        stream->fd = ends[0];
        bool is_ready = coding == NULL || tool_start(stream, coding, ends[0]);
        if (is_ready
            && pthread_create(&stream->feeder, NULL, feeder_run, stream) == 0) {
            stream->is_fed = true;
            return true;
        }
        close(stream->feed);
    }
    snprintf(fault, size, "cannot start reading the image: %s",
             strerror(errno));
    return false;
}

/* Whether the tool took the whole body for sound. */
static bool
tool_finish(struct nf_download *stream, char *fault, size_t size)
{
    char words[120] = "";
    int status = 0;

    if (stream->tool <= 0) {
        return true;
    }
    while (waitpid(stream->tool, &status, 0) < 0 && errno == EINTR) {
    }
    ssize_t n = read(stream->said, words, sizeof words - 1);
    close(stream->said);
    words[n > 0 ? n : 0] = '\0';
    words[strcspn(words, "\n")] = '\0';
    nf_text_scrub(words);
    if (status != 0) {
        snprintf(fault, size, "the image is not valid %s: %s", stream->coding,
                 words);
    }
    return status == 0;
}

static bool
sum_check(struct nf_download *stream, const char *sha256, char *fault,
          size_t size)
{
    uint8_t sum[crypto_hash_sha256_BYTES];
    char hex[sizeof sum * 2 + 1];

    if (sha256[0] == '\0') {
        nf_log(NF_LOG_WARNING, "the server gave no sha256 of the image");
        return true;
    }
    crypto_hash_sha256_final(&stream->sum, sum);
    sodium_bin2hex(hex, sizeof hex, sum, sizeof sum);
    if (strcmp(hex, sha256) != 0) {
        snprintf(fault, size, "the image's sha256 is %s, not %s", hex, sha256);
        return false;
    }
    nf_log(NF_LOG_INFO, "sha256 matches");
    return true;
}

/* The sum is over the whole body, and an archive may end before its file. */
static void
rest_read(struct nf_download *stream)
{
    static uint8_t piece[PIECE];

    while (read(stream->fd, piece, sizeof piece) > 0) {
    }
}

bool
nf_stream_finish(struct nf_download *stream, const char *sha256, char *fault,
                 size_t size)
{
    char why[NF_STREAM_FAULT] = "";

    if (stream->fd >= 0) {
        if (fault[0] == '\0') {
            rest_read(stream);
        }
        close(stream->fd);
    }
    stream->is_given_up = fault[0] != '\0';
    if (stream->is_fed) {
        pthread_join(stream->feeder, NULL);
    }
    bool is_sound = tool_finish(stream, why, sizeof why);
    nf_http_close(&stream->http);
    /* a short body comes before the tool's own complaint of it */
    if (stream->fault[0] != '\0') {
        snprintf(fault, size, "%s", stream->fault);
        return false;
    }
    if (fault[0] != '\0') {
        return false;
    }
    if (!is_sound) {
        snprintf(fault, size, "%s", why);
        return false;
    }
    return sum_check(stream, sha256, fault, size);
}
