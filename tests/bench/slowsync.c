/*
 * Preloaded: each write to the disk takes SLOWSYNC_US longer, as on a disk
 * slower than the one at hand.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static void
wait_for_disk(void)
{
    const char *text = getenv("SLOWSYNC_US");
    long us = text == NULL ? 0 : strtol(text, NULL, 10);
    struct timespec length = {us / 1000000, us % 1000000 * 1000};

    nanosleep(&length, NULL);
}

int
fdatasync(int fd)
{
    int (*real)(int) = (int (*)(int)) dlsym(RTLD_NEXT, "fdatasync");

    wait_for_disk();
    return real(fd);
}

/* LMDB writes its meta page to a file opened with O_DSYNC. */
ssize_t
pwrite(int fd, const void *data, size_t size, off_t at)
{
    ssize_t (*real)(int, const void *, size_t, off_t) =
        (ssize_t(*)(int, const void *, size_t, off_t)) dlsym(RTLD_NEXT,
                                                             "pwrite");

    if (fcntl(fd, F_GETFL) & O_DSYNC) {
        wait_for_disk();
    }
    return real(fd, data, size, at);
}
