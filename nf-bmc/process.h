#ifndef NF_BMC_PROCESS_H
#define NF_BMC_PROCESS_H

/*
 * A program that is run beside the loop: it is told lines on its stdin, what it
 * prints is collected, and it dies with us.
 */

#include <sys/types.h>

#include "loop.h"

enum {
    NF_PROCESS_OUTPUT = 16384, /* more is dropped */
    NF_PROCESS_SECRET_FD = 3,  /* where it finds the secret */
};

struct nf_process {
    struct nf_loop *loop;
    pid_t pid; /* 0: none runs */
    struct nf_watch end, output;
    int input; /* its stdin */
    size_t len;
    char text[NF_PROCESS_OUTPUT]; /* stdout and stderr */
    void (*printed)(struct nf_process *process);
    void (*ended)(struct nf_process *process, int status);
};

/*
 * secret: bytes that it reads from /dev/fd/3, never in its arguments or
 * environment.  loop, printed and ended are set already.  False: it could not
 * be started, errno says why.
 */
bool nf_process_start(struct nf_process *process, const char *const *argv,
                      struct nf_text secret);

/* False: it reads no more. */
bool nf_process_say(struct nf_process *process, struct nf_text text);

/* No more is said to it: its stdin ends. */
void nf_process_hush(struct nf_process *process);

/* kill -9; no callback follows. */
void nf_process_kill(struct nf_process *process);

#endif
