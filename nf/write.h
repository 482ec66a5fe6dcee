#ifndef NF_WRITE_H
#define NF_WRITE_H

/*
 * Files that appear whole or not at all.
 */

#include <sys/types.h>

#include "base/text.h"

/*
 * Write text to path through a file beside it that is renamed; group may be
 * (gid_t) -1.  *changed tells whether the content is new.  False: errno says
 * why, and path is as it was.
 */
bool nf_write_file(const char *path, struct nf_text text, mode_t mode,
                   gid_t group, bool *changed);

/* Read up to size bytes; false: errno says why, EFBIG when there is more. */
bool nf_read_file(const char *path, char *data, size_t size, size_t *len);

/* Make a directory and those above it; 0: it is there. */
int nf_make_directory(const char *path, mode_t mode);

#endif
