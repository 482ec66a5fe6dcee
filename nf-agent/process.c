#include "process.h"

#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    TICK_MS = 300,
    LIMIT_S = 3600,
};

/* What a program says, cut into lines. */
struct speech {
    const char *name;
    char line[NF_SAID_SIZE];
    char last[NF_SAID_SIZE]; /* the last line with something in it */
    size_t len;
};

static void
line_end(struct speech *speech)
{
    speech->line[speech->len] = '\0';
    if (strspn(speech->line, " \t\r") < speech->len) {
        /* tar's last words tell less than those before */
        if (strstr(speech->line, "due to previous errors") == NULL) {
            memcpy(speech->last, speech->line, speech->len + 1);
        }
        nf_log(NF_LOG_INFO, "%s: %s", speech->name, speech->line);
    }
    speech->len = 0;
}

static void
speech_take(struct speech *speech, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        bool is_printable = (unsigned char) bytes[i] >= ' ' && bytes[i] != 0x7f;
        if (bytes[i] == '\n' || bytes[i] == '\r'
            || speech->len + 1 == sizeof speech->line)
        {
            line_end(speech);
        }
        if (is_printable) {
            speech->line[speech->len++] = bytes[i];
        }
    }
}

static int64_t
now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

/* A file in memory: unlike a pipe it never makes the writer wait. */
static int
input_open(const struct nf_process *process)
{
    if (process->input == NULL) {
        return process->in != 0 ? fcntl(process->in, F_DUPFD_CLOEXEC, 3)
                                : open("/dev/null", O_RDONLY | O_CLOEXEC);
    }
    int fd = memfd_create("input", MFD_CLOEXEC);
    if (fd >= 0
        && (write(fd, process->input, process->input_len)
                != (ssize_t) process->input_len
            || lseek(fd, 0, SEEK_SET) != 0))
    {
        close(fd);
        fd = -1;
    }
    return fd;
}

/* After fork(): only calls that are safe beside other threads. */
static void
child_exec(const struct nf_process *process, int in, int out)
{
    setpgid(0, 0);
    signal(SIGPIPE, SIG_DFL);
    dup2(in, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    dup2(out, STDERR_FILENO);
    if (process->root != NULL
        && (chroot(process->root) != 0 || chdir("/") != 0)) {
        _exit(126);
    }
    if (process->directory != NULL && chdir(process->directory) != 0) {
        _exit(126);
    }
    execvp(process->argv[0], (char *const *) (uintptr_t) process->argv);
    _exit(127);
}

/* Reads what there is; false at the end of it. */
static bool
output_read(int fd, struct speech *speech, int wait_ms)
{
    char bytes[4096];
    struct pollfd ready = {.fd = fd, .events = POLLIN};

    if (poll(&ready, 1, wait_ms) <= 0) {
        return true;
    }
    ssize_t n = read(fd, bytes, sizeof bytes);
    if (n > 0) {
        speech_take(speech, bytes, (size_t) n);
    }
    return n > 0;
}

/* The child's wait status; *is_late when its time was over. */
static int
child_wait(const struct nf_process *process, pid_t child, int out,
           struct speech *speech, bool *is_late)
{
    int limit_s = process->limit_s != 0 ? process->limit_s : LIMIT_S;
    int64_t end = now_ms() + limit_s * INT64_C(1000);
    bool is_open = true;
    int status = 0;

    while (waitpid(child, &status, WNOHANG) == 0) {
        if (is_open) {
            is_open = output_read(out, speech, TICK_MS);
        } else {
            usleep(TICK_MS * 1000 / 10);
        }
        if (process->tick != NULL) {
            process->tick(process->ctx);
        }
        if (!*is_late && now_ms() > end) {
            *is_late = true;
            kill(-child, SIGKILL);
        }
    }
    /* what it said last; a program it left behind may hold the pipe open */
    fcntl(out, F_SETFL, O_NONBLOCK);
    while (is_open && output_read(out, speech, 0)) {
        struct pollfd ready = {.fd = out, .events = POLLIN};
        if (poll(&ready, 1, 0) <= 0) {
            break;
        }
    }
    line_end(speech);
    return status;
}

static bool
status_judge(const struct nf_process *process, int status,
             const struct speech *speech, char *fault, size_t size)
{
    const char *gap = speech->last[0] != '\0' ? ": " : "";
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;

    if (code == 0
        || (code > 0 && code < 32 && (process->fine & 1U << code) != 0)) {
        return true;
    }
    if (code < 0) {
        snprintf(fault, size, "%s was killed by signal %d%s%s", speech->name,
                 WTERMSIG(status), gap, speech->last);
    } else if (code == 127 && speech->last[0] == '\0') {
        snprintf(fault, size, "%s does not exist or cannot be started",
                 speech->name);
    } else {
        snprintf(fault, size, "%s failed with status %d%s%s", speech->name,
                 code, gap, speech->last);
    }
    return false;
}

static const char *
base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

bool
nf_process_run(const struct nf_process *process, char *fault, size_t size)
{
    struct speech speech = {.name = base_name(process->argv[0])};
    bool is_late = false;
    int out[2];

    setenv("PATH", NF_TOOL_PATH, 1);
    int in = input_open(process);
    if (in < 0 || pipe2(out, O_CLOEXEC) != 0) {
        snprintf(fault, size, "cannot start %s: %s", speech.name,
                 strerror(errno));
        return false;
    }
    pid_t child = fork();
    if (child == 0) {
        child_exec(process, in, out[1]);
    }
    close(in);
    close(out[1]);
    if (child < 0) {
        snprintf(fault, size, "cannot start %s: %s", speech.name,
                 strerror(errno));
        close(out[0]);
        return false;
    }
    int status = child_wait(process, child, out[0], &speech, &is_late);
    close(out[0]);
    if (is_late) {
        snprintf(fault, size, "%s did not end within %d s", speech.name,
                 process->limit_s != 0 ? process->limit_s : LIMIT_S);
        return false;
    }
    return status_judge(process, status, &speech, fault, size);
}

bool
nf_process_exists(const char *root, const char *name)
{
    const char *at = NF_TOOL_PATH;
    char path[512];

    while (*at != '\0') {
        size_t len = strcspn(at, ":");
        snprintf(path, sizeof path, "%s%.*s/%s", root != NULL ? root : "",
                 (int) len, at, name);
        if (access(path, X_OK) == 0) {
            return true;
        }
        at += len + (at[len] == ':');
    }
    return false;
}
