#include "store/room.h"

#include <fcntl.h>
#include <linux/falloc.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "store/env.h"

enum {
    RESERVE_MAX = 64 << 20,
    SHARE = 16, /* of a small map or disk */
    /* Each is one transaction's free pages, so that a walk of one snapshot
     * ends soon also in a store that was emptied bit by bit. */
    RECORDS_MAX = 16384,
};

struct space {
    uint64_t available; /* of the disk */
    uint64_t page;      /* bytes of one */
};

static uint64_t
smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* LMDB keeps a record per transaction: how many pages, then which. */
static nf_error_t
count_free_pages(MDB_txn *txn, uint64_t enough, uint64_t *pages)
{
    MDB_cursor *cursor;
    MDB_val k, v;
    int rc = mdb_cursor_open(txn, NF_NO_TABLE, &cursor);

    *pages = 0;
    if (rc != MDB_SUCCESS) {
        return nf_error_from_lmdb(rc);
    }
    for (unsigned n = 0; n < RECORDS_MAX && *pages < enough; n++) {
        size_t count;
        rc = mdb_cursor_get(cursor, &k, &v, MDB_NEXT);
        if (rc != MDB_SUCCESS || v.mv_size < sizeof(count)) {
            break;
        }
        memcpy(&count, v.mv_data, sizeof(count));
        *pages += count;
    }
    mdb_cursor_close(cursor);
    return rc == MDB_NOTFOUND ? NF_OK : nf_error_from_lmdb(rc);
}

/* What the ballast is to hold and does not. */
static uint64_t
missing_ballast(const nf_store_t *store, uint64_t size)
{
    struct stat st;

    if (store->ballast_fd < 0 || fstat(store->ballast_fd, &st) != 0) {
        return 0;
    }
    uint64_t held = (uint64_t) st.st_blocks * 512;
    return held < size ? size - held : 0;
}

static nf_error_t
measure_disk(const nf_store_t *store, uint64_t map_size, struct nf_room *room,
             struct space *space)
{
    struct statvfs fs;
    int fd;

    if (mdb_env_get_fd(store->env, &fd) != MDB_SUCCESS
        || fstatvfs(fd, &fs) != 0) {
        return NF_IO;
    }
    uint64_t total = (uint64_t) fs.f_blocks * fs.f_frsize;
    room->reserve =
        smaller(RESERVE_MAX, smaller(map_size / SHARE, total / SHARE));
    uint64_t available = (uint64_t) fs.f_bavail * fs.f_frsize;
    uint64_t missing = missing_ballast(store, room->reserve);
    space->available = available;
    room->disk = available > missing ? available - missing : 0;
    return NF_OK;
}

/* All but the free pages. */
static nf_error_t
measure(const nf_store_t *store, struct nf_room *room, struct space *space)
{
    MDB_envinfo info;
    MDB_stat page;
    int rc = mdb_env_info(store->env, &info);

    *room = (struct nf_room){0};
    if (rc == MDB_SUCCESS) {
        rc = mdb_env_stat(store->env, &page);
    }
    if (rc != MDB_SUCCESS) {
        return nf_error_from_lmdb(rc);
    }
    uint64_t used = (uint64_t) (info.me_last_pgno + 1) * page.ms_psize;
    space->page = page.ms_psize;
    room->map = info.me_mapsize > used ? info.me_mapsize - used : 0;
    return measure_disk(store, info.me_mapsize, room, space);
}

static nf_error_t
add_free_pages(struct nf_read *r, uint64_t enough, uint64_t page_size,
               struct nf_room *room)
{
    uint64_t pages;

    if (r->err != NF_OK) {
        return r->err;
    }
    nf_error_t err = count_free_pages(r->mdb, enough / page_size + 1, &pages);
    room->free = pages * page_size;
    return err;
}

nf_error_t
nf_room_measure(struct nf_read *r, struct nf_room *room)
{
    struct space space;
    nf_error_t err = measure(r->store, room, &space);

    return err == NF_OK ? add_free_pages(r, UINT64_MAX, space.page, room) : err;
}

uint64_t
nf_room_left(const struct nf_room *room)
{
    return room->free + smaller(room->map, room->disk);
}

/*
 * Given up below a quarter of its size, made again when half of it would still
 * be free: so one write does not undo what the last one did.  A disk that
 * cannot reserve space has no ballast; that is no reason to fail.
 */
static void
settle_ballast(nf_store_t *store, bool is_cleaning, const struct nf_room *room,
               uint64_t available)
{
    uint64_t size = room->reserve;

    if (store->ballast_fd < 0) {
        return;
    }
    uint64_t missing = missing_ballast(store, size);
    if (missing > 0 && room->disk >= size / 2) {
        if (fallocate(store->ballast_fd, 0, 0, (off_t) size) != 0) {
            return;
        }
    } else if (missing < size && is_cleaning && available < size / 4
               && room->free < size / 4)
    {
        if (ftruncate(store->ballast_fd, 0) != 0) {
            return;
        }
    }
}

bool
nf_room_prepare(nf_store_t *store, bool is_cleaning)
{
    struct space space;
    struct nf_room room;
    NF_READ(r, store); /* the environment stays, and so does its free list */

    if (r.err != NF_OK || measure(store, &room, &space) != NF_OK) {
        return false;
    }
    if (nf_room_left(&room) < room.reserve
        && add_free_pages(&r, room.reserve, space.page, &room) != NF_OK)
    {
        return false;
    }
    settle_ballast(store, is_cleaning, &room, space.available);
    return nf_room_left(&room) < room.reserve;
}

nf_error_t
nf_room_open(nf_store_t *store, const char *path)
{
    char name[4096];
    int n = snprintf(name, sizeof(name), "%s-ballast", path);

    if (n < 0 || (size_t) n >= sizeof(name)) {
        return NF_INVALID;
    }
    store->ballast_fd = open(name, O_RDWR | O_CLOEXEC);
    return NF_OK;
}
