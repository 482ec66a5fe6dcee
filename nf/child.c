#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "guardian.h"
#include "program.h"
#include "say.h"

enum {
    HEALTHY_MS = 60 * 1000,
    STOP_MS = 10 * 1000,
    LOOK_MS = 100,
    LOUD = 3, /* failures in a row that are an error */
};

static const int back_off_s[] = {0, 1, 2, 5, 10};

static int64_t
back_off(unsigned failures)
{
    unsigned last = sizeof(back_off_s) / sizeof(back_off_s[0]) - 1;

    return back_off_s[failures < last ? failures : last] * (int64_t) 1000;
}

/* In the child: nothing of ours but the output. */
static void
become(const struct nf_child *child, int output,
       const struct nf_child_ground *ground)
{
    sigset_t none;
    int null = open("/dev/null", O_RDONLY);

    setpgid(0, 0);
    if (child->drops_root && !nf_program_become(ground->account)) {
        dprintf(output, "cannot switch to user %s: %s\n",
                ground->account->pw_name, strerror(errno));
        _exit(126);
    }
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    dup2(null, 0);
    dup2(output, 1);
    dup2(output, 2);
    execve(child->argv[0], (char *const *) child->argv, ground->env);
    dprintf(2, "cannot start %s: %s\n", child->argv[0], strerror(errno));
    _exit(127);
}

static void
plan_again(struct nf_child *child, int64_t now)
{
    child->state = NF_CHILD_WAITING;
    child->due = now + back_off(child->failures++);
}

/* Not without a way to notice its end. */
static void
abandon(struct nf_child *child, const struct nf_child_ground *ground)
{
    kill(child->pid, SIGKILL);
    waitpid(child->pid, NULL, 0);
    nf_guardian_tell(ground->guardian, child->pid, false);
    close(child->output);
    child->output = -1;
    child->pid = 0;
}

static bool
spawn(struct nf_child *child, const struct nf_child_ground *ground)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
        return false;
    }
    /* Only our end must not block. */
    fcntl(ends[1], F_SETFL, 0);
    pid_t pid = fork();
    if (pid == 0) {
        become(child, ends[1], ground);
    }
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return false;
    }
    setpgid(pid, pid);
    nf_guardian_tell(ground->guardian, pid, true);
    child->pid = pid;
    child->output = ends[0];
    child->pidfd = pidfd_open(pid, 0);
    if (child->pidfd < 0) {
        abandon(child, ground);
        return false;
    }
    return true;
}

void
nf_child_start(struct nf_child *child, const struct nf_child_ground *ground,
               int64_t now)
{
    child->len = 0;
    child->last[0] = '\0';
    child->started = now;
    if (!spawn(child, ground)) {
        nf_log(NF_LOG_ERR, "cannot start %s: %s", child->name, strerror(errno));
        plan_again(child, now);
        return;
    }
    child->state = NF_CHILD_RUNNING;
    nf_log(NF_LOG_INFO, "started %s pid=%d", child->name, (int) child->pid);
}

/* Keep a priority that the line begins with in front, for the journal. */
static void
pass_on(struct nf_child *child)
{
    const char *line = child->line;
    char priority = '6';

    child->line[child->len] = '\0';
    child->len = 0;
    if (line[0] == '<' && line[1] >= '0' && line[1] <= '7' && line[2] == '>') {
        priority = line[1];
        line += 3;
    }
    if (line[0] == '\0') {
        return;
    }
    snprintf(child->last, sizeof(child->last), "%s", line);
    nf_text_scrub(child->last);
    if (nf_say_to_journal()) {
        fprintf(stderr, "<%c>%s: %s\n", priority, child->name, line);
    } else {
        fprintf(stderr, "%s: %s\n", child->name, line);
    }
}

static void
take(struct nf_child *child, const char *data, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (data[i] == '\n' || child->len == sizeof(child->line) - 1) {
            pass_on(child);
        }
        if (data[i] != '\n' && data[i] != '\0') {
            child->line[child->len++] = data[i];
        }
    }
}

void
nf_child_read(struct nf_child *child)
{
    char data[4096];
    ssize_t n;

    if (child->output < 0) {
        return;
    }
    while ((n = read(child->output, data, sizeof(data))) > 0) {
        take(child, data, (size_t) n);
    }
    if (n == 0) {
        close(child->output);
        child->output = -1;
    }
}

/* What one that was killed said last is not why. */
static void
note_ended(struct nf_child *child, int status)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    if (child->failures == 0) {
        child->failing_since = now.tv_sec * (int64_t) 1000;
    }
    if (WIFSIGNALED(status)) {
        snprintf(child->how, sizeof(child->how), "was killed by signal %d",
                 WTERMSIG(status));
    } else {
        snprintf(child->how, sizeof(child->how), "ended with status %d%s%.80s",
                 WEXITSTATUS(status), child->last[0] != '\0' ? ": " : "",
                 child->last);
    }
}

static void
say_ended(const struct nf_child *child, int status)
{
    bool is_signal = WIFSIGNALED(status);
    int number = is_signal ? WTERMSIG(status) : WEXITSTATUS(status);
    const char *how = is_signal ? "was killed by signal" : "exited with status";

    if (child->state == NF_CHILD_STOPPING) {
        nf_log(NF_LOG_INFO, "%s has stopped", child->name);
    } else if (child->failures < LOUD) {
        nf_log(NF_LOG_WARNING, "%s %s %d: %s", child->name, how, number,
               child->last);
    } else {
        nf_log(NF_LOG_ERR, "%s keeps failing, %u times now: %s %d: %s",
               child->name, child->failures + 1, how, number, child->last);
    }
}

/* Its own children go too: a new one needs their ports. */
static int
collect(struct nf_child *child, const struct nf_child_ground *ground)
{
    int status = 0;

    if (!child->drains) {
        kill(-child->pid, SIGKILL);
    }
    nf_child_read(child);
    if (child->len > 0) {
        pass_on(child);
    }
    waitpid(child->pid, &status, 0);
    nf_guardian_tell(ground->guardian, child->pid, false);
    close(child->pidfd);
    if (child->output >= 0) {
        close(child->output);
    }
    child->pidfd = -1;
    child->output = -1;
    child->pid = 0;
    return status;
}

/* It ended as it was told to. */
static void
settle(struct nf_child *child, int64_t now)
{
    child->state = child->is_wanted ? NF_CHILD_WAITING : NF_CHILD_STOPPED;
    child->due = now;
}

static void
drain(struct nf_child *child, int64_t now)
{
    if (kill(-child->group, 0) != 0) {
        settle(child, now);
    } else if (now >= child->until) {
        nf_log(NF_LOG_WARNING,
               "%s did not finish in time: its remaining processes are killed",
               child->name);
        kill(-child->group, SIGKILL);
        settle(child, now);
    } else {
        child->due = now + LOOK_MS;
    }
}

void
nf_child_ended(struct nf_child *child, const struct nf_child_ground *ground,
               int64_t now)
{
    pid_t group = child->pid;
    int status = collect(child, ground);

    if (now - child->started >= HEALTHY_MS) {
        child->failures = 0;
    }
    note_ended(child, status);
    say_ended(child, status);
    if (child->state != NF_CHILD_STOPPING) {
        plan_again(child, now);
        return;
    }
    child->state = NF_CHILD_DRAINING;
    child->group = group;
    child->until = now + STOP_MS;
    drain(child, now);
}

void
nf_child_stop(struct nf_child *child, bool again, int64_t now)
{
    child->is_wanted = again;
    if (child->state == NF_CHILD_RUNNING) {
        kill(child->pid, child->stop_signal);
        child->state = NF_CHILD_STOPPING;
        child->due = now + STOP_MS;
    } else if (child->state == NF_CHILD_WAITING && !again) {
        child->state = NF_CHILD_STOPPED;
    }
}

void
nf_child_tick(struct nf_child *child, const struct nf_child_ground *ground,
              int64_t now)
{
    if (nf_child_due(child) > now) {
        return;
    }
    if (child->state == NF_CHILD_WAITING) {
        nf_child_start(child, ground, now);
    } else if (child->state == NF_CHILD_DRAINING) {
        drain(child, now);
    } else {
        nf_log(NF_LOG_WARNING, "%s did not stop and was killed", child->name);
        kill(-child->pid, SIGKILL);
        child->due = now + STOP_MS;
    }
}

int64_t
nf_child_due(const struct nf_child *child)
{
    bool is_timed = child->state == NF_CHILD_WAITING
                    || child->state == NF_CHILD_STOPPING
                    || child->state == NF_CHILD_DRAINING;

    return is_timed ? child->due : INT64_MAX;
}
