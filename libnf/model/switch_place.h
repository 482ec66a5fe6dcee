#ifndef NF_MODEL_SWITCH_PLACE_H
#define NF_MODEL_SWITCH_PLACE_H

/*
 * What the arguments of a command to a switch say of where, and of what for.
 */

#include "model/switch_port.h"

/* Each "" where they do not say. */
struct nf_switch_place {
    char device[NF_MANAGED_NAME]; /* "switch" */
    char port[NF_LINK_PORT];
};

void nf_switch_place_read(struct nf_text arguments,
                          struct nf_switch_place *place);

/* clang-format off */
/* What is wanted of a node's port. */
#define NF_VLAN_GOALS(X)                                                      \
    X(NF_VLAN_INSTALL,    "install")                                          \
    X(NF_VLAN_PRODUCTION, "production")                                       \
    X(NF_VLAN_RESTORE,    "restore")    /* as it was before */
/* clang-format on */

#define X(goal, word) goal,
enum nf_vlan_goal {
    NF_VLAN_GOALS(X) NF_VLAN_GOAL_COUNT
};
#undef X

extern const char *const nf_vlan_goals[NF_VLAN_GOAL_COUNT + 1];

/* False: they say none of these. */
bool nf_vlan_goal_read(struct nf_text arguments, enum nf_vlan_goal *goal);

#endif
