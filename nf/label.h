#ifndef NF_LABEL_H
#define NF_LABEL_H

/*
 * Nodes by their labels.
 */

#include "consent.h"

struct nf_label_action {
    const char *selector;
    const char *action;  /* "install", "reinstall", "cancel", "approve" */
    const char *profile; /* NULL: none is named */
    bool is_json;
    bool when_it_boots; /* of approve */
    bool wipes;         /* of reinstall: with consent for each of them */
    bool is_forced;     /* whatever the installation lacks */
    const struct nf_consent *consent;
};

/*
 * The action on every node that the selector chooses, 200 at a time; each that
 * is refused is told on stderr, and the exit status says so.
 */
int nf_label_act(const struct nf_label_action *action);

/* These labels for every node that the selector chooses. */
int nf_label_chosen(const char *selector, const json_t *labels,
                    const struct nf_consent *consent);

/* The same members of many nodes at once: edits is a list of objects with the
 * member id.  take is called with each one's number and result.  Returns as
 * nf_server_ask(). */
int nf_label_edit(const json_t *edits,
                  void (*take)(size_t i, const json_t *result, void *of),
                  void *of);

#endif
