#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const environment[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin",
                                          "LC_ALL=C", "HOME=/nonexistent",
                                          NULL};

struct pipes {
    int input[2], output[2], secret;
};

static void
close_pipes(const struct pipes *pipes)
{
    const int fds[] = {pipes->input[0], pipes->input[1], pipes->output[0],
                       pipes->output[1], pipes->secret};

    for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
        if (fds[i] >= 0) {
            close(fds[i]);
        }
    }
}

static bool
open_pipes(struct pipes *pipes, struct nf_text secret)
{
    *pipes = (struct pipes){{-1, -1}, {-1, -1}, -1};
    if (pipe2(pipes->input, O_CLOEXEC) == 0
        && pipe2(pipes->output, O_CLOEXEC) == 0
        && (pipes->secret = memfd_create("secret", MFD_CLOEXEC)) >= 0
        && write(pipes->secret, secret.data, secret.len)
               == (ssize_t) secret.len)
    {
        return true;
    }
    close_pipes(pipes);
    return false;
}

/* In the child: only what is async-signal-safe. */
static void
become(const struct pipes *pipes, const char *const *argv, pid_t parent)
{
    sigset_t none;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (getppid() != parent) {
        _exit(127); /* it died before we could say so */
    }
    if (dup2(pipes->input[0], 0) < 0 || dup2(pipes->output[1], 1) < 0
        || dup2(pipes->output[1], 2) < 0)
    {
        _exit(127);
    }
    if (pipes->secret == NF_PROCESS_SECRET_FD) {
        fcntl(pipes->secret, F_SETFD, 0);
    } else if (dup2(pipes->secret, NF_PROCESS_SECRET_FD) < 0) {
        _exit(127);
    }
    close_range(NF_PROCESS_SECRET_FD + 1, ~0u, 0);
    execvpe(argv[0], (char *const *) argv, (char *const *) environment);
    _exit(127);
}

/* False: there comes no more. */
static bool
read_output(struct nf_process *process)
{
    char scrap[4096];
    ssize_t n;

    do {
        bool is_full = process->len == sizeof(process->text);
        n = is_full ? read(process->output.fd, scrap, sizeof(scrap))
                    : read(process->output.fd, process->text + process->len,
                           sizeof(process->text) - process->len);
        process->len += n > 0 && !is_full ? (size_t) n : 0;
    } while (n > 0);
    return n != 0;
}

static void
let_go(struct nf_process *process)
{
    nf_loop_unwatch(process->loop, &process->end);
    nf_loop_unwatch(process->loop, &process->output);
    close(process->end.fd);
    close(process->output.fd);
    nf_process_hush(process);
    process->pid = 0;
}

static void
on_output(struct nf_watch *watch, short revents)
{
    struct nf_process *process =
        (void *) ((char *) watch - offsetof(struct nf_process, output));
    size_t before = process->len;

    (void) revents;
    if (!read_output(process)) {
        watch->events = 0; /* the end of the process follows */
    }
    if (process->len != before) {
        process->printed(process);
    }
}

static void
on_end(struct nf_watch *watch, short revents)
{
    struct nf_process *process =
        (void *) ((char *) watch - offsetof(struct nf_process, end));
    int status = 0;

    (void) revents;
    if (waitpid(process->pid, &status, WNOHANG) == process->pid) {
        (void) read_output(process);
        let_go(process);
        process->ended(process, status);
    }
}

bool
nf_process_start(struct nf_process *process, const char *const *argv,
                 struct nf_text secret)
{
    struct pipes pipes;
    pid_t self = getpid();

    if (!open_pipes(&pipes, secret)) {
        return false;
    }
    pid_t pid = fork();
    if (pid == 0) {
        become(&pipes, argv, self);
    }
    int pidfd = pid > 0 ? pidfd_open(pid, 0) : -1;
    if (pidfd < 0) {
        if (pid > 0) {
            kill(pid, SIGKILL);
            waitpid(pid, NULL, 0);
        }
        close_pipes(&pipes);
        return false;
    }
    process->pid = pid;
    process->len = 0;
    process->input = pipes.input[1];
    process->end = (struct nf_watch){pidfd, POLLIN, on_end, NULL};
    process->output =
        (struct nf_watch){pipes.output[0], POLLIN, on_output, NULL};
    pipes.input[1] = pipes.output[0] = -1;
    close_pipes(&pipes);
    fcntl(process->output.fd, F_SETFL, O_NONBLOCK);
    fcntl(process->input, F_SETFL, O_NONBLOCK);
    nf_loop_watch(process->loop, &process->end);
    nf_loop_watch(process->loop, &process->output);
    return true;
}

bool
nf_process_say(struct nf_process *process, struct nf_text text)
{
    return process->input >= 0
           && write(process->input, text.data, text.len) == (ssize_t) text.len;
}

void
nf_process_hush(struct nf_process *process)
{
    if (process->input >= 0) {
        close(process->input);
        process->input = -1;
    }
}

void
nf_process_kill(struct nf_process *process)
{
    if (process->pid != 0) {
        kill(process->pid, SIGKILL);
        waitpid(process->pid, NULL, 0);
        let_go(process);
    }
}
