#ifndef NF_PROGRAM_H
#define NF_PROGRAM_H

/*
 * Other programs: where they are, and running one to its end.
 */

#include <pwd.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

/* The full name of a program of PATH or of the system's directories; a name
 * with a slash is looked at as it is.  False: there is none. */
bool nf_program_find(const char *name, char *path, size_t size);

/* Run argv[0] to its end without input; true when it exits with 0. */
bool nf_program_run(const char *const argv[]);

/* One that runs, and what it writes to stdout. */
struct nf_program {
    pid_t pid;
    FILE *output;
};

/* Start argv[0] without input; it shares our stderr.  False: errno says why.
 * To be closed: that waits for its end.  Returns its exit status, 255: it was
 * ended by a signal. */
bool nf_program_open(struct nf_program *program, const char *const argv[]);
int nf_program_close(struct nf_program *program);

/* This process is that account from now on; NULL: it stays what it is. */
bool nf_program_become(const struct passwd *account);

/* As that account, with these variables, and what it writes as a C string;
 * false: it wrote more, or did not exit with 0 within a minute. */
bool nf_program_read(const char *const argv[], char *const env[],
                     const struct passwd *account, char *said, size_t size);

#endif
