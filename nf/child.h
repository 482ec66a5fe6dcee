#ifndef NF_CHILD_H
#define NF_CHILD_H

/*
 * One supervised program: starting it, passing on what it says, starting it
 * again when it dies.  Times are milliseconds of the monotonic clock.
 */

#include <pwd.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum {
    NF_CHILD_ARGS = 12,
    NF_CHILD_LINE = 1024
};

enum nf_child_state {
    NF_CHILD_WAITING, /* to be started at `due` */
    NF_CHILD_RUNNING,
    NF_CHILD_STOPPING, /* told to end; killed at `due` */
    NF_CHILD_DRAINING, /* it has ended, its helpers finish their work */
    NF_CHILD_STOPPED,  /* and not wanted again */
};

struct nf_child {
    const char *name;
    const char *argv[NF_CHILD_ARGS];
    int stop_signal;
    bool drains; /* has a helper that ends by itself, and must not be cut off */
    bool drops_root; /* the others do so themselves */

    enum nf_child_state state;
    bool is_wanted; /* after it has stopped */
    pid_t pid;
    int pidfd, output;
    pid_t group; /* that drains */
    int64_t started, due, until;
    unsigned failures;     /* since it last ran for long */
    int64_t failing_since; /* wall clock, ms: the first of them */
    char how[128];         /* it ended the last time, with its last words */
    char line[NF_CHILD_LINE];
    unsigned len;
    char last[NF_CHILD_LINE]; /* its last whole line */
};

/* What a child needs of the rest. */
struct nf_child_ground {
    int guardian;
    char *const *env;
    const struct passwd *account; /* NULL: there is none to change to */
};

/* Start it, or plan the next try. */
void nf_child_start(struct nf_child *child,
                    const struct nf_child_ground *ground, int64_t now);

/* Pass on what it wrote. */
void nf_child_read(struct nf_child *child);

/* It has ended: collect it, say so, plan the next start if it is wanted. */
void nf_child_ended(struct nf_child *child,
                    const struct nf_child_ground *ground, int64_t now);

/* Ask it to end; it is started again afterwards when `again`. */
void nf_child_stop(struct nf_child *child, bool again, int64_t now);

/* What is due by now: a start, or a kill. */
void nf_child_tick(struct nf_child *child, const struct nf_child_ground *ground,
                   int64_t now);

/* When nf_child_tick is next needed; INT64_MAX: never. */
int64_t nf_child_due(const struct nf_child *child);

#endif
