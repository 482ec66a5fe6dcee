#include "guardian.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

enum {
    GROUPS = 16,
    PATIENCE = 50, /* tenths of a second from SIGTERM to SIGKILL */
};

struct note {
    pid_t group;
    bool is_running;
};

static void
learn(pid_t groups[static GROUPS], struct note note)
{
    pid_t from = note.is_running ? 0 : note.group;
    pid_t to = note.is_running ? note.group : 0;

    for (size_t i = 0; i < GROUPS; i++) {
        if (groups[i] == from) {
            groups[i] = to;
            return;
        }
    }
}

/* Whether any group still has a process. */
static bool
signal_all(pid_t groups[static GROUPS], int sig)
{
    bool is_any = false;

    for (size_t i = 0; i < GROUPS; i++) {
        is_any |= groups[i] != 0 && kill(-groups[i], sig) == 0;
    }
    return is_any;
}

static void
end_all(pid_t groups[static GROUPS])
{
    const struct timespec tenth = {.tv_nsec = 100 * 1000 * 1000};

    bool is_any = signal_all(groups, SIGTERM);
    for (int i = 0; i < PATIENCE && is_any; i++) {
        nanosleep(&tenth, NULL);
        is_any = signal_all(groups, 0);
    }
    (void) signal_all(groups, SIGKILL);
}

/* The end of the file is the end of `nf up`, however it came. */
static void
watch(int fd)
{
    pid_t groups[GROUPS] = {0};
    struct note note;
    ssize_t n;

    while ((n = read(fd, &note, sizeof(note))) != 0) {
        if (n == (ssize_t) sizeof(note)) {
            learn(groups, note);
        } else if (n < 0 && errno != EINTR) {
            break;
        }
    }
    end_all(groups);
}

static void
keep_out_of_the_way(void)
{
    static const int ignored[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPIPE};

    setsid();
    prctl(PR_SET_NAME, "nf-guardian");
    for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++) {
        signal(ignored[i], SIG_IGN);
    }
}

int
nf_guardian_start(void)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) != 0) {
        return -1;
    }
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[1]);
        keep_out_of_the_way();
        watch(ends[0]);
        _exit(0);
    }
    close(ends[0]);
    if (pid < 0) {
        close(ends[1]);
        return -1;
    }
    return ends[1];
}

void
nf_guardian_tell(int fd, pid_t group, bool is_running)
{
    struct note note = {group, is_running};

    while (write(fd, &note, sizeof(note)) < 0 && errno == EINTR) {
    }
}
