/*
 * nf up: the whole bastion in the foreground.
 *
 * One loop waits for signals, for children that end, for what they write and
 * for what is due; it owns everything below.
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "bastion.h"
#include "children.h"
#include "command.h"
#include "gatekeeper.h"
#include "guardian.h"
#include "own_templates.h"
#include "own_worker.h"
#include "patience.h"
#include "port.h"
#include "prepare.h"
#include "render.h"
#include "settings_check.h"

enum {
    LOCK_TRIES = 60, /* of a tenth of a second */
};

struct up {
    struct nf_children children;
    int signals, lock;
    bool is_stopping;
};

static int64_t
clock_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * (int64_t) 1000 + now.tv_nsec / 1000000;
}

/* Held as long as this process lives. */
static bool
lock_run_dir(struct up *up)
{
    const char *run_dir = up->children.settings.run_dir;
    char path[NF_CHILDREN_PATH];

    snprintf(path, sizeof(path), "%s/nf-up.lock", run_dir);
    up->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (up->lock < 0) {
        nf_log(NF_LOG_ERR, "cannot open %s: %s", path, strerror(errno));
        return false;
    }
    /* What is left of one that was killed holds it a moment longer. */
    const struct timespec tenth = {.tv_nsec = 100 * 1000 * 1000};
    int tries = 0;
    while (flock(up->lock, LOCK_EX | LOCK_NB) != 0 && ++tries < LOCK_TRIES) {
        nanosleep(&tenth, NULL);
    }
    if (tries == LOCK_TRIES) {
        nf_log(NF_LOG_ERR, "another nf up is running in %s", run_dir);
        return false;
    }
    return true;
}

static bool
prepare(struct up *up)
{
    struct nf_settings *s = &up->children.settings;
    unsigned changed;

    if (geteuid() != 0) {
        nf_log(NF_LOG_ERR, "nf up must run as root: it serves DHCP and starts "
                           "programs under other accounts");
        return false;
    }
    if (!nf_bastion_load(s)) {
        return false;
    }
    (void) nf_log_level(s->log_level);
    (void) nf_settings_count_missing(s); /* what is there runs all the same */
    if (!nf_prepare_directories(s) || !lock_run_dir(up)) {
        return false;
    }
    up->children.has_other_broker = nf_port_has_broker(s);
    nf_children_describe(&up->children);
    if (!nf_children_find_programs(&up->children) || !nf_ports_are_free(s)
        || !nf_prepare_store(s) || !nf_prepare_workers(s))
    {
        return false;
    }
    nf_prepare_loaders(s);
    if (!nf_render_run(s, true, &changed)) {
        return false;
    }
    nf_own_worker_accept(&up->children);
    return true;
}

static bool
open_signals(struct up *up)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGQUIT);
    sigaddset(&set, SIGCHLD);
    signal(SIGPIPE, SIG_IGN);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0) {
        return false;
    }
    up->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return up->signals >= 0;
}

static bool
can_apply(struct up *up, unsigned *changed)
{
    const struct nf_settings *s = &up->children.settings;

    return nf_children_find_programs(&up->children) && nf_prepare_directories(s)
           && nf_prepare_workers(s) && nf_render_run(s, false, changed);
}

/* What is wrong with new settings leaves everything as it runs. */
static bool
apply(struct up *up, struct nf_settings *next)
{
    struct nf_settings old = up->children.settings;
    unsigned changed = 0;

    if (strcmp(next->run_dir, old.run_dir) != 0) {
        nf_log(NF_LOG_ERR, "changing NF_RUN_DIR requires a restart");
        return false;
    }
    up->children.settings = *next;
    if (!can_apply(up, &changed)) {
        up->children.settings = old;
        return false;
    }
    (void) nf_log_level(next->log_level);
    nf_children_apply(&up->children, changed, clock_ms());
    return true;
}

static void
reload(struct up *up)
{
    struct nf_settings *next = malloc(sizeof(*next));

    if (next != NULL && nf_bastion_load(next) && nf_own_templates_check(next)
        && nf_settings_count_missing(next) == 0 && apply(up, next))
    {
        nf_log(NF_LOG_NOTICE, "the settings were reloaded");
    } else {
        nf_log(NF_LOG_ERR, "the settings were not reloaded");
    }
    free(next);
}

static void
take_signals(struct up *up)
{
    struct signalfd_siginfo info;

    while (read(up->signals, &info, sizeof(info)) == sizeof(info)) {
        if (info.ssi_signo == SIGHUP && !up->is_stopping) {
            reload(up);
        } else if (info.ssi_signo != SIGHUP && info.ssi_signo != SIGCHLD) {
            nf_log(NF_LOG_NOTICE, "stopping");
            up->is_stopping = true;
            nf_children_stop(&up->children, clock_ms());
        }
    }
}

static int
wait_ms(const struct up *up)
{
    int64_t due = nf_children_due(&up->children), now = clock_ms();
    int64_t look = nf_gatekeeper_due(&up->children);

    due = look < due ? look : due;
    if (due == INT64_MAX) {
        return -1;
    }
    return due <= now ? 0 : (int) (due - now);
}

/* Helpers of a child that ended are ours now.  The children's own are collected
 * when their descriptors say so. */
static void
reap(const struct nf_children *children)
{
    siginfo_t info = {0};

    while (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0
           && info.si_pid != 0 && !nf_children_has(children, info.si_pid))
    {
        waitpid(info.si_pid, NULL, 0);
        info.si_pid = 0;
    }
}

static void
turn(struct up *up)
{
    struct nf_child *children = up->children.each;
    struct pollfd fds[1 + 2 * NF_CHILDREN] = {{up->signals, POLLIN, 0}};
    struct pollfd *outputs = fds + 1, *ends = outputs + NF_CHILDREN;

    for (int i = 0; i < NF_CHILDREN; i++) {
        outputs[i] = (struct pollfd){children[i].output, POLLIN, 0};
        ends[i] = (struct pollfd){children[i].pidfd, POLLIN, 0};
    }
    if (poll(fds, 1 + 2 * NF_CHILDREN, wait_ms(up)) < 0) {
        return;
    }
    for (int i = 0; i < NF_CHILDREN; i++) {
        if (outputs[i].revents != 0) {
            nf_child_read(&children[i]);
        }
        if (ends[i].revents != 0) {
            nf_child_ended(&children[i], &up->children.ground, clock_ms());
        }
    }
    nf_gatekeeper_look(&up->children, clock_ms());
    if (fds[0].revents != 0) {
        take_signals(up);
    }
    reap(&up->children);
    nf_children_tick(&up->children, clock_ms());
    nf_children_tell(&up->children, clock_ms());
}

static void
say_up(const struct up *up)
{
    const struct nf_settings *s = &up->children.settings;

    if (strcmp(s->dhcp_mode, "server") == 0 && !nf_bastion_serves_dhcp(s)) {
        nf_log(NF_LOG_WARNING,
               "DHCP is not served: neither NF_DHCP_IP_POOL_START nor "
               "NF_DHCP_RANGES is set");
    }
    nf_log(NF_LOG_NOTICE, "the API is at http://%s, nodes are served at %s",
           s->http_addr, s->install_addr);
}

int
nf_command_up(int argc, char **argv)
{
    static struct up up;

    (void) argc;
    (void) argv;
    if (!prepare(&up)) {
        return NF_EXIT_FAILED;
    }
    nf_patience_leave_store(); /* whatever hangs, its children are looked after
                                */
    up.children.ground.guardian = nf_guardian_start();
    if (up.children.ground.guardian < 0 || !open_signals(&up)
        || prctl(PR_SET_CHILD_SUBREAPER, 1) != 0)
    {
        nf_log(NF_LOG_ERR, "cannot start: %s", strerror(errno));
        return NF_EXIT_FAILED;
    }
    say_up(&up);
    nf_gatekeeper_look(&up.children, clock_ms()); /* before dnsmasq starts */
    while (!up.is_stopping || !nf_children_has_stopped(&up.children)) {
        turn(&up);
    }
    nf_log(NF_LOG_NOTICE, "stopped");
    return NF_EXIT_OK;
}
