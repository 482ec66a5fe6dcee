#ifndef NF_BASE_PIDFILE_H
#define NF_BASE_PIDFILE_H

/*
 * A daemon by the file that it has written its number to.
 */

#include <stdbool.h>
#include <sys/types.h>

/* Whether this process is there and its program has this name: a number alone
 * may be another program's by now. */
bool nf_process_is_named(pid_t pid, const char *name);

/* The process of the file, if its program has this name; 0: it does not run. */
pid_t nf_pidfile_find(const char *path, const char *name);

/*
 * Signal the process of the file, if its program has this name.  Returns its
 * number; 0: it does not run, or must not be signalled by us.
 */
pid_t nf_pidfile_signal(const char *path, const char *name, int number);

#endif
