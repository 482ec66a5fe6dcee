#ifndef NF_CHANGE_ENROLL_H
#define NF_CHANGE_ENROLL_H

/*
 * BMCs that their own machines have made logins on.
 */

#include "change/change.h"

enum {
    NF_NOT_ENROLLED = 160, /* why not, with its end */
};

/* All of it printable; the password is the caller's to wipe. */
struct nf_enrolled {
    const char *address, *user, *password;
};

/*
 * The node has a BMC with this login: make its device bmc-MAC, with a
 * credential set of that name, or give them this address and password.  A
 * device that somebody linked to the node stays what it is.  NF_CONFLICT: the
 * address is another device's, or somebody has made one of that name.
 */
nf_error_t nf_change_enroll(struct nf_change *c, nf_mac_t node,
                            const struct nf_enrolled *login);

/* Its BMC has none, and why; told once as long as that stays. */
nf_error_t nf_change_not_enrolled(struct nf_change *c, nf_mac_t node,
                                  const char *why);

/* Why the BMC of a node that has no device was not enrolled last; false: it is
 * not known, or was not tried. */
bool nf_not_enrolled(struct nf_read *r, const struct nf_node *node,
                     char why[static NF_NOT_ENROLLED]);

/*
 * What the node's machine is told of word (bmc/enroll.h): nothing if somebody
 * has given the node a BMC by hand, and an administrator's level if the site
 * wants that, or its BMC has refused the operator that it made.
 */
struct nf_text nf_enroll_tell(struct nf_read *r,
                              const struct nf_settings *settings,
                              const char *word, nf_mac_t node);

#endif
