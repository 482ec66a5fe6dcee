#ifndef NF_GUARDIAN_H
#define NF_GUARDIAN_H

/*
 * No orphans: a small process that outlives `nf up` by a moment, and ends
 * what `nf up` left running when it was killed.  A signal on the parent's
 * death alone would not do: the kernel forgets it when a program changes its
 * user, as dnsmasq and mosquitto do.
 */

#include <stdbool.h>
#include <sys/types.h>

/* Start it; the descriptor to tell it by, or -1.  Call before there are
 * threads or children. */
int nf_guardian_start(void);

/* Name a process group to end with us, or one that is gone. */
void nf_guardian_tell(int fd, pid_t group, bool is_running);

#endif
