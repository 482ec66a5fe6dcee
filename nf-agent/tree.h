#ifndef NF_AGENT_TREE_H
#define NF_AGENT_TREE_H

/*
 * The files in which a kernel describes its machine, below a root: "" is this
 * machine, anything else a captured copy of its sys and proc.  Only regular
 * files are read, and only so many bytes of each.
 *
 * Paths are given printf style, without the leading '/'.
 */

#include "label.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

struct nf_tree {
    const char *root;
    bool is_live; /* this machine: devices may be asked too */
};

struct nf_names {
    char **names;
    size_t n;
};

/* At most size bytes of a file; -1 when it cannot be read. */
ssize_t nf_tree_bytes(const struct nf_tree *tree, void *bytes, size_t size,
                      const char *path, ...)
    __attribute__((format(printf, 4, 5)));

/* A file's text as a label; false, and label is empty, when there is none. */
bool nf_tree_label(const struct nf_tree *tree, char label[static NF_LABEL_SIZE],
                   const char *path, ...) __attribute__((format(printf, 3, 4)));

/* A file's number, decimal or 0x...; else fallback. */
int64_t nf_tree_number(const struct nf_tree *tree, int64_t fallback,
                       const char *path, ...)
    __attribute__((format(printf, 3, 4)));

/* A file as a stream of lines; NULL when it cannot be read. */
FILE *nf_tree_open(const struct nf_tree *tree, const char *path);

bool nf_tree_has(const struct nf_tree *tree, const char *path, ...)
    __attribute__((format(printf, 2, 3)));

/* The last part of where a link leads; false when it is no link. */
bool nf_tree_link(const struct nf_tree *tree, char name[static NF_LABEL_SIZE],
                  const char *path, ...) __attribute__((format(printf, 3, 4)));

/* The path with all its links followed; false when it leads nowhere. */
bool nf_tree_real(const struct nf_tree *tree, char *real, size_t size,
                  const char *path, ...) __attribute__((format(printf, 4, 5)));

/* A directory's names, eth2 before eth10; none when it cannot be read. */
struct nf_names nf_tree_list(const struct nf_tree *tree, const char *path, ...)
    __attribute__((format(printf, 2, 3)));
void nf_names_free(struct nf_names *names);

#endif
