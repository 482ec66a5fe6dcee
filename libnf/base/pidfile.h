#ifndef NF_BASE_PIDFILE_H
#define NF_BASE_PIDFILE_H

/*
 * Signals to a daemon by the file that it has written its number to.
 */

#include <sys/types.h>

/*
 * Signal the process of the file, if its program has this name.  Returns its
 * number; 0: it does not run, or must not be signalled by us.
 */
pid_t nf_pidfile_signal(const char *path, const char *name, int number);

#endif
