#include "write.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

bool
nf_read_file(const char *path, char *data, size_t size, size_t *len)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t at = 0;
    ssize_t n = 0;

    if (fd < 0) {
        return false;
    }
    while (at < size && (n = read(fd, data + at, size - at)) > 0) {
        at += (size_t) n;
    }
    int saved = errno;
    close(fd);
    if (n < 0 || at == size) {
        errno = n < 0 ? saved : EFBIG;
        return false;
    }
    *len = at;
    return true;
}

static bool
is_same(const char *path, struct nf_text text)
{
    size_t size = text.len + 1, len = 0;
    char *old = malloc(size);

    bool same = old != NULL && nf_read_file(path, old, size, &len)
                && nf_text_equal((struct nf_text){old, len}, text);
    free(old);
    return same;
}

static bool
write_all(int fd, struct nf_text text)
{
    while (text.len > 0) {
        ssize_t n = write(fd, text.data, text.len);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return false;
        }
        text.data += n;
        text.len -= (size_t) n;
    }
    return true;
}

static bool
fill(const char *path, struct nf_text text, mode_t mode, gid_t group)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (fd < 0) {
        return false;
    }
    bool is_done = write_all(fd, text) && fchown(fd, (uid_t) -1, group) == 0
                   && fchmod(fd, mode) == 0 && fsync(fd) == 0;
    int saved = errno;
    close(fd);
    errno = saved;
    return is_done;
}

bool
nf_write_file(const char *path, struct nf_text text, mode_t mode, gid_t group,
              bool *changed)
{
    char beside[4096];
    int n = snprintf(beside, sizeof(beside), "%s.new", path);

    if (n < 0 || (size_t) n >= sizeof(beside)) {
        errno = ENAMETOOLONG;
        return false;
    }
    bool is_new = !is_same(path, text);
    unlink(beside);
    if (!fill(beside, text, mode, group) || rename(beside, path) != 0) {
        int saved = errno;
        unlink(beside);
        errno = saved;
        return false;
    }
    *changed = is_new;
    return true;
}

int
nf_make_directory(const char *path, mode_t mode)
{
    char each[4096];
    struct stat is;

    if (!nf_text_copy(each, sizeof(each), nf_text(path))) {
        errno = ENAMETOOLONG;
        return -1;
    }
    for (char *mark = strchr(each + 1, '/'); mark != NULL;
         mark = strchr(mark + 1, '/'))
    {
        *mark = '\0';
        if (mkdir(each, 0755) != 0 && errno != EEXIST) {
            return -1;
        }
        *mark = '/';
    }
    if (mkdir(each, mode) != 0 && errno != EEXIST) {
        return -1;
    }
    if (stat(each, &is) == 0 && !S_ISDIR(is.st_mode)) {
        errno = ENOTDIR;
        return -1;
    }
    return 0;
}
