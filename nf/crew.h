#ifndef NF_CREW_H
#define NF_CREW_H

/*
 * The programs of a bastion: which of them its settings ask for, how each is
 * started, and which of them a change of the settings concerns.
 */

#include "child.h"
#include "model/settings.h"

enum {
    NF_CREW = 4,
    NF_CREW_PATH = NF_SETTING_MAX + 64,
};

/* Points into itself: it must stay where it is. */
struct nf_crew {
    struct nf_settings settings;
    struct nf_child children[NF_CREW];
    struct nf_child_ground ground;
    bool has_other_broker; /* Debian's service, say */
    char programs[NF_CREW][NF_CREW_PATH];
    char confs[NF_CREW][NF_CREW_PATH];
    char config_env[NF_CREW_PATH], path_env[128];
    char *env[3];
    struct passwd account;
    char account_name[64];
};

/* Once, with settings and has_other_broker in place; starts nothing. */
void nf_crew_describe(struct nf_crew *crew);

/* Find what will be started; false: said what is missing. */
bool nf_crew_find_programs(struct nf_crew *crew);

/* After new settings were rendered, with the files that changed (a set of
 * enum nf_rendered). */
void nf_crew_apply(struct nf_crew *crew, unsigned changed, int64_t now);

void nf_crew_stop(struct nf_crew *crew, int64_t now);
bool nf_crew_has_stopped(const struct nf_crew *crew);

/* Whether pid is one of them, rather than something one has left behind. */
bool nf_crew_has(const struct nf_crew *crew, pid_t pid);

/* Do what is due, and when something is due next; INT64_MAX: never. */
void nf_crew_tick(struct nf_crew *crew, int64_t now);
int64_t nf_crew_due(const struct nf_crew *crew);

#endif
