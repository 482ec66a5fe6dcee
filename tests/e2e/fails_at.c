/*
 * Preloaded: calls on the store's file fail when they are told to.
 *
 * The file $NF_TEST_FAULT, when it is there, says "CALL ERRNO COUNT": the next
 * COUNT calls of that name fail.  CALL is write, meta (a write of one of the
 * first two pages) or sync.  Each failure adds a byte to $NF_TEST_FAULT.fired,
 * so that a test knows of it.  $NF_TEST_STATFS is the kind of file system that
 * statfs() tells, in hex.
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

static int
is_store(int fd)
{
    char name[64], path[4096];

    snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
    ssize_t n = readlink(name, path, sizeof(path) - 1);
    if (n < 3) {
        return 0;
    }
    path[n] = '\0';
    return strcmp(path + n - 3, ".db") == 0;
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

/* One fewer to come. */
static void
count_down(const char *path, const char *call, int err, long count)
{
    FILE *file = count > 1 ? fopen(path, "we") : NULL;

    if (file == NULL) {
        unlink(path);
        return;
    }
    fprintf(file, "%s %d %ld\n", call, err, count - 1);
    fclose(file);
}

static int
fails(int fd, const char *call)
{
    const char *path = getenv("NF_TEST_FAULT");
    char wanted[16];
    long count;
    int err;

    if (path == NULL || is_inside) {
        return 0;
    }
    is_inside = 1;
    int rc = 0;
    FILE *file = fopen(path, "re");
    if (file != NULL) {
        int n = fscanf(file, "%15s %d %ld", wanted, &err, &count);
        fclose(file);
        if (n == 3 && strcmp(wanted, call) == 0 && is_store(fd)) {
            count_down(path, call, err, count);
            note(path);
            errno = err;
            rc = 1;
        }
    }
    is_inside = 0;
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
statfs(const char *path, struct statfs *is)
{
    const char *kind = getenv("NF_TEST_STATFS");
    int rc = REAL(statfs)(path, is);

    if (rc == 0 && kind != NULL) {
        is->f_type = (typeof(is->f_type)) strtoul(kind, NULL, 16);
    }
    return rc;
}
