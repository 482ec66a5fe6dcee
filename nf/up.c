/*
 * nf up: the whole bastion in the foreground.
 *
 * One loop waits for signals, for children that end, for what they write and
 * for what is due; it owns everything below.
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "bastion.h"
#include "child.h"
#include "command.h"
#include "guardian.h"
#include "port.h"
#include "prepare.h"
#include "program.h"
#include "render.h"

enum {
    NGINX,
    DNSMASQ,
    MOSQUITTO,
    RELAY,
    CHILDREN,
};

enum {
    PATH_SIZE = NF_SETTING_MAX + 64,
    LOCK_TRIES = 60, /* of a tenth of a second */
};

struct up {
    struct nf_settings settings;
    struct nf_child children[CHILDREN];
    struct nf_child_ground ground;
    char programs[CHILDREN][PATH_SIZE];
    char confs[CHILDREN][PATH_SIZE];
    char config_env[PATH_SIZE], path_env[4096];
    char *env[4];
    struct passwd account;
    char account_name[64];
    int signals, lock;
    bool has_other_broker; /* Debian's service, say */
    bool is_stopping;
};

static int64_t
clock_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * (int64_t) 1000 + now.tv_nsec / 1000000;
}

/* Which children this site has, by its settings and what runs already. */
static bool
has_child(const struct up *up, int which)
{
    switch (which) {
    case DNSMASQ:
        return nf_bastion_serves_dhcp(&up->settings);
    case MOSQUITTO:
        return nf_settings_broker_is_local(&up->settings)
               && !up->has_other_broker;
    default:
        return true;
    }
}

/* The files whose change a child only sees by starting again; nginx takes
 * everything by SIGHUP. */
static const unsigned restart_for[CHILDREN] = {
    [DNSMASQ] = NF_RENDERED_DNSMASQ,
    [MOSQUITTO] = NF_RENDERED_MOSQUITTO | NF_RENDERED_ACL,
    [RELAY] = NF_RENDERED_SETTINGS,
};

/* A copy: getpwnam() has one result for everybody. */
static void
find_account(struct up *up)
{
    const struct passwd *found = getpwnam(up->settings.user);

    up->ground.account = NULL;
    if (found != NULL
        && nf_text_copy(up->account_name, sizeof(up->account_name),
                        nf_text(found->pw_name)))
    {
        up->account = *found;
        up->account.pw_name = up->account_name;
        up->ground.account = &up->account;
    }
}

static void
describe(struct up *up)
{
    const char *run = up->settings.run_dir;
    static const char *const conf_names[] = {"nginx.conf", "dnsmasq.conf",
                                             "mosquitto.conf", NULL};
    const struct nf_child children[CHILDREN] = {
        [NGINX] = {.name = "nginx",
                   .stop_signal = SIGQUIT,
                   .argv = {up->programs[NGINX], "-p", run, "-e", "stderr",
                            "-g", "daemon off;", "-c", up->confs[NGINX]}},
        [DNSMASQ] = {.name = "dnsmasq",
                     .stop_signal = SIGTERM,
                     .argv = {up->programs[DNSMASQ], "--keep-in-foreground",
                              "-C", up->confs[DNSMASQ]}},
        [MOSQUITTO] = {.name = "mosquitto",
                       .stop_signal = SIGTERM,
                       .argv = {up->programs[MOSQUITTO], "-c",
                                up->confs[MOSQUITTO]}},
        [RELAY] = {.name = "nf-relay",
                   .stop_signal = SIGTERM,
                   .drops_root = true,
                   .argv = {up->programs[RELAY]}},
    };

    memcpy(up->children, children, sizeof(children));
    for (int i = 0; i < CHILDREN; i++) {
        struct nf_child *child = &up->children[i];
        child->pidfd = child->output = -1;
        child->is_wanted = has_child(up, i);
        child->state = child->is_wanted ? NF_CHILD_WAITING : NF_CHILD_STOPPED;
        if (conf_names[i] != NULL) {
            snprintf(up->confs[i], PATH_SIZE, "%s/%s", run, conf_names[i]);
        }
    }
    snprintf(up->config_env, sizeof(up->config_env),
             "NF_CONFIG=%s/nodefoundry.conf", run);
    snprintf(up->path_env, sizeof(up->path_env), "PATH=%s",
             "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    up->env[0] = up->config_env;
    up->env[1] = up->path_env;
    up->ground.env = up->env;
    find_account(up);
}

static bool
is_there(const char *name, const char *why)
{
    if (access(name, R_OK) == 0) {
        return true;
    }
    nf_log(NF_LOG_ERR, "%s is missing: %s", name, why);
    return false;
}

static bool
find_programs(struct up *up)
{
    const struct nf_settings *s = &up->settings;
    char module[PATH_SIZE], hook[PATH_SIZE], relay[PATH_SIZE];
    const char *const names[CHILDREN] = {"nginx", "dnsmasq", "mosquitto",
                                         relay};

    snprintf(module, sizeof(module), "%s/ngx_http_nf_module.so", s->lib_dir);
    snprintf(hook, sizeof(hook), "%s/nf-hook", s->lib_dir);
    snprintf(relay, sizeof(relay), "%s/nf-relay", s->lib_dir);
    for (int i = 0; i < CHILDREN; i++) {
        if (has_child(up, i)
            && !nf_program_find(names[i], up->programs[i], PATH_SIZE)) {
            nf_log(NF_LOG_ERR, "the program %s is missing%s", names[i],
                   i == RELAY ? "; see NF_LIB_DIR" : "");
            return false;
        }
    }
    return is_there(module, "see NF_LIB_DIR")
           && (strcmp(s->dhcp_mode, "server") != 0 || !has_child(up, DNSMASQ)
               || is_there(hook, "see NF_LIB_DIR"));
}

/* Held as long as this process lives. */
static bool
lock_run_dir(struct up *up)
{
    char path[PATH_SIZE];

    snprintf(path, sizeof(path), "%s/nf-up.lock", up->settings.run_dir);
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
        nf_log(NF_LOG_ERR, "another nf up runs in %s", up->settings.run_dir);
        return false;
    }
    return true;
}

static bool
prepare(struct up *up)
{
    unsigned changed;

    if (geteuid() != 0) {
        nf_log(NF_LOG_ERR, "nf up must run as root: it serves DHCP and starts "
                           "programs under other accounts");
        return false;
    }
    if (!nf_bastion_load(&up->settings)) {
        return false;
    }
    (void) nf_log_level(up->settings.log_level);
    if (!nf_prepare_directories(&up->settings) || !lock_run_dir(up)) {
        return false;
    }
    up->has_other_broker = nf_port_has_broker(&up->settings);
    describe(up);
    if (!find_programs(up) || !nf_ports_are_free(&up->settings)
        || !nf_prepare_store(&up->settings))
    {
        return false;
    }
    nf_prepare_loaders(&up->settings);
    return nf_render_all(&up->settings, up->settings.run_dir, &changed);
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
    signal(SIGPIPE, SIG_IGN);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0) {
        return false;
    }
    up->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return up->signals >= 0;
}

static void
stop_all(struct up *up)
{
    int64_t now = clock_ms();

    up->is_stopping = true;
    for (int i = 0; i < CHILDREN; i++) {
        nf_child_stop(&up->children[i], false, now);
    }
}

static void
apply(struct up *up, unsigned changed)
{
    int64_t now = clock_ms();

    for (int i = 0; i < CHILDREN; i++) {
        struct nf_child *child = &up->children[i];
        bool wanted = has_child(up, i);
        if (!wanted && child->state != NF_CHILD_STOPPED) {
            nf_child_stop(child, false, now);
        } else if (wanted && child->state == NF_CHILD_STOPPED) {
            child->is_wanted = true;
            child->state = NF_CHILD_WAITING;
            child->due = now;
        } else if (wanted && (changed & restart_for[i]) != 0) {
            nf_child_stop(child, true, now);
        }
    }
    if (up->children[NGINX].state == NF_CHILD_RUNNING) {
        kill(up->children[NGINX].pid, SIGHUP);
    }
}

/* What is wrong with new settings leaves everything as it runs. */
static void
reload(struct up *up)
{
    struct nf_settings *next = malloc(sizeof(*next));
    unsigned changed = 0;

    if (next == NULL || !nf_bastion_load(next)) {
        nf_log(NF_LOG_ERR, "the settings were not reloaded");
        free(next);
        return;
    }
    if (strcmp(next->run_dir, up->settings.run_dir) != 0) {
        nf_log(NF_LOG_ERR, "the settings were not reloaded: a new NF_RUN_DIR "
                           "needs a new start");
    } else if (nf_prepare_directories(next)
               && nf_render_all(next, next->run_dir, &changed))
    {
        up->settings = *next;
        find_account(up);
        (void) nf_log_level(next->log_level);
        apply(up, changed);
        nf_log(NF_LOG_NOTICE, "the settings were reloaded");
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
        } else if (info.ssi_signo != SIGHUP) {
            nf_log(NF_LOG_NOTICE, "stopping");
            stop_all(up);
        }
    }
}

static bool
is_over(const struct up *up)
{
    for (int i = 0; i < CHILDREN; i++) {
        if (up->children[i].state != NF_CHILD_STOPPED) {
            return false;
        }
    }
    return up->is_stopping;
}

static int
wait_ms(const struct up *up)
{
    int64_t due = INT64_MAX, now = clock_ms();

    for (int i = 0; i < CHILDREN; i++) {
        int64_t its = nf_child_due(&up->children[i]);
        due = its < due ? its : due;
    }
    if (due == INT64_MAX) {
        return -1;
    }
    return due <= now ? 0 : (int) (due - now);
}

static void
turn(struct up *up)
{
    struct pollfd fds[1 + 2 * CHILDREN] = {{up->signals, POLLIN, 0}};

    for (int i = 0; i < CHILDREN; i++) {
        fds[1 + i] = (struct pollfd){up->children[i].output, POLLIN, 0};
        fds[1 + CHILDREN + i] =
            (struct pollfd){up->children[i].pidfd, POLLIN, 0};
    }
    if (poll(fds, 1 + 2 * CHILDREN, wait_ms(up)) < 0) {
        return;
    }
    for (int i = 0; i < CHILDREN; i++) {
        struct nf_child *child = &up->children[i];
        if (fds[1 + i].revents != 0) {
            nf_child_read(child);
        }
        if (fds[1 + CHILDREN + i].revents != 0) {
            nf_child_ended(child, &up->ground, clock_ms());
        }
    }
    if (fds[0].revents != 0) {
        take_signals(up);
    }
    for (int i = 0; i < CHILDREN; i++) {
        nf_child_tick(&up->children[i], &up->ground, clock_ms());
    }
}

static void
say_up(const struct up *up)
{
    const struct nf_settings *s = &up->settings;

    if (strcmp(s->dhcp_mode, "server") == 0 && !nf_bastion_serves_dhcp(s)) {
        nf_log(NF_LOG_WARNING,
               "DHCP is not served: NF_DHCP_IP_POOL_START is not set");
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
    up.ground.guardian = nf_guardian_start();
    if (up.ground.guardian < 0 || !open_signals(&up)) {
        nf_log(NF_LOG_ERR, "cannot start: %s", strerror(errno));
        return NF_EXIT_FAILED;
    }
    say_up(&up);
    while (!is_over(&up)) {
        turn(&up);
    }
    nf_log(NF_LOG_NOTICE, "stopped");
    return NF_EXIT_OK;
}
