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
    MAP_SHARE = 4, /* of a map of less than 256 MiB */
    DISK_SHARE = 8,
    /* Each is one transaction's free pages, so that a walk of one snapshot
     * ends soon also in a store that was emptied bit by bit. */
    RECORDS_MAX = 16384,
    /* Besides the reserve so many bytes of free pages are counted, what nearly
     * every write does with; and for one that does not, so many. */
    FIRST = 1 << 20,
    MORE = 64 << 20,
    /* While so much more than the reserve is left, whoever else fills the disk
     * is noticed after so many commits. */
    PLENTY = 256 << 20,
    SCARCE = 256 << 10, /* with less some changes find no room */
    COMMITS_MAX = 64,
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
    int fd = store->ballast_fd;
    struct stat st;

    if (fd < 0 || fstat(fd, &st) != 0) {
        return 0;
    }
    uint64_t held = (uint64_t) st.st_blocks * 512;
    return held < size ? size - held : 0;
}

static nf_error_t
measure_disk(const nf_store_t *store, uint64_t map_size, struct nf_room *room,
             uint64_t *available)
{
    struct statvfs fs;
    int fd;

    if (mdb_env_get_fd(store->env, &fd) != MDB_SUCCESS
        || fstatvfs(fd, &fs) != 0) {
        return NF_IO;
    }
    uint64_t total = (uint64_t) fs.f_blocks * fs.f_frsize;
    room->reserve =
        smaller(RESERVE_MAX, smaller(map_size / MAP_SHARE, total / DISK_SHARE));
    *available = (uint64_t) fs.f_bavail * fs.f_frsize;
    uint64_t missing = missing_ballast(store, room->reserve);
    room->disk = *available > missing ? *available - missing : 0;
    return NF_OK;
}

static nf_error_t
look_at_map(const nf_store_t *store, MDB_envinfo *info, uint64_t *left)
{
    int rc = mdb_env_info(store->env, info);
    uint64_t used = (uint64_t) (info->me_last_pgno + 1) * store->page_size;

    *left = info->me_mapsize > used ? info->me_mapsize - used : 0;
    return nf_error_from_lmdb(rc);
}

nf_error_t
nf_room_measure(struct nf_read *r, struct nf_room *room)
{
    MDB_envinfo info;
    uint64_t available, pages;

    *room = (struct nf_room){0};
    nf_error_t err =
        r->err != NF_OK ? r->err : look_at_map(r->store, &info, &room->map);
    if (err == NF_OK) {
        err = measure_disk(r->store, info.me_mapsize, room, &available);
    }
    if (err == NF_OK) {
        err = count_free_pages(r->mdb, UINT64_MAX, &pages);
        room->free = pages * r->store->page_size;
    }
    return err;
}

uint64_t
nf_room_left(const struct nf_room *room)
{
    return room->free + smaller(room->map, room->disk);
}

/* The file, when there is one by now; one that was removed holds nothing. */
static void
find_ballast(nf_store_t *store)
{
    char name[sizeof(store->path) + 16];
    int fd = store->ballast_fd;
    struct stat st;

    if (fd >= 0 && fstat(fd, &st) == 0 && st.st_nlink > 0) {
        return;
    }
    if (fd >= 0) {
        store->ballast_fd = -1; /* no reader takes it any more */
        close(fd);
    }
    snprintf(name, sizeof(name), "%s-ballast", store->path);
    fd = open(name, O_RDWR | O_CLOEXEC | (store->has_ballast ? O_CREAT : 0),
              NF_FILE_MODE);
    if (fd >= 0 && store->has_ballast) {
        (void) fchmod(fd, NF_FILE_MODE); /* not our umask */
    }
    store->ballast_fd = fd;
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

/* Beside the write, which may not look at the list; it is what the write will
 * take from. */
static nf_error_t
add_free_pages(const nf_store_t *store, struct nf_room *room, uint64_t wanted)
{
    uint64_t pages, enough = room->reserve + wanted;
    MDB_txn *txn;
    int rc = mdb_txn_begin(store->env, NULL, MDB_RDONLY, &txn);

    if (rc != MDB_SUCCESS) {
        return nf_error_from_lmdb(rc);
    }
    nf_error_t err =
        count_free_pages(txn, enough / store->page_size + 1, &pages);
    mdb_txn_abort(txn);
    room->free = pages * store->page_size;
    return err;
}

static uint64_t
beyond_reserve(const struct nf_room *room)
{
    uint64_t left = nf_room_left(room);

    return left > room->reserve ? left - room->reserve : 0;
}

enum nf_room_lack
nf_room_lacks(struct nf_read *r, uint64_t *size)
{
    struct nf_room room = {0};
    MDB_envinfo info = {0};
    uint64_t available, pages;

    *size = 0;
    if (r->err != NF_OK || look_at_map(r->store, &info, &room.map) != NF_OK
        || measure_disk(r->store, info.me_mapsize, &room, &available) != NF_OK)
    {
        return NF_ROOM_ENOUGH;
    }
    *size = info.me_mapsize;
    if (beyond_reserve(&room) >= SCARCE
        || count_free_pages(r->mdb, UINT64_MAX, &pages) != NF_OK)
    {
        return NF_ROOM_ENOUGH;
    }
    room.free = pages * r->store->page_size;
    return beyond_reserve(&room) >= SCARCE ? NF_ROOM_ENOUGH
           : room.map <= room.disk         ? NF_ROOM_MAP
                                           : NF_ROOM_DISK;
}

/* By what was seen of the disk before, and how the file has grown since; 0:
 * look again. */
static uint64_t
guess(const nf_store_t *store, const MDB_envinfo *info, uint64_t map)
{
    const struct nf_room_seen *seen = &store->seen;
    uint64_t commits = info->me_last_txnid - seen->commit;
    uint64_t grown = (info->me_last_pgno - seen->last_page) * store->page_size;

    if (!seen->is_set || commits >= COMMITS_MAX || seen->disk < grown) {
        return 0;
    }
    struct nf_room room = {
        .map = map, .disk = seen->disk - grown, .reserve = seen->reserve};
    uint64_t beyond = beyond_reserve(&room);
    return beyond >= PLENTY ? beyond : 0;
}

/* What there is now, but for the free pages. */
static nf_error_t
look(nf_store_t *store, struct nf_room *room, MDB_envinfo *info,
     uint64_t *available)
{
    nf_error_t err = look_at_map(store, info, &room->map);

    return err != NF_OK
               ? err
               : measure_disk(store, info->me_mapsize, room, available);
}

uint64_t
nf_room_recount(nf_store_t *store)
{
    struct nf_room room = {0};
    MDB_envinfo info;
    uint64_t available;

    return look(store, &room, &info, &available) == NF_OK
                   && add_free_pages(store, &room, MORE) == NF_OK
               ? beyond_reserve(&room)
               : UINT64_MAX;
}

uint64_t
nf_room_allowance(nf_store_t *store, bool is_cleaning)
{
    struct nf_room room = {0};
    MDB_envinfo info;
    uint64_t available;

    if (look_at_map(store, &info, &room.map) == NF_OK) {
        uint64_t beyond = guess(store, &info, room.map);
        if (beyond > 0) {
            return beyond;
        }
    }
    find_ballast(store);
    if (look(store, &room, &info, &available) != NF_OK
        || (beyond_reserve(&room) == 0
            && add_free_pages(store, &room, FIRST) != NF_OK))
    {
        return UINT64_MAX;
    }
    settle_ballast(store, is_cleaning, &room, available);
    store->seen = (struct nf_room_seen){.is_set = true,
                                        .commit = info.me_last_txnid,
                                        .last_page = info.me_last_pgno,
                                        .disk = room.disk,
                                        .reserve = room.reserve};
    return beyond_reserve(&room);
}
