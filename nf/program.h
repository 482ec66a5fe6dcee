#ifndef NF_PROGRAM_H
#define NF_PROGRAM_H

/*
 * Other programs: where they are, and running one to its end.
 */

#include <stdbool.h>
#include <stddef.h>

/* The full name of a program of PATH or of the system's directories; a name
 * with a slash is looked at as it is.  False: there is none. */
bool nf_program_find(const char *name, char *path, size_t size);

/* Run argv[0] to its end without input; true when it exits with 0. */
bool nf_program_run(const char *const argv[]);

#endif
