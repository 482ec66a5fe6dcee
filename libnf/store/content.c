#include "store/content.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/shrink.h"

enum {
    TRIES = 8,
    DIR_FLAGS = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
    FILE_FLAGS = O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
};

static nf_error_t
error_of(int number)
{
    switch (number) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return NF_FULL;
    case ENOMEM:
        return NF_NO_MEMORY;
    case ENOENT:
        return NF_NOT_FOUND;
    default:
        return NF_IO;
    }
}

static void
close_quietly(int fd)
{
    int saved = errno;

    close(fd);
    errno = saved;
}

/* Folders are for the group, whatever the umask: nginx and nf both write. */
static nf_error_t
make_folder(int dir, const char *name)
{
    if (mkdirat(dir, name, 0770) != 0) {
        return errno == EEXIST ? NF_OK : error_of(errno);
    }
    bool is_hidden = name[0] == '.';
    if (fchmodat(dir, name, is_hidden ? 02770 : 02775, 0) != 0
        || fsync(dir) != 0) {
        return error_of(errno);
    }
    return NF_OK;
}

/* --- uploads -----------------------------------------------------------------
 */

bool
nf_incoming_is_id(struct nf_text text)
{
    if (text.len == 0 || text.len > NF_INCOMING_ID) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
              || (c >= '0' && c <= '9') || c == '_' || c == '-'))
        {
            return false;
        }
    }
    return true;
}

static void
name_upload(char *name, size_t size, struct nf_text id)
{
    snprintf(name, size, ".uploads/id-%.*s", (int) id.len, id.data);
}

/* While we waited for the lock it may have become a content, or have gone:
 * then the open file is no longer the one of this name. */
static bool
is_still_named(const struct nf_incoming *in)
{
    struct stat ours, named;

    return fstat(in->fd, &ours) == 0
           && fstatat(in->dir, in->name, &named, AT_SYMLINK_NOFOLLOW) == 0
           && ours.st_ino == named.st_ino && ours.st_dev == named.st_dev
           && S_ISREG(ours.st_mode);
}

static nf_error_t
lock(struct nf_incoming *in, struct nf_fault *fault)
{
    if (flock(in->fd, LOCK_EX | LOCK_NB) == 0) {
        return NF_OK;
    }
    (void) nf_refuse(fault, "upload", "is being written by another request");
    return errno == EWOULDBLOCK ? NF_CONFLICT : NF_IO;
}

static nf_error_t
refuse_offset(uint64_t size, struct nf_fault *fault)
{
    (void) nf_refuse(fault, "offset",
                     "must be %llu, the number of bytes received",
                     (unsigned long long) size);
    return NF_CONFLICT;
}

/* What is to go on must be there: a refusal leaves nothing behind. */
static nf_error_t
open_named(struct nf_incoming *in, uint64_t offset, struct nf_fault *fault)
{
    int create = offset == 0 ? O_CREAT : 0;

    for (int i = 0; i < TRIES; i++) {
        in->fd = openat(in->dir, in->name, O_RDWR | create | FILE_FLAGS, 0660);
        if (in->fd < 0 && errno == ENOENT && create == 0) {
            return refuse_offset(0, fault);
        }
        if (in->fd < 0) {
            return error_of(errno);
        }
        (void) fchmod(in->fd, 0660); /* another's: it is right already */
        nf_error_t err = lock(in, fault);
        if (err == NF_OK && is_still_named(in)) {
            return NF_OK;
        }
        close(in->fd);
        if (err != NF_OK) {
            return err;
        }
    }
    return NF_BUSY;
}

static nf_error_t
open_nameless(struct nf_incoming *in, struct nf_fault *fault)
{
    for (int i = 0; i < TRIES; i++) {
        snprintf(in->name, sizeof(in->name), ".uploads/tmp-%08x%08x",
                 randombytes_random(), randombytes_random());
        in->fd = openat(in->dir, in->name,
                        O_RDWR | O_CREAT | O_EXCL | FILE_FLAGS, 0660);
        if (in->fd >= 0) {
            return lock(in, fault);
        }
        if (errno != EEXIST) {
            return error_of(errno);
        }
    }
    return NF_BUSY;
}

/* What there is must be what the caller wants to go on from. */
static nf_error_t
go_on(struct nf_incoming *in, uint64_t offset, struct nf_fault *fault)
{
    struct stat is;

    if (offset == 0 && !nf_shrink(in->fd)) {
        return error_of(errno);
    }
    if (fstat(in->fd, &is) != 0) {
        return error_of(errno);
    }
    in->size = (uint64_t) is.st_size;
    if (in->size != offset) {
        return refuse_offset(in->size, fault);
    }
    if (lseek(in->fd, (off_t) offset, SEEK_SET) < 0) {
        return error_of(errno);
    }
    return NF_OK;
}

nf_error_t
nf_incoming_open(struct nf_incoming *in, const char *dir, struct nf_text id,
                 uint64_t offset, struct nf_fault *fault)
{
    *in = (struct nf_incoming){.fd = -1};
    in->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (in->dir < 0) {
        return NF_IO;
    }
    nf_error_t err = make_folder(in->dir, ".uploads");
    if (err == NF_OK && id.len > 0) {
        in->is_kept = true;
        name_upload(in->name, sizeof(in->name), id);
        err = open_named(in, offset, fault);
    } else if (err == NF_OK) {
        err = open_nameless(in, fault);
    }
    if (err != NF_OK) {
        close(in->dir);
        return err == NF_NOT_FOUND ? NF_IO : err;
    }
    (void) crypto_hash_sha256_init(&in->state);
    err = go_on(in, offset, fault);
    if (err != NF_OK) {
        nf_incoming_close(in);
    }
    return err;
}

nf_error_t
nf_incoming_size(const char *dir, struct nf_text id, uint64_t *size)
{
    char name[NF_INCOMING_ID + 16];
    struct stat is;

    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return NF_IO;
    }
    name_upload(name, sizeof(name), id);
    int rc = fstatat(fd, name, &is, AT_SYMLINK_NOFOLLOW);
    close_quietly(fd);
    if (rc != 0 || !S_ISREG(is.st_mode)) {
        return rc != 0 && errno != ENOENT ? NF_IO : NF_NOT_FOUND;
    }
    *size = (uint64_t) is.st_size;
    return NF_OK;
}

static void
hash(struct nf_incoming *in, const void *data, size_t len)
{
    if (in->head_len < sizeof(in->head)) {
        size_t room = sizeof(in->head) - in->head_len;
        size_t n = len < room ? len : room;
        memcpy(in->head + in->head_len, data, n);
        in->head_len += n;
    }
    (void) crypto_hash_sha256_update(&in->state, data, len);
    in->known += len;
}

/* An upload that goes on: what came before is read once more, since nothing
 * else says that it is what was sent. */
static nf_error_t
hash_before(struct nf_incoming *in)
{
    char buffer[32 * 1024];

    while (in->known < in->size) {
        uint64_t left = in->size - in->known;
        size_t want = left < sizeof(buffer) ? (size_t) left : sizeof(buffer);
        ssize_t n = pread(in->fd, buffer, want, (off_t) in->known);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return NF_IO;
        }
        hash(in, buffer, (size_t) n);
    }
    return NF_OK;
}

nf_error_t
nf_incoming_write(struct nf_incoming *in, struct nf_bytes data)
{
    nf_error_t err = hash_before(in);

    while (err == NF_OK && data.len > 0) {
        ssize_t n = write(in->fd, data.data, data.len);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return error_of(errno);
        }
        hash(in, data.data, (size_t) n);
        in->size += (uint64_t) n;
        data.data = (const char *) data.data + n;
        data.len -= (size_t) n;
    }
    return err;
}

static void
put_hex(const uint8_t digest[static crypto_hash_sha256_BYTES],
        char sha256[static NF_SHA256_TEXT])
{
    sodium_bin2hex(sha256, NF_SHA256_TEXT, digest, crypto_hash_sha256_BYTES);
}

nf_error_t
nf_incoming_hash(struct nf_incoming *in, char sha256[static NF_SHA256_TEXT])
{
    uint8_t digest[crypto_hash_sha256_BYTES];
    nf_error_t err = hash_before(in);

    if (err == NF_OK) {
        crypto_hash_sha256_state state = in->state;
        (void) crypto_hash_sha256_final(&state, digest);
        put_hex(digest, sha256);
    }
    return err;
}

static nf_error_t
sync_folder(int dir, const char *name)
{
    int fd = openat(dir, name, DIR_FLAGS);

    if (fd < 0) {
        return error_of(errno);
    }
    int rc = fsync(fd);
    close_quietly(fd);
    return rc == 0 ? NF_OK : error_of(errno);
}

nf_error_t
nf_incoming_keep(struct nf_incoming *in, const char *sha256)
{
    char path[NF_CONTENT_PATH], folder[NF_CONTENT_PATH];

    nf_content_path(sha256, path);
    snprintf(folder, sizeof(folder), "by-hash/%.2s", sha256);
    /* A new time, so that it is not swept before the catalogue names it. */
    if (fchmod(in->fd, 0644) != 0 || futimens(in->fd, NULL) != 0
        || fsync(in->fd) != 0)
    {
        return error_of(errno);
    }
    nf_error_t err = make_folder(in->dir, "by-hash");
    if (err == NF_OK) {
        err = make_folder(in->dir, folder);
    }
    if (err == NF_OK && renameat2(in->dir, in->name, in->dir, path, 0) != 0) {
        err = error_of(errno);
    }
    if (err == NF_OK) {
        in->is_done = true;
        err = sync_folder(in->dir, folder);
    }
    return err == NF_OK ? sync_folder(in->dir, "by-hash") : err;
}

void
nf_incoming_close(struct nf_incoming *in)
{
    if (!in->is_done && !in->is_kept) {
        (void) nf_shrink(in->fd);
        (void) unlinkat(in->dir, in->name, 0);
    }
    close(in->fd);
    close(in->dir);
    in->fd = in->dir = -1;
}

void
nf_incoming_drop(struct nf_incoming *in)
{
    in->is_kept = false;
    nf_incoming_close(in);
}

/* --- contents ----------------------------------------------------------------
 */

void
nf_content_path(const char *sha256, char path[static NF_CONTENT_PATH])
{
    snprintf(path, NF_CONTENT_PATH, "by-hash/%.2s/%.64s", sha256, sha256);
}

/* One folder at a time, so that no link leads anywhere else. */
static int
open_folder(const char *dir, const char *sha256)
{
    char two[3] = {sha256[0], sha256[1], '\0'};
    int top = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (top < 0) {
        return -1;
    }
    int all = openat(top, "by-hash", DIR_FLAGS);
    close_quietly(top);
    if (all < 0) {
        return -1;
    }
    int folder = openat(all, two, DIR_FLAGS);
    close_quietly(all);
    return folder;
}

int
nf_content_open(const char *dir, const char *sha256, uint64_t *size)
{
    struct stat is;

    if (!nf_sha256_is_text(nf_text(sha256))) {
        return -1;
    }
    int folder = open_folder(dir, sha256);
    if (folder < 0) {
        return -1;
    }
    int fd = openat(folder, sha256, O_RDONLY | FILE_FLAGS);
    close_quietly(folder);
    if (fd >= 0 && (fstat(fd, &is) != 0 || !S_ISREG(is.st_mode))) {
        close(fd);
        return -1;
    }
    if (fd >= 0) {
        *size = (uint64_t) is.st_size;
    }
    return fd;
}

bool
nf_content_is_there(const char *dir, const char *sha256, uint64_t size)
{
    uint64_t is;
    int fd = nf_content_open(dir, sha256, &is);

    if (fd < 0) {
        return false;
    }
    close(fd);
    return is == size;
}

bool
nf_content_hash_of(int fd, char sha256[static NF_SHA256_TEXT])
{
    uint8_t digest[crypto_hash_sha256_BYTES];
    char buffer[32 * 1024];
    crypto_hash_sha256_state state;
    ssize_t n;

    (void) crypto_hash_sha256_init(&state);
    while ((n = read(fd, buffer, sizeof(buffer))) > 0) {
        (void) crypto_hash_sha256_update(&state, (const uint8_t *) buffer,
                                         (size_t) n);
    }
    (void) crypto_hash_sha256_final(&state, digest);
    put_hex(digest, sha256);
    return n == 0;
}

bool
nf_content_hash(const char *dir, const char *name,
                char sha256[static NF_SHA256_TEXT])
{
    uint64_t size;
    int fd = nf_content_open(dir, name, &size);

    if (fd < 0) {
        return false;
    }
    bool is_read = nf_content_hash_of(fd, sha256);
    close_quietly(fd);
    return is_read;
}
