#ifndef NF_STORE_WAITS_H
#define NF_STORE_WAITS_H

/*
 * Where the store's locks are waited for: a process that holds one and stands
 * still lets everybody wait, and LMDB has no time limit of its own.
 */

#include <stdbool.h>

/* Called before each such wait, and after it; it may end the process.  path is
 * the store's. */
typedef void nf_store_waits_t(const char *path, bool begins);

/* For a program that has one thread; NULL, as it is at the start: nobody. */
void nf_store_tell_waits(nf_store_waits_t *tell);

/* Of libnf/store. */
void nf_waits_begin(const char *path);
void nf_waits_end(const char *path);

#endif
