#ifndef NF_STORE_SHRINK_H
#define NF_STORE_SHRINK_H

/*
 * Taking large files away.  Some GB that are freed at once keep the file
 * system busy for most of a second, and whoever syncs anything waits for it.
 * So they go a few MiB at a time, with pauses: 2 GB in less than two seconds.
 */

#include <stdbool.h>

/* Cut an open file to nothing that nobody else uses.  False: errno says why. */
bool nf_shrink(int fd);

/*
 * Remove a file whose name nobody else knows.  False: it is left as it is,
 * since somebody has it open still, who would free it all at once by closing
 * it; or it cannot be removed.
 */
bool nf_shrink_away(int dir, const char *name);

#endif
