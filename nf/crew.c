#include "crew.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "bastion.h"
#include "program.h"
#include "render.h"

enum {
    NGINX,
    DNSMASQ,
    MOSQUITTO,
    RELAY,
};

/* Which children this site has, by its settings and what runs already. */
static bool
has_child(const struct nf_crew *crew, int which)
{
    switch (which) {
    case DNSMASQ:
        return nf_bastion_serves_dhcp(&crew->settings);
    case MOSQUITTO:
        return nf_settings_broker_is_local(&crew->settings)
               && !crew->has_other_broker;
    default:
        return true;
    }
}

/* The files whose change a child only sees by starting again; nginx takes
 * everything by SIGHUP. */
static const unsigned restart_for[NF_CREW] = {
    [DNSMASQ] = NF_RENDERED_DNSMASQ,
    [MOSQUITTO] = NF_RENDERED_MOSQUITTO | NF_RENDERED_ACL,
    [RELAY] = NF_RENDERED_SETTINGS,
};

/* A copy: getpwnam() has one result for everybody. */
static void
find_account(struct nf_crew *crew)
{
    const struct passwd *found = getpwnam(crew->settings.user);

    crew->ground.account = NULL;
    if (found != NULL
        && nf_text_copy(crew->account_name, sizeof(crew->account_name),
                        nf_text(found->pw_name)))
    {
        crew->account = *found;
        crew->account.pw_name = crew->account_name;
        crew->ground.account = &crew->account;
    }
}

void
nf_crew_describe(struct nf_crew *crew)
{
    const char *run = crew->settings.run_dir;
    static const char *const conf_names[] = {"nginx.conf", "dnsmasq.conf",
                                             "mosquitto.conf", NULL};
    const struct nf_child children[NF_CREW] = {
        [NGINX] = {.name = "nginx",
                   .stop_signal = SIGQUIT,
                   .argv = {crew->programs[NGINX], "-p", run, "-e", "stderr",
                            "-g", "daemon off;", "-c", crew->confs[NGINX]}},
        [DNSMASQ] = {.name = "dnsmasq",
                     .stop_signal = SIGTERM,
                     .drains = true, /* lease events, for nf-hook */
                     .argv = {crew->programs[DNSMASQ], "--keep-in-foreground",
                              "-C", crew->confs[DNSMASQ]}},
        [MOSQUITTO] = {.name = "mosquitto",
                       .stop_signal = SIGTERM,
                       .argv = {crew->programs[MOSQUITTO], "-c",
                                crew->confs[MOSQUITTO]}},
        [RELAY] = {.name = "nf-relay",
                   .stop_signal = SIGTERM,
                   .drops_root = true,
                   .argv = {crew->programs[RELAY]}},
    };

    memcpy(crew->children, children, sizeof(children));
    for (int i = 0; i < NF_CREW; i++) {
        struct nf_child *child = &crew->children[i];
        child->pidfd = child->output = -1;
        child->is_wanted = has_child(crew, i);
        child->state = child->is_wanted ? NF_CHILD_WAITING : NF_CHILD_STOPPED;
        if (conf_names[i] != NULL) {
            snprintf(crew->confs[i], NF_CREW_PATH, "%s/%s", run, conf_names[i]);
        }
    }
    snprintf(crew->config_env, sizeof(crew->config_env),
             "NF_CONFIG=%s/nodefoundry.conf", run);
    snprintf(crew->path_env, sizeof(crew->path_env), "PATH=%s",
             "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    crew->env[0] = crew->config_env;
    crew->env[1] = crew->path_env;
    crew->ground.env = crew->env;
    find_account(crew);
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
nf_crew_find_programs(struct nf_crew *crew)
{
    const struct nf_settings *s = &crew->settings;
    char module[NF_CREW_PATH], hook[NF_CREW_PATH], relay[NF_CREW_PATH];
    const char *const names[NF_CREW] = {"nginx", "dnsmasq", "mosquitto", relay};

    snprintf(module, sizeof(module), "%s/ngx_http_nf_module.so", s->lib_dir);
    snprintf(hook, sizeof(hook), "%s/nf-hook", s->lib_dir);
    snprintf(relay, sizeof(relay), "%s/nf-relay", s->lib_dir);
    for (int i = 0; i < NF_CREW; i++) {
        if (has_child(crew, i)
            && !nf_program_find(names[i], crew->programs[i], NF_CREW_PATH))
        {
            nf_log(NF_LOG_ERR, "the program %s is missing%s", names[i],
                   i == RELAY ? "; see NF_LIB_DIR" : "");
            return false;
        }
    }
    return is_there(module, "see NF_LIB_DIR")
           && (strcmp(s->dhcp_mode, "server") != 0 || !has_child(crew, DNSMASQ)
               || is_there(hook, "see NF_LIB_DIR"));
}

void
nf_crew_stop(struct nf_crew *crew, int64_t now)
{
    for (int i = 0; i < NF_CREW; i++) {
        nf_child_stop(&crew->children[i], false, now);
    }
}

void
nf_crew_apply(struct nf_crew *crew, unsigned changed, int64_t now)
{
    find_account(crew);
    for (int i = 0; i < NF_CREW; i++) {
        struct nf_child *child = &crew->children[i];
        if (!has_child(crew, i)) {
            nf_child_stop(child, false, now);
            continue;
        }
        child->is_wanted = true;
        if (child->state == NF_CHILD_STOPPED) {
            child->state = NF_CHILD_WAITING;
            child->due = now;
        } else if ((changed & restart_for[i]) != 0) {
            nf_child_stop(child, true, now);
        }
    }
    if (crew->children[NGINX].state == NF_CHILD_RUNNING) {
        kill(crew->children[NGINX].pid, SIGHUP);
    }
}

bool
nf_crew_has_stopped(const struct nf_crew *crew)
{
    for (int i = 0; i < NF_CREW; i++) {
        if (crew->children[i].state != NF_CHILD_STOPPED) {
            return false;
        }
    }
    return true;
}

bool
nf_crew_has(const struct nf_crew *crew, pid_t pid)
{
    for (int i = 0; i < NF_CREW; i++) {
        if (crew->children[i].pid == pid) {
            return true;
        }
    }
    return false;
}

void
nf_crew_tick(struct nf_crew *crew, int64_t now)
{
    for (int i = 0; i < NF_CREW; i++) {
        nf_child_tick(&crew->children[i], &crew->ground, now);
    }
}

int64_t
nf_crew_due(const struct nf_crew *crew)
{
    int64_t due = INT64_MAX;

    for (int i = 0; i < NF_CREW; i++) {
        int64_t its = nf_child_due(&crew->children[i]);
        due = its < due ? its : due;
    }
    return due;
}
