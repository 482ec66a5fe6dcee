#include "root.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    PATH_SIZE = 256
};

int
nf_root_open(const char *directory)
{
    return open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* Links are resolved as if root were the only file system there is. */
static int
inside_open(int root, const char *path, int flags)
{
    struct open_how how = {.flags = (uint64_t) (flags | O_CLOEXEC),
                           .resolve = RESOLVE_IN_ROOT};
    return (int) syscall(SYS_openat2, root, path, &how, sizeof how);
}

bool
nf_root_mkdir(int root, const char *path, mode_t mode)
{
    char part[PATH_SIZE];

    for (size_t at = 1; path[at - 1] != '\0'; at++) {
        if (path[at] != '/' && path[at] != '\0') {
            continue;
        }
        bool is_last = path[at] == '\0';
        snprintf(part, sizeof part, "%.*s", (int) at, path);
        int fd = inside_open(root, part, O_PATH | O_DIRECTORY);
        if (fd >= 0) {
            close(fd);
        } else {
            char *slash = strrchr(part, '/');
            *slash = '\0';
            int parent = inside_open(root, part[0] != '\0' ? part : "/",
                                     O_PATH | O_DIRECTORY);
            int rc = parent < 0
                         ? -1
                         : mkdirat(parent, slash + 1, is_last ? mode : 0755);
            if (parent >= 0) {
                close(parent);
            }
            if (rc != 0) {
                return false;
            }
        }
        if (is_last) {
            break;
        }
    }
    return true;
}

/* Opens the folder of path; *name is its last part. */
static int
parent_open(int root, const char *path, const char **name)
{
    char folder[PATH_SIZE];
    const char *slash = strrchr(path, '/');

    if (path[0] != '/' || strlen(path) >= sizeof folder) {
        errno = EINVAL;
        return -1;
    }
    *name = slash + 1;
    snprintf(folder, sizeof folder, "%.*s",
             slash == path ? 1 : (int) (slash - path), path);
    return inside_open(root, folder, O_PATH | O_DIRECTORY);
}

static bool
folder_make(int root, const char *path)
{
    char folder[PATH_SIZE];
    const char *slash = strrchr(path, '/');

    snprintf(folder, sizeof folder, "%.*s", (int) (slash - path), path);
    return folder[0] == '\0' || nf_root_mkdir(root, folder, 0755);
}

static bool
write_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, bytes, len);
        if (n <= 0) {
            return false;
        }
        bytes += n;
        len -= (size_t) n;
    }
    return true;
}

bool
nf_root_write(int root, const char *path, mode_t mode, const void *bytes,
              size_t len)
{
    const char *name;
    int parent = folder_make(root, path) ? parent_open(root, path, &name) : -1;

    if (parent < 0) {
        return false;
    }
    int fd = -1;
    if (unlinkat(parent, name, 0) == 0 || errno == ENOENT) {
        fd =
            openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    }
    close(parent);
    if (fd < 0) {
        return false;
    }
    /* the umask has no say */
    bool is_written = fchmod(fd, mode) == 0 && write_all(fd, bytes, len);
    int why = errno;
    close(fd);
    errno = why;
    return is_written;
}

char *
nf_root_read(int root, const char *path)
{
    int fd = inside_open(root, path, O_RDONLY);
    char *bytes = fd < 0 ? NULL : malloc(NF_ROOT_FILE_MAX + 1);
    size_t n = 0;
    ssize_t got = 1;

    while (bytes != NULL && n <= NF_ROOT_FILE_MAX && got > 0) {
        got = read(fd, bytes + n, NF_ROOT_FILE_MAX + 1 - n);
        n += got > 0 ? (size_t) got : 0;
    }
    if (fd >= 0) {
        close(fd);
    }
    if (bytes != NULL && (got < 0 || n > NF_ROOT_FILE_MAX)) {
        free(bytes);
        errno = EFBIG;
        return NULL;
    }
    if (bytes != NULL) {
        bytes[n] = '\0';
    }
    return bytes;
}

bool
nf_root_remove(int root, const char *path)
{
    const char *name;
    int parent = parent_open(root, path, &name);

    if (parent < 0) {
        return errno == ENOENT;
    }
    bool is_gone = unlinkat(parent, name, 0) == 0 || errno == ENOENT;
    close(parent);
    return is_gone;
}

static bool
is_between(const char *name, const char *prefix, const char *suffix)
{
    size_t len = strlen(name), end = strlen(suffix);

    return strncmp(name, prefix, strlen(prefix)) == 0 && len >= end
           && strcmp(name + len - end, suffix) == 0;
}

bool
nf_root_clear(int root, const char *folder, const char *prefix,
              const char *suffix, const char *kept)
{
    int fd = inside_open(root, folder, O_RDONLY | O_DIRECTORY);
    DIR *names = fd >= 0 ? fdopendir(fd) : NULL;
    struct dirent *entry;
    bool is_done = names != NULL || errno == ENOENT || errno == ENOTDIR;

    while (names != NULL && is_done && (entry = readdir(names)) != NULL) {
        const char *name = entry->d_name;
        if (name[0] != '.' && is_between(name, prefix, suffix)
            && strcmp(name, kept) != 0)
        {
            is_done = unlinkat(fd, name, 0) == 0 || errno == EISDIR;
        }
    }
    if (names != NULL) {
        closedir(names);
    } else if (fd >= 0) {
        close(fd);
    }
    return is_done;
}

bool
nf_root_link(int root, const char *path, const char *target)
{
    const char *name;
    int parent = folder_make(root, path) ? parent_open(root, path, &name) : -1;

    if (parent < 0) {
        return false;
    }
    bool is_made = (unlinkat(parent, name, 0) == 0 || errno == ENOENT)
                   && symlinkat(target, parent, name) == 0;
    close(parent);
    return is_made;
}

bool
nf_root_has(int root, const char *path)
{
    int fd = inside_open(root, path, O_PATH);

    if (fd >= 0) {
        close(fd);
    }
    return fd >= 0;
}

bool
nf_root_chown(int root, const char *path, uid_t user, gid_t group)
{
    const char *name;
    int parent = parent_open(root, path, &name);

    if (parent < 0) {
        return false;
    }
    bool is_done =
        fchownat(parent, name, user, group, AT_SYMLINK_NOFOLLOW) == 0;
    close(parent);
    return is_done;
}
