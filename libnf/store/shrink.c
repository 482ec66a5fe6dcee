#include "store/shrink.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    MIB = 1 << 20,
    AT_ONCE = 8 * MIB, /* half a millisecond, mostly of freeing its pages */
    BLOCK = 512,       /* of st_blocks */
};

static const struct timespec pause_between = {.tv_nsec = 4000000};

/* A file with holes is longer than what it holds. */
static off_t
step_of(const struct stat *is)
{
    off_t held = (off_t) is->st_blocks * BLOCK;
    off_t step = is->st_size / (held / AT_ONCE + 1) + 1;

    return (step + MIB - 1) / MIB * MIB;
}

bool
nf_shrink(int fd)
{
    struct stat is;

    if (fstat(fd, &is) != 0) {
        return false;
    }
    off_t left = is.st_size, step = step_of(&is);
    while (left > step) {
        left -= step;
        if (ftruncate(fd, left) != 0) {
            return false;
        }
        (void) nanosleep(&pause_between, NULL);
    }
    return ftruncate(fd, 0) == 0;
}

enum use {
    USE_NONE,
    USE_BY_OTHERS,
    USE_UNKNOWN, /* another's file, or a file system that does not tell */
};

/* The kernel grants a write lease on what nobody else has open.  It is given
 * back at once; who opens the file meanwhile sends a signal that does nothing
 * instead of one that ends us. */
static enum use
use_of(int fd)
{
    if (fcntl(fd, F_SETSIG, SIGURG) != 0 || fcntl(fd, F_SETLEASE, F_WRLCK) != 0)
    {
        return errno == EAGAIN ? USE_BY_OTHERS : USE_UNKNOWN;
    }
    (void) fcntl(fd, F_SETLEASE, F_UNLCK);
    return USE_NONE;
}

/* False: it is to stay. */
static bool
empty(int fd)
{
    struct stat is;

    if (fstat(fd, &is) != 0 || !S_ISREG(is.st_mode) || is.st_nlink != 1) {
        return true; /* nothing that would be freed */
    }
    switch (use_of(fd)) {
    case USE_NONE:
        (void) nf_shrink(fd);
        return true;
    case USE_BY_OTHERS:
        return false;
    case USE_UNKNOWN:
        break;
    }
    return true;
}

bool
nf_shrink_away(int dir, const char *name)
{
    int fd = openat(dir, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

    if (fd < 0) {
        return unlinkat(dir, name, 0) == 0;
    }
    bool may_go = empty(fd);
    close(fd);
    return may_go && unlinkat(dir, name, 0) == 0;
}
