#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "store/env.h"

enum {
    FIRST = 4096 /* below it are the file's bytes; no inode is that small */
};

/* Whether somebody else holds a lock in the range (length 0: to the end).  A
 * lock of our own on the same description is none. */
static bool
is_locked(int fd, off_t from, off_t length)
{
    struct flock lock = {.l_type = F_WRLCK,
                         .l_whence = SEEK_SET,
                         .l_start = from,
                         .l_len = length};

    return fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

nf_error_t
nf_namespace_claim(int notify_fd)
{
    struct stat ns;
    struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET, .l_len = 1};

    if (stat("/proc/self/ns/pid", &ns) != 0 || ns.st_ino <= FIRST) {
        return NF_OK; /* without /proc nobody can tell */
    }
    lock.l_start = (off_t) ns.st_ino;
    /* First ours, then a look: of two that come at once, one sees the other. */
    if (fcntl(notify_fd, F_OFD_SETLK, &lock) != 0) {
        return nf_error_from_lmdb(errno);
    }
    return is_locked(notify_fd, FIRST, lock.l_start - FIRST)
                   || is_locked(notify_fd, lock.l_start + 1, 0)
               ? NF_FOREIGN
               : NF_OK;
}
