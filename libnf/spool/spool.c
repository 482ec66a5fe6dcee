/*
 * The file "leases" is a row of records, each written by one write(2): see
 * spool/record.h.  To drain it is first renamed to "leases.taken", so that the
 * next script makes a new one.  A record that makes no sense (a write cut short
 * by a full disk or a power failure) is skipped up to the next that does.
 *
 * Locks: who appends holds flock on the file, and has looked that it is still
 * the one the name leads to.  Who drains holds flock on the directory, and
 * once on the file after renaming it: then nobody appends to it any more.
 */
#include "spool/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spool/record.h"

#define CURRENT "leases"
#define TAKEN   "leases.taken"

enum {
    DIRECTORY_MODE = 02770,
    FILE_MODE = 0660,
    SIZE_MAX_BYTES = 16 * 1024 * 1024, /* some 60,000 reports */
    OPEN_TRIES = 100,
};

static nf_error_t
from_errno(void)
{
    return errno == ENOSPC || errno == EDQUOT ? NF_FULL : NF_IO;
}

static bool
is_locked(int fd, int how)
{
    int rc;

    while ((rc = flock(fd, how)) != 0 && errno == EINTR) {
    }
    return rc == 0;
}

/* --- appending ------------------------------------------------------------ */

static int
open_directory(const char *dir)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0 && errno == ENOENT && mkdir(dir, DIRECTORY_MODE) == 0) {
        fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    }
    return fd;
}

/* A new file is on disk only when its directory is. */
static int
open_current(int dir)
{
    int fd = openat(dir, CURRENT, O_RDWR | O_APPEND | O_CLOEXEC);

    if (fd >= 0 || errno != ENOENT) {
        return fd;
    }
    fd = openat(dir, CURRENT, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC,
                FILE_MODE);
    if (fd >= 0 && fsync(dir) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static bool
is_current(int dir, int fd)
{
    struct stat by_name, by_fd;

    return fstatat(dir, CURRENT, &by_name, AT_SYMLINK_NOFOLLOW) == 0
           && fstat(fd, &by_fd) == 0 && by_name.st_ino == by_fd.st_ino
           && by_name.st_dev == by_fd.st_dev;
}

/* The file, locked, and certain not to be drained before it is unlocked. */
static int
lock_current(int dir)
{
    for (int i = 0; i < OPEN_TRIES; i++) {
        int fd = open_current(dir);
        if (fd < 0) {
            return -1;
        }
        if (is_locked(fd, LOCK_EX) && is_current(dir, fd)) {
            return fd;
        }
        close(fd);
    }
    errno = EBUSY;
    return -1;
}

/* Half a record is taken back: the next would hide behind it. */
static nf_error_t
write_record(int fd, const struct nf_spool_record *record)
{
    struct stat before;

    if (fstat(fd, &before) != 0) {
        return NF_IO;
    }
    if (before.st_size > SIZE_MAX_BYTES) {
        return NF_FULL;
    }
    ssize_t n = write(fd, record, sizeof(*record));
    if (n == (ssize_t) sizeof(*record)) {
        return fsync(fd) == 0 ? NF_OK : from_errno();
    }
    nf_error_t err = n < 0 ? from_errno() : NF_FULL;
    if (n > 0 && ftruncate(fd, before.st_size) != 0) {
        err = NF_IO;
    }
    return err;
}

nf_error_t
nf_spool_append(const char *path, const struct nf_lease_report *report)
{
    struct nf_spool_record record;
    nf_error_t err;
    int fd, dir = open_directory(path);

    if (dir < 0) {
        return from_errno();
    }
    nf_spool_encode(report, &record);
    fd = lock_current(dir);
    if (fd < 0) {
        err = from_errno();
    } else {
        err = write_record(fd, &record);
        close(fd);
    }
    close(dir);
    return err;
}

/* --- draining ------------------------------------------------------------- */

/* One file, while it is read. */
struct walk {
    int fd;
    const char *data;
    size_t size, at;
    nf_spool_take_t *take;
    void *arg;
    bool is_kept;                 /* leave no marks */
    struct nf_spool_place *place; /* one batch, from there; NULL: all */
    struct nf_spool_count *count;
};

struct batch {
    size_t n;
    size_t at[NF_SPOOL_BATCH]; /* where each stands in the file */
    struct nf_lease_report reports[NF_SPOOL_BATCH];
};

/* A mark that is lost costs a repetition, which changes nothing. */
static void
mark_done(const struct walk *walk, size_t at)
{
    uint64_t done = 1;
    off_t mark = (off_t) (at + offsetof(struct nf_spool_record, head.is_done));

    if (!walk->is_kept && pwrite(walk->fd, &done, sizeof(done), mark) < 0) {
        return;
    }
}

/* The next reports that nobody took yet. */
static void
gather(struct walk *walk, struct batch *batch)
{
    struct nf_spool_record record;

    batch->n = 0;
    while (walk->at < walk->size && batch->n < NF_SPOOL_BATCH) {
        size_t len = nf_spool_read(walk->data + walk->at, walk->size - walk->at,
                                   &record);
        if (len == 0) {
            walk->count->lost_bytes++;
            walk->at++;
            continue;
        }
        if (record.head.is_done != 1) { /* a damaged mark is none */
            batch->at[batch->n] = walk->at;
            batch->reports[batch->n++] = nf_spool_decode(&record);
        }
        walk->at += len;
    }
}

static nf_error_t
hand_over_some(struct walk *walk, const struct batch *batch, size_t from,
               size_t n)
{
    nf_error_t err = walk->take(walk->arg, &batch->reports[from], n);

    for (size_t i = from; err == NF_OK && i < from + n; i++) {
        mark_done(walk, batch->at[i]);
        walk->count->taken++;
    }
    return err;
}

/* One that cannot be taken must not hold up those before it. */
static nf_error_t
hand_over(struct walk *walk, const struct batch *batch)
{
    nf_error_t err = NF_OK;
    size_t i;

    if (batch->n == 0 || hand_over_some(walk, batch, 0, batch->n) == NF_OK) {
        return NF_OK;
    }
    for (i = 0; i < batch->n && err == NF_OK; i++) {
        err = hand_over_some(walk, batch, i, 1);
    }
    if (err != NF_OK) {
        walk->at = batch->at[i - 1];
    }
    return err;
}

static void
count_left(struct walk *walk, struct batch *batch)
{
    uint64_t lost_bytes = walk->count->lost_bytes;

    do {
        gather(walk, batch);
        walk->count->left += (unsigned) batch->n;
    } while (walk->at < walk->size);
    walk->count->lost_bytes = lost_bytes; /* they are met again */
}

static nf_error_t
walk_records(struct walk *walk)
{
    struct batch batch;
    nf_error_t err = NF_OK;
    bool is_part = walk->place != NULL;

    do {
        gather(walk, &batch);
        err = hand_over(walk, &batch);
    } while (err == NF_OK && !is_part && walk->at < walk->size);
    if (err != NF_OK && !is_part) {
        count_left(walk, &batch);
    }
    walk->count->has_more = walk->at < walk->size;
    return err;
}

static nf_error_t
walk_file(struct walk *walk)
{
    struct stat stat;

    if (fstat(walk->fd, &stat) != 0) {
        return NF_IO;
    }
    walk->size = (size_t) stat.st_size;
    if (walk->size == 0) {
        return NF_OK;
    }
    void *data = mmap(NULL, walk->size, PROT_READ, MAP_PRIVATE, walk->fd, 0);
    if (data == MAP_FAILED) {
        return errno == ENOMEM ? NF_NO_MEMORY : NF_IO;
    }
    walk->data = data;
    nf_error_t err = walk_records(walk);
    munmap(data, walk->size);
    return err;
}

static bool
is_same_file(int a, int b)
{
    struct stat a_is, b_is;

    return fstat(a, &a_is) == 0 && fstat(b, &b_is) == 0
           && a_is.st_ino == b_is.st_ino && a_is.st_dev == b_is.st_dev;
}

static void
place_forget(struct nf_spool_place *place)
{
    if (place != NULL && place->is_set) {
        close(place->file);
        place->is_set = false;
    }
}

/* Where to begin in the file: what is before it was taken. */
static size_t
place_find(struct nf_spool_place *place, int fd)
{
    if (place == NULL) {
        return 0;
    }
    if (!place->is_set || !is_same_file(place->file, fd)) {
        place_forget(place);
        place->file = fcntl(fd, F_DUPFD_CLOEXEC, 0);
        place->is_set = place->file >= 0;
        place->at = 0;
    }
    return place->at;
}

/* Hand over one file's records; one that is not there has none. */
static nf_error_t
read_file(int dir, const char *name, struct walk *walk)
{
    walk->fd =
        openat(dir, name, (walk->is_kept ? O_RDONLY : O_RDWR) | O_CLOEXEC);
    if (walk->fd < 0) {
        return errno == ENOENT ? NF_OK : from_errno();
    }
    walk->at = place_find(walk->place, walk->fd);
    /* Wait for those who found it under its old name.  Who only looks, at
     * the present one too, keeps them out: half a record may be taken back. */
    nf_error_t err = is_locked(walk->fd, LOCK_EX) ? NF_OK : NF_IO;
    if (err == NF_OK && (walk->is_kept || is_locked(walk->fd, LOCK_UN))) {
        err = walk_file(walk);
    }
    if (walk->place != NULL) {
        walk->place->at = walk->at;
    }
    close(walk->fd);
    return err;
}

static nf_error_t
drain_taken(int dir, struct walk *walk)
{
    nf_error_t err = read_file(dir, TAKEN, walk);

    if (err != NF_OK || walk->count->has_more) {
        return err;
    }
    place_forget(walk->place);
    if (unlinkat(dir, TAKEN, 0) != 0 && errno != ENOENT) {
        err = from_errno();
    }
    return err;
}

/* What a killed drainer left comes first; it must not be renamed over. */
static nf_error_t
drain_directory(int dir, struct walk *walk)
{
    nf_error_t err = drain_taken(dir, walk);

    if (err != NF_OK || walk->count->has_more) {
        return err;
    }
    if (walk->place != NULL && walk->count->taken >= NF_SPOOL_BATCH) {
        walk->count->has_more = faccessat(dir, CURRENT, F_OK, 0) == 0;
        return NF_OK;
    }
    if (renameat(dir, CURRENT, dir, TAKEN) != 0) {
        return errno == ENOENT ? NF_OK : from_errno();
    }
    return drain_taken(dir, walk);
}

static nf_error_t
drain(const char *path, struct walk *walk)
{
    int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    nf_error_t err;

    memset(walk->count, 0, sizeof(*walk->count));
    if (dir < 0) {
        return errno == ENOENT ? NF_OK : NF_IO;
    }
    if (is_locked(dir, LOCK_EX | LOCK_NB)) {
        err = drain_directory(dir, walk);
    } else {
        err = errno == EWOULDBLOCK ? NF_BUSY : NF_IO;
    }
    close(dir);
    return err;
}

nf_error_t
nf_spool_drain(const char *path, nf_spool_take_t *take, void *arg,
               struct nf_spool_count *count)
{
    struct walk walk = {.take = take, .arg = arg, .count = count};

    return drain(path, &walk);
}

nf_error_t
nf_spool_drain_some(const char *path, nf_spool_take_t *take, void *arg,
                    struct nf_spool_place *place, struct nf_spool_count *count)
{
    struct walk walk = {
        .take = take, .arg = arg, .place = place, .count = count};

    return drain(path, &walk);
}

nf_error_t
nf_spool_look(const char *path, nf_spool_take_t *take, void *arg)
{
    struct nf_spool_count count = {0};
    struct walk walk = {
        .take = take, .arg = arg, .count = &count, .is_kept = true};
    int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (dir < 0) {
        return errno == ENOENT ? NF_OK : NF_IO;
    }
    nf_error_t err = read_file(dir, TAKEN, &walk);
    if (err == NF_OK) {
        err = read_file(dir, CURRENT, &walk);
    }
    close(dir);
    return err;
}

bool
nf_spool_is_empty(const char *path)
{
    int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (dir < 0) {
        return errno == ENOENT;
    }
    bool is_empty = faccessat(dir, CURRENT, F_OK, 0) != 0 && errno == ENOENT
                    && faccessat(dir, TAKEN, F_OK, 0) != 0 && errno == ENOENT;
    close(dir);
    return is_empty;
}

static void
store_one(struct nf_write *w, struct nf_spool_target *target,
          const struct nf_lease_report *report)
{
    struct nf_change c = {.w = w,
                          .settings = target->settings,
                          .now = target->now,
                          .actor = target->actor};

    if (nf_change_lease(&c, report) != NF_OK && w->read.err == NF_OK) {
        target->fault = c.fault; /* for ever: keeping it would stop the rest */
    }
}

nf_error_t
nf_spool_store(void *arg, const struct nf_lease_report *reports, size_t n)
{
    struct nf_spool_target *target = arg;
    NF_WRITE(w, target->store);

    for (size_t i = 0; i < n && w.read.err == NF_OK; i++) {
        store_one(&w, target, &reports[i]);
    }
    return w.read.err != NF_OK || w.seq == 0 ? w.read.err : nf_write_commit(&w);
}
