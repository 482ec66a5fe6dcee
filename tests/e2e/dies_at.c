/*
 * Preloaded: the process is killed before its NF_TEST_DIES_AT-th call that
 * changes something on the disk.
 */
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

static void
count(void)
{
    const char *text = getenv("NF_TEST_DIES_AT");
    static long calls;

    if (text != NULL && ++calls == strtol(text, NULL, 10)) {
        kill(getpid(), SIGKILL);
    }
}

#define REAL(name) ((typeof(&name)) dlsym(RTLD_NEXT, #name))

ssize_t
write(int fd, const void *data, size_t size)
{
    count();
    return REAL(write)(fd, data, size);
}

ssize_t
pwrite(int fd, const void *data, size_t size, off_t at)
{
    count();
    return REAL(pwrite)(fd, data, size, at);
}

ssize_t
writev(int fd, const struct iovec *parts, int n)
{
    count();
    return REAL(writev)(fd, parts, n);
}

int
fsync(int fd)
{
    count();
    return REAL(fsync)(fd);
}

int
fdatasync(int fd)
{
    count();
    return REAL(fdatasync)(fd);
}

int
rename(const char *from, const char *to)
{
    count();
    return REAL(rename)(from, to);
}

int
unlink(const char *path)
{
    count();
    return REAL(unlink)(path);
}
