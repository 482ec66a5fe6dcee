#ifndef NF_LABEL_H
#define NF_LABEL_H

/*
 * Nodes by their labels.
 */

#include <stdbool.h>

/*
 * The action ("install", "reinstall", "cancel", "approve") on every node that
 * the selector chooses, 200 at a time; each that is refused is told on stderr,
 * and the exit status says so.  profile may be NULL.
 */
int nf_label_act(const char *selector, const char *action, const char *profile,
                 bool is_json);

#endif
