#include "secret.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/log.h"

/* Unbuffered: what is behind the line, and a copy of it, stays nowhere. */
static bool
read_line(int fd, const char *name, char secret[static NF_SECRET_MAX])
{
    size_t len = 0;
    ssize_t n;
    char c;

    while ((n = read(fd, &c, 1)) == 1 && c != '\n' && c != '\0'
           && len < NF_SECRET_MAX - 1)
    {
        secret[len++] = c;
    }
    secret[len] = '\0';
    const char *why = n < 0              ? strerror(errno)
                      : n == 1 && c == 0 ? "the password has a NUL byte"
                      : n == 1 && c != '\n'
                          ? "the password has more than 127 bytes"
                      : len == 0 ? "the password is empty"
                                 : NULL;
    if (why != NULL) {
        nf_log(NF_LOG_ERR, "cannot read %s: %s", name, why);
    }
    return why == NULL;
}

static struct termios before;

/* Ctrl-C leaves a terminal as it was. */
static void
on_signal(int number)
{
    (void) tcsetattr(STDIN_FILENO, TCSANOW, &before);
    signal(number, SIG_DFL);
    raise(number);
}

static bool
hide(void)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
    struct termios silent;

    if (tcgetattr(STDIN_FILENO, &before) != 0) {
        return false;
    }
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        signal(signals[i], on_signal);
    }
    silent = before;
    silent.c_lflag &= ~(tcflag_t) ECHO;
    return tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0;
}

static bool
ask(const char *prompt, char secret[static NF_SECRET_MAX])
{
    fputs(prompt, stderr);
    bool is_read = read_line(STDIN_FILENO, "the terminal", secret);
    fputc('\n', stderr);
    return is_read;
}

static bool
ask_twice(const char *prompt, char secret[static NF_SECRET_MAX])
{
    char again[NF_SECRET_MAX] = "", first[64];

    if (!hide()) {
        nf_log(NF_LOG_ERR, "cannot hide what is typed: %s", strerror(errno));
        return false;
    }
    snprintf(first, sizeof(first), "%s: ", prompt);
    bool is_read = ask(first, secret) && ask("Again: ", again);
    (void) tcsetattr(STDIN_FILENO, TCSANOW, &before);
    bool is_same = strcmp(secret, again) == 0;
    explicit_bzero(again, sizeof(again));
    if (is_read && !is_same) {
        nf_log(NF_LOG_ERR, "the passwords do not match");
    }
    return is_read && is_same;
}

bool
nf_secret_read(const char *prompt, const char *path,
               char secret[static NF_SECRET_MAX])
{
    if (path == NULL && isatty(STDIN_FILENO)) {
        return ask_twice(prompt, secret);
    }
    if (path == NULL || strcmp(path, "-") == 0) {
        return read_line(STDIN_FILENO, "standard input", secret);
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        nf_log(NF_LOG_ERR, "cannot open %s: %s", path, strerror(errno));
        return false;
    }
    bool is_read = read_line(fd, path, secret);
    close(fd);
    return is_read;
}
