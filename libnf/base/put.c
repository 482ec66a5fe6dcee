#include "base/put.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum {
    PATH_SIZE = 2048
};

enum nf_put_result
nf_put_compare(const char *path, struct nf_text text)
{
    char old[NF_PUT_MAX + 1];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

    if (fd < 0) {
        return errno == ENOENT ? NF_PUT_NEW : NF_PUT_CHANGED;
    }
    ssize_t n = read(fd, old, sizeof(old));
    close(fd);
    return n == (ssize_t) text.len && memcmp(old, text.data, text.len) == 0
               ? NF_PUT_SAME
               : NF_PUT_CHANGED;
}

static bool
write_all(const char *path, struct nf_text text)
{
    int fd =
        open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);

    if (fd < 0) {
        return false;
    }
    bool is_whole = write(fd, text.data, text.len) == (ssize_t) text.len;
    return close(fd) == 0 && is_whole;
}

enum nf_put_result
nf_put(const char *path, struct nf_text text)
{
    const char *name = strrchr(path, '/') + 1;
    char draft[PATH_SIZE];

    snprintf(draft, sizeof(draft), "%.*s.%s", (int) (name - path), path, name);
    enum nf_put_result result = nf_put_compare(path, text);
    if (result == NF_PUT_SAME) {
        return NF_PUT_SAME;
    }
    if (!write_all(draft, text) || rename(draft, path) != 0) {
        int reason = errno;
        unlink(draft);
        errno = reason;
        return NF_PUT_FAILED;
    }
    return result;
}

bool
nf_put_read(const char *path, char room[static NF_PUT_MAX],
            struct nf_text *text)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

    if (fd < 0) {
        return false;
    }
    ssize_t n = read(fd, room, NF_PUT_MAX);
    close(fd);
    *text = (struct nf_text){room, n > 0 ? (size_t) n : 0};
    return true;
}

bool
nf_put_take_time(struct nf_text *line, nf_time_t *time)
{
    uint64_t number;
    bool is_one = nf_text_number(nf_text_cut(line, ' '), INT64_MAX, &number);

    *time = is_one ? (nf_time_t) number : 0;
    return is_one;
}
