#include "children.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "bastion.h"
#include "program.h"
#include "render.h"
#include "status/failing.h"

enum {
    NGINX,
    DNSMASQ,
    MOSQUITTO,
    RELAY,
    RESERVE = NF_CHILD_RESERVE,
    BMC = NF_CHILD_BMC,
};

/* Which children this site has, by its settings and what runs already. */
static bool
has_child(const struct nf_children *children, int which)
{
    switch (which) {
    case DNSMASQ:
        return nf_bastion_serves_dhcp(&children->settings);
    case RESERVE: /* beside another DHCP server it listens, if it can */
        return nf_bastion_serves_dhcp(&children->settings)
               && (strcmp(children->settings.dhcp_mode, "server") == 0
                   || children->settings.interface[0] != '\0');
    case BMC: /* else workers are on other hosts only */
        return nf_setting_is_on(children->settings.bmc);
    case MOSQUITTO:
        return nf_settings_broker_is_local(&children->settings)
               && !children->has_other_broker;
    default:
        return true;
    }
}

/* The files whose change a child only sees by starting again; nginx takes
 * everything by SIGHUP, mosquitto passwords and certificates. */
static const unsigned restart_for[NF_CHILDREN] = {
    [DNSMASQ] = NF_RENDERED_DNSMASQ,
    [MOSQUITTO] =
        NF_RENDERED_MOSQUITTO | NF_RENDERED_ACL | NF_RENDERED_WORKERS_ACL,
    [RELAY] = NF_RENDERED_SETTINGS,
    [RESERVE] = NF_RENDERED_SETTINGS,
    [BMC] = NF_RENDERED_SETTINGS,
};

/* A copy: getpwnam() has one result for everybody. */
static void
find_account(struct nf_children *children)
{
    const struct passwd *found = getpwnam(children->settings.user);

    children->ground.account = NULL;
    if (found != NULL
        && nf_text_copy(children->account_name, sizeof(children->account_name),
                        nf_text(found->pw_name)))
    {
        children->account = *found;
        children->account.pw_name = children->account_name;
        children->ground.account = &children->account;
    }
}

void
nf_children_describe(struct nf_children *children)
{
    const char *run = children->settings.run_dir;
    static const char *const conf_names[NF_CHILDREN] = {
        "nginx.conf", "dnsmasq.conf", "mosquitto.conf"};
    const struct nf_child described[NF_CHILDREN] = {
        [NGINX] = {.name = "nginx",
                   .stop_signal = SIGQUIT,
                   .argv = {children->programs[NGINX], "-p", run, "-e",
                            "stderr", "-g", "daemon off;", "-c",
                            children->confs[NGINX]}},
        [DNSMASQ] = {.name = "dnsmasq",
                     .stop_signal = SIGTERM,
                     .drains = true, /* lease events, for nf-hook */
                     .argv = {children->programs[DNSMASQ],
                              "--keep-in-foreground", "-C",
                              children->confs[DNSMASQ]}},
        [MOSQUITTO] = {.name = "mosquitto",
                       .stop_signal = SIGTERM,
                       .argv = {children->programs[MOSQUITTO], "-c",
                                children->confs[MOSQUITTO]}},
        [RELAY] = {.name = "nf-relay",
                   .stop_signal = SIGTERM,
                   .drops_root = true,
                   .argv = {children->programs[RELAY]}},
        /* it drops root when it listens */
        [RESERVE] = {.name = "nf-reserve",
                     .stop_signal = SIGTERM,
                     .argv = {children->programs[RESERVE]}},
        [BMC] = {.name = "nf-bmc",
                 .stop_signal = SIGTERM,
                 .drops_root = true,
                 .argv = {children->programs[BMC]}},
    };

    memcpy(children->each, described, sizeof(described));
    for (int i = 0; i < NF_CHILDREN; i++) {
        struct nf_child *child = &children->each[i];
        child->pidfd = child->output = -1;
        child->is_wanted = has_child(children, i);
        child->state = child->is_wanted ? NF_CHILD_WAITING : NF_CHILD_STOPPED;
        if (conf_names[i] != NULL) {
            snprintf(children->confs[i], NF_CHILDREN_PATH, "%s/%s", run,
                     conf_names[i]);
        }
    }
    snprintf(children->config_env, sizeof(children->config_env),
             "NF_CONFIG=%s/nodefoundry.conf", run);
    snprintf(children->path_env, sizeof(children->path_env), "PATH=%s",
             "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    children->env[0] = children->config_env;
    children->env[1] = children->path_env;
    children->ground.env = children->env;
    find_account(children);
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

bool
nf_children_find_programs(struct nf_children *children)
{
    const struct nf_settings *s = &children->settings;
    char module[NF_CHILDREN_PATH], hook[NF_CHILDREN_PATH],
        relay[NF_CHILDREN_PATH], reserve[NF_CHILDREN_PATH],
        bmc[NF_CHILDREN_PATH];
    const char *const names[NF_CHILDREN] = {"nginx", "dnsmasq", "mosquitto",
                                            relay,   reserve,   bmc};

    snprintf(module, sizeof(module), "%s/ngx_http_nf_module.so", s->lib_dir);
    snprintf(hook, sizeof(hook), "%s/nf-hook", s->lib_dir);
    snprintf(relay, sizeof(relay), "%s/nf-relay", s->lib_dir);
    snprintf(reserve, sizeof(reserve), "%s/nf-reserve", s->lib_dir);
    snprintf(bmc, sizeof(bmc), "%s/nf-bmc", s->lib_dir);
    for (int i = 0; i < NF_CHILDREN; i++) {
        if (has_child(children, i)
            && !nf_program_find(names[i], children->programs[i],
                                NF_CHILDREN_PATH))
        {
            nf_log(NF_LOG_ERR, "the program %s is missing%s", names[i],
                   i >= RELAY ? "; see NF_LIB_DIR" : "");
            return false;
        }
    }
    return is_there(module, "see NF_LIB_DIR")
           && (strcmp(s->dhcp_mode, "server") != 0
               || !has_child(children, DNSMASQ)
               || is_there(hook, "see NF_LIB_DIR"));
}

void
nf_children_stop(struct nf_children *children, int64_t now)
{
    for (int i = 0; i < NF_CHILDREN; i++) {
        nf_child_stop(&children->each[i], false, now);
    }
}

void
nf_children_apply(struct nf_children *children, unsigned changed, int64_t now)
{
    find_account(children);
    for (int i = 0; i < NF_CHILDREN; i++) {
        struct nf_child *child = &children->each[i];
        if (!has_child(children, i)) {
            nf_child_stop(child, false, now);
            continue;
        }
        child->is_wanted = true;
        if (child->state == NF_CHILD_STOPPED) {
            child->state = NF_CHILD_WAITING;
            child->due = now;
        } else if ((changed & restart_for[i]) != 0) {
            /* what it failed by may be gone: it need not wait */
            child->failures = 0;
            child->due = child->state == NF_CHILD_WAITING ? now : child->due;
            nf_child_stop(child, true, now);
        }
    }
    static const int by_signal[] = {NGINX, MOSQUITTO};
    for (size_t i = 0; i < sizeof(by_signal) / sizeof(by_signal[0]); i++) {
        const struct nf_child *child = &children->each[by_signal[i]];
        if (child->state == NF_CHILD_RUNNING) {
            kill(child->pid, SIGHUP);
        }
    }
}

bool
nf_children_has_stopped(const struct nf_children *children)
{
    for (int i = 0; i < NF_CHILDREN; i++) {
        if (children->each[i].state != NF_CHILD_STOPPED) {
            return false;
        }
    }
    return true;
}

bool
nf_children_has(const struct nf_children *children, pid_t pid)
{
    for (int i = 0; i < NF_CHILDREN; i++) {
        if (children->each[i].pid == pid) {
            return true;
        }
    }
    return false;
}

enum {
    FAILS = 2, /* so often in a row: once may happen to anybody */
};

static bool
is_failing(const struct nf_child *child)
{
    return child->failures >= FAILS
           && (child->state == NF_CHILD_WAITING
               || child->state == NF_CHILD_RUNNING);
}

static unsigned
sum_of_failures(const struct nf_children *children)
{
    unsigned sum = 1;

    for (int i = 0; i < NF_CHILDREN; i++) {
        const struct nf_child *child = &children->each[i];
        sum = sum * 31
              + (is_failing(child) ? child->failures * 8 + child->state : 0);
    }
    return sum;
}

void
nf_children_tell(struct nf_children *children, int64_t now)
{
    struct nf_failing all[NF_CHILDREN];
    struct timespec wall;
    unsigned sum = sum_of_failures(children);
    size_t n = 0;

    if (sum == children->told) {
        return;
    }
    clock_gettime(CLOCK_REALTIME, &wall);
    for (int i = 0; i < NF_CHILDREN; i++) {
        const struct nf_child *child = &children->each[i];
        if (is_failing(child)) {
            bool runs = child->state == NF_CHILD_RUNNING;
            int64_t at = wall.tv_sec * (int64_t) 1000;
            struct nf_failing *one = &all[n++];
            *one = (struct nf_failing){
                .since = child->failing_since,
                .started = runs ? at - (now - child->started) : 0};
            snprintf(one->name, sizeof(one->name), "%s", child->name);
            snprintf(one->words, sizeof(one->words), "%s", child->how);
        }
    }
    if (!nf_failing_put(&children->settings, all, n)) {
        nf_log(NF_LOG_WARNING, "cannot write %s/failing: %s",
               children->settings.run_dir, strerror(errno));
    }
    children->told = sum;
}

void
nf_children_tick(struct nf_children *children, int64_t now)
{
    for (int i = 0; i < NF_CHILDREN; i++) {
        nf_child_tick(&children->each[i], &children->ground, now);
    }
}

int64_t
nf_children_due(const struct nf_children *children)
{
    int64_t due = INT64_MAX;

    for (int i = 0; i < NF_CHILDREN; i++) {
        int64_t its = nf_child_due(&children->each[i]);
        due = its < due ? its : due;
    }
    return due;
}
