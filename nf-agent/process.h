#ifndef NF_AGENT_PROCESS_H
#define NF_AGENT_PROCESS_H

/*
 * Other programs: the RAM disk's tools, and those of the new system below its
 * own root.  What they say goes to the console line by line; the last line
 * says why one failed.
 */

#include <stdbool.h>
#include <stddef.h>

enum {
    NF_SAID_SIZE = 200,
    NF_ARGV_MAX = 40,
};

struct nf_process {
    const char *const *argv; /* argv[0] is looked up in NF_TOOL_PATH */
    const char *input;       /* standard input, or NULL for none */
    size_t input_len;
    const char *root;      /* chroot, or NULL */
    const char *directory; /* to start in, or NULL */
    int limit_s;           /* killed with all its children after this; 0: an
                              hour */
    unsigned fine;         /* bit n: exit status n is fine too */
    int in;                /* without input: a descriptor to read, or 0 */
    void (*tick)(void *ctx);
    void *ctx; /* of tick, which is called at least every half second */
};

/* Where tools are looked for, in this system and below a root. */
#define NF_TOOL_PATH                                                           \
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:"                 \
    "/bin"

/*
 * Runs a program to its end.  False when it can't be started, is killed, runs
 * over its time or exits with a status that isn't fine; then a sentence in
 * fault names it.  No argument is logged: scripts and names are not ours.
 */
bool nf_process_run(const struct nf_process *process, char *fault, size_t size);

/* Whether root (NULL: this system) has the program. */
bool nf_process_exists(const char *root, const char *name);

#endif
