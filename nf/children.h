#ifndef NF_CHILDREN_H
#define NF_CHILDREN_H

/*
 * The programs of a bastion: which of them its settings ask for, how each is
 * started, and which of them a change of the settings concerns.
 */

#include "child.h"
#include "model/settings.h"

enum {
    NF_CHILD_RESERVE = 4,
    NF_CHILD_BMC = 5,
    NF_CHILDREN = 6,
    NF_CHILDREN_PATH = NF_SETTING_MAX + 64,
};

/* Points into itself: it must stay where it is. */
struct nf_children {
    struct nf_settings settings;
    struct nf_child each[NF_CHILDREN];
    struct nf_child_ground ground;
    bool has_other_broker; /* Debian's service, say */
    bool gate_is_open;     /* by us: see gatekeeper.h */
    int64_t gate_look_at;
    unsigned told; /* a sum over what was told */
    char programs[NF_CHILDREN][NF_CHILDREN_PATH];
    char confs[NF_CHILDREN][NF_CHILDREN_PATH];
    char config_env[NF_CHILDREN_PATH], path_env[128];
    char *env[3];
    struct passwd account;
    char account_name[64];
};

/* Once, with settings and has_other_broker in place; starts nothing. */
void nf_children_describe(struct nf_children *children);

/* Find what will be started; false: said what is missing. */
bool nf_children_find_programs(struct nf_children *children);

/* After new settings were rendered, with the files that changed (a set of
 * enum nf_rendered). */
void nf_children_apply(struct nf_children *children, unsigned changed,
                       int64_t now);

void nf_children_stop(struct nf_children *children, int64_t now);
bool nf_children_has_stopped(const struct nf_children *children);

/* Whether pid is one of them, rather than something one has left behind. */
bool nf_children_has(const struct nf_children *children, pid_t pid);

/* Say in NF_RUN_DIR which of them fail again and again (status/failing.h),
 * where that has changed. */
void nf_children_tell(struct nf_children *children, int64_t now);

/* Do what is due, and when something is due next; INT64_MAX: never. */
void nf_children_tick(struct nf_children *children, int64_t now);
int64_t nf_children_due(const struct nf_children *children);

#endif
