#include "render/own.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model/settings.h"
#include "render/mustache.h"

enum {
    OWN_MAX = 6 << 20, /* more than there can be */
    NAME_MAX_BYTES = 128,
    PATH_BYTES = NF_SETTING_MAX + 384, /* with the longest name of a file */
};

#define HEAD "nodefoundry templates 1\n"
#define TAIL "end\n"

/* --- one text ---------------------------------------------------------------
 */

static nf_error_t
add(struct nf_own *own, const void *data, size_t len)
{
    if (own->cap - own->len < len) {
        size_t cap = (own->cap + len) * 2;
        char *more = cap <= OWN_MAX * 2 ? realloc(own->data, cap) : NULL;
        if (more == NULL) {
            return NF_NO_MEMORY;
        }
        own->data = more;
        own->cap = cap;
    }
    memcpy(own->data + own->len, data, len);
    own->len += len;
    return NF_OK;
}

static nf_error_t
add_source(struct nf_own *own, const char *name, struct nf_text source)
{
    char head[NAME_MAX_BYTES + 32];
    int n = snprintf(head, sizeof(head), "%s %zu\n", name, source.len);
    nf_error_t err = add(own, head, (size_t) n);

    if (!err) {
        err = add(own, source.data, source.len);
    }
    return err ? err : add(own, "\n", 1);
}

void
nf_own_free(struct nf_own *own)
{
    free(own->data);
    *own = (struct nf_own){0};
}

bool
nf_own_next(const struct nf_own *own, size_t *at, struct nf_text *name,
            struct nf_text *source)
{
    size_t from = *at == 0 ? sizeof(HEAD) - 1 : *at;
    uint64_t size;

    if (own->data == NULL || from > own->len) {
        return false;
    }
    struct nf_text rest = {own->data + from, own->len - from};
    struct nf_text line = nf_text_cut(&rest, '\n');
    *name = nf_text_cut(&line, ' ');
    if (!nf_text_number(line, OWN_MAX, &size) || size >= rest.len) {
        return false;
    }
    *source = (struct nf_text){rest.data, (size_t) size};
    *at = own->len - rest.len + (size_t) size + 1;
    return true;
}

bool
nf_own_find(const struct nf_own *own, const char *name, struct nf_text *source)
{
    struct nf_text found;
    size_t at = 0;

    while (nf_own_next(own, &at, &found, source)) {
        if (nf_text_equal(found, nf_text(name))) {
            return true;
        }
    }
    return false;
}

/* --- from the operator's folder ---------------------------------------------
 */

static int
read_all(int fd, char *buffer, size_t *len)
{
    size_t n = 0;

    while (n <= NF_TEMPLATE_MAX) {
        ssize_t got = read(fd, buffer + n, NF_TEMPLATE_MAX + 1 - n);
        if (got < 0) {
            return errno;
        }
        if (got == 0) {
            break;
        }
        n += (size_t) got;
    }
    *len = n;
    return 0;
}

int
nf_own_read_file(const char *path, char *buffer, size_t *len)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0) {
        return errno;
    }
    int err = fstat(fd, &st) != 0    ? errno
              : !S_ISREG(st.st_mode) ? EINVAL
                                     : read_all(fd, buffer, len);
    close(fd);
    return err;
}

static nf_error_t
refuse(struct nf_fault *fault, const char *name, const char *dir, int failed)
{
    (void) nf_refuse(fault, name, "cannot read it in %s: %s", dir,
                     strerror(failed));
    return failed == ENOMEM ? NF_NO_MEMORY : NF_INVALID;
}

static nf_error_t
take_file(struct nf_own *own, const char *dir, const char *name,
          struct nf_fault *fault)
{
    char path[PATH_BYTES], *buffer = malloc(NF_TEMPLATE_MAX + 1);
    size_t len = 0;

    if (buffer == NULL) {
        return NF_NO_MEMORY;
    }
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    int failed = nf_own_read_file(path, buffer, &len);
    nf_error_t err = failed == ENOENT ? NF_OK
                     : failed != 0
                         ? refuse(fault, name, dir, failed)
                         : add_source(own, name, (struct nf_text){buffer, len});
    free(buffer);
    return err;
}

static nf_error_t
take_partial(struct nf_own *own, const char *dir, const char *file,
             struct nf_fault *fault)
{
    char name[NAME_MAX_BYTES];

    if (file[0] == '.') {
        return NF_OK;
    }
    int n = snprintf(name, sizeof(name), "partials/%s", file);
    if (n >= (int) sizeof(name) || strpbrk(file, " \n") != NULL) {
        return nf_refuse(fault, "partials",
                         "a file name is too long or has a blank");
    }
    return take_file(own, dir, name, fault);
}

static nf_error_t
take_partials(struct nf_own *own, const char *dir, struct nf_fault *fault)
{
    char path[PATH_BYTES];
    const struct dirent *entry;
    nf_error_t err = NF_OK;

    snprintf(path, sizeof(path), "%s/partials", dir);
    DIR *partials = opendir(path);
    if (partials == NULL) {
        return errno == ENOENT ? NF_OK : refuse(fault, "partials", dir, errno);
    }
    while (!err && (entry = readdir(partials)) != NULL) {
        err = take_partial(own, dir, entry->d_name, fault);
    }
    closedir(partials);
    return err;
}

static nf_error_t
read_own(struct nf_own *own, const char *dir, const char *const *names,
         size_t n, bool has_partials, struct nf_fault *fault)
{
    *own = (struct nf_own){0};
    nf_error_t err = add(own, HEAD, sizeof(HEAD) - 1);

    for (size_t i = 0; dir != NULL && i < n && !err; i++) {
        err = take_file(own, dir, names[i], fault);
    }
    if (dir != NULL && has_partials && !err) {
        err = take_partials(own, dir, fault);
    }
    return err ? err : add(own, TAIL, sizeof(TAIL) - 1);
}

nf_error_t
nf_own_read(struct nf_own *own, const char *dir, const char *const *names,
            size_t n, struct nf_fault *fault)
{
    return read_own(own, dir, names, n, true, fault);
}

nf_error_t
nf_own_read_named(struct nf_own *own, const char *dir, const char *const *names,
                  size_t n, struct nf_fault *fault)
{
    return read_own(own, dir, names, n, false, fault);
}

/* --- the file that keeps them -----------------------------------------------
 */

static bool
is_whole(const struct nf_own *own)
{
    struct nf_text name, source, all = {own->data, own->len};
    size_t at = sizeof(HEAD) - 1;

    if (!nf_text_starts(all, NF_TEXT(HEAD))) {
        return false;
    }
    while (nf_own_next(own, &at, &name, &source)) {
    }
    return own->len - at == sizeof(TAIL) - 1
           && memcmp(own->data + at, TAIL, sizeof(TAIL) - 1) == 0;
}

static bool
load(struct nf_own *own, const char *path, bool is_ours)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

    *own = (struct nf_own){0};
    if (fd < 0) {
        return false;
    }
    size_t size = fstat(fd, &st) == 0 && S_ISREG(st.st_mode)
                          && st.st_size <= OWN_MAX
                          && (!is_ours
                              || (st.st_uid == geteuid()
                                  && (st.st_mode & (S_IWGRP | S_IWOTH)) == 0))
                      ? (size_t) st.st_size
                      : 0;
    own->data = size > 0 ? malloc(size) : NULL;
    ssize_t got = own->data != NULL ? read(fd, own->data, size) : -1;
    close(fd);
    own->len = own->cap = size;
    return got == (ssize_t) size && is_whole(own);
}

bool
nf_own_load(struct nf_own *own, const char *path)
{
    return load(own, path, false);
}

bool
nf_own_load_ours(struct nf_own *own, const char *path)
{
    return load(own, path, true);
}

static bool
is_kept(const struct nf_own *own, const char *path)
{
    struct nf_own kept;
    bool is_same = nf_own_load(&kept, path) && kept.len == own->len
                   && memcmp(kept.data, own->data, own->len) == 0;

    nf_own_free(&kept);
    return is_same;
}

static bool
write_all(const char *path, const struct nf_own *own)
{
    unlink(path); /* whoever made it may have it open, or linked */
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);

    if (fd < 0) {
        return false;
    }
    bool is_done =
        write(fd, own->data, own->len) == (ssize_t) own->len && fsync(fd) == 0;
    return close(fd) == 0 && is_done;
}

bool
nf_own_save(const struct nf_own *own, const char *path)
{
    char draft[PATH_BYTES];

    if (is_kept(own, path)) {
        return true;
    }
    snprintf(draft, sizeof(draft), "%s.draft", path);
    if (!write_all(draft, own) || rename(draft, path) != 0) {
        int reason = errno;
        unlink(draft);
        errno = reason;
        return false;
    }
    return true;
}
