/*
 * Preloaded: calls on a file fail when they are told to.
 *
 * The file $NF_TEST_FAULT, when it is there, says "CALL ERRNO COUNT SKIP PART":
 * of the calls of that name, on files whose paths have PART, SKIP more succeed
 * and then COUNT fail.  CALL is write, meta (a write of one of the first two
 * pages), sync or room (fallocate).  Each failure adds a byte to
 * $NF_TEST_FAULT.fired, so that a test knows of it.  $NF_TEST_STATFS is the
 * kind of file system that statfs() tells, in hex.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <unistd.h>

#define REAL(name) ((typeof(&name)) dlsym(RTLD_NEXT, #name))

enum {
    META_END = 8192
};

static _Thread_local int is_inside; /* what we call ourselves never fails */

/* A fault as it is told. */
struct fault {
    char call[16], part[64];
    int err;
    long count, skip;
};

static int
is_of(int fd, const char *part)
{
    char name[64], path[4096];

    snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
    ssize_t n = readlink(name, path, sizeof(path) - 1);
    if (n < 0) {
        return 0;
    }
    path[n] = '\0';
    return strstr(path, part) != NULL;
}

static void
note(const char *path)
{
    char name[4096];

    snprintf(name, sizeof(name), "%s.fired", path);
    int fd = open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (fd >= 0) {
        (void) !REAL(write)(fd, "x", 1);
        close(fd);
    }
}

/* What is still to come. */
static void
tell(const char *path, const struct fault *fault)
{
    char draft[4096];

    snprintf(draft, sizeof(draft), "%s.%d", path, (int) gettid());
    FILE *file = fault->count > 0 ? fopen(draft, "we") : NULL;
    if (file == NULL) {
        unlink(path);
        return;
    }
    fprintf(file, "%s %d %ld %ld %s\n", fault->call, fault->err, fault->count,
            fault->skip, fault->part);
    fclose(file);
    rename(draft, path);
}

static int
read_fault(const char *path, struct fault *fault)
{
    FILE *file = fopen(path, "re");

    if (file == NULL) {
        return 0;
    }
    int n = fscanf(file, "%15s %d %ld %ld %63s", fault->call, &fault->err,
                   &fault->count, &fault->skip, fault->part);
    fclose(file);
    return n == 5;
}

static int
fails(int fd, const char *call)
{
    const char *path = getenv("NF_TEST_FAULT");
    struct fault fault;
    int rc = 0;

    if (path == NULL || is_inside) {
        return 0;
    }
    is_inside = 1;
    if (read_fault(path, &fault) && strcmp(fault.call, call) == 0
        && is_of(fd, fault.part))
    {
        rc = fault.skip == 0;
        fault.count -= rc;
        fault.skip -= !rc;
        tell(path, &fault);
        if (rc) {
            note(path);
        }
    }
    is_inside = 0;
    if (rc) {
        errno = fault.err;
    }
    return rc;
}

ssize_t
write(int fd, const void *data, size_t size)
{
    return fails(fd, "write") ? -1 : REAL(write)(fd, data, size);
}

ssize_t
writev(int fd, const struct iovec *parts, int n)
{
    return fails(fd, "write") ? -1 : REAL(writev)(fd, parts, n);
}

ssize_t
pwrite(int fd, const void *data, size_t size, off_t at)
{
    return fails(fd, at < META_END ? "meta" : "write")
               ? -1
               : REAL(pwrite)(fd, data, size, at);
}

ssize_t
pwrite64(int fd, const void *data, size_t size, off_t at)
{
    return pwrite(fd, data, size, at);
}

ssize_t
pwritev(int fd, const struct iovec *parts, int n, off_t at)
{
    return fails(fd, "write") ? -1 : REAL(pwritev)(fd, parts, n, at);
}

int
fsync(int fd)
{
    return fails(fd, "sync") ? -1 : REAL(fsync)(fd);
}

int
fdatasync(int fd)
{
    return fails(fd, "sync") ? -1 : REAL(fdatasync)(fd);
}

int
fallocate(int fd, int mode, off_t at, off_t size)
{
    return fails(fd, "room") ? -1 : REAL(fallocate)(fd, mode, at, size);
}

int
fallocate64(int fd, int mode, off_t at, off_t size)
{
    return fallocate(fd, mode, at, size);
}

int
statfs(const char *path, struct statfs *is)
{
    const char *kind = getenv("NF_TEST_STATFS");
    int rc = REAL(statfs)(path, is);

    if (rc == 0 && kind != NULL) {
        is->f_type = (typeof(is->f_type)) strtoul(kind, NULL, 16);
    }
    return rc;
}
