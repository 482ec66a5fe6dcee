#ifndef NF_AGENT_SCRIPT_H
#define NF_AGENT_SCRIPT_H

/*
 * Scripts that come with an order, and their way to run: /bin/sh, in a folder
 * of its own, with a time limit.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum {
    NF_SCRIPTS_MAX = 17, /* a profile's, and one for its packages */
    NF_SCRIPT_NAME_SIZE = 64,
    NF_SCRIPT_MAX = 64 * 1024,
    NF_SCRIPT_LIMIT_S = 1800,
};

struct nf_script {
    char name[NF_SCRIPT_NAME_SIZE];
    char *text;
};

struct nf_scripts {
    int count;
    struct nf_script list[NF_SCRIPTS_MAX];
};

/*
 * Reads [{"name", "script": base64}]; absent is none.  False, with nothing to
 * clear, and in fault what is wrong with which.
 */
bool nf_scripts_read(const json_t *list, struct nf_scripts *scripts,
                     char *fault, size_t size);

void nf_scripts_clear(struct nf_scripts *scripts);

/* Runs one after the other, below root (NULL: here), until one fails. */
bool nf_scripts_run(const struct nf_scripts *scripts, const char *root,
                    char *fault, size_t size);

#endif
