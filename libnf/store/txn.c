#include "store/txn.h"

#include <assert.h>
#include <errno.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "store/env.h"
#include "store/room.h"

/*
 * A second writer on one thread would wait for the first for ever.  Turn that
 * hang into an assertion.
 */
static _Thread_local unsigned open_scopes;

nf_error_t
nf_error_from_lmdb(int rc)
{
    switch (rc) {
    case MDB_SUCCESS:
        return NF_OK;
    case MDB_NOTFOUND:
        return NF_NOT_FOUND;
    case MDB_MAP_FULL:
    case MDB_TXN_FULL:
    case ENOSPC:
    case EDQUOT:
        return NF_FULL;
    case MDB_READERS_FULL:
    case EAGAIN:
        return NF_BUSY;
    case MDB_PANIC:       /* a meta page was not written */
    case MDB_MAP_RESIZED: /* by another process */
        return NF_BROKEN;
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_INVALID:
    case MDB_VERSION_MISMATCH:
        return NF_CORRUPT;
    case ENOMEM:
        return NF_NO_MEMORY;
    case EACCES: /* a put through a read-only transaction */
    case EINVAL:
    case MDB_BAD_VALSIZE:
    case MDB_KEYEXIST:
        return NF_BUG;
    default:
        return NF_IO;
    }
}

nf_error_t
nf_env_error(nf_store_t *store, int rc)
{
    nf_error_t err = nf_error_from_lmdb(rc);

    if (err == NF_BROKEN) {
        atomic_store(&store->is_broken, true);
    }
    return err;
}

/* Scopes are counted, and none begins while the store is being reopened: one
 * of the two sees the other. */
static bool
enter(nf_store_t *store)
{
    atomic_fetch_add(&store->scopes, 1);
    if (atomic_load(&store->is_closing) || store->env == NULL) {
        atomic_fetch_sub(&store->scopes, 1);
        return false;
    }
    open_scopes++;
    return true;
}

static void
leave(nf_store_t *store)
{
    open_scopes--;
    atomic_fetch_sub(&store->scopes, 1);
}

static int
txn_begin(nf_store_t *store, unsigned flags, MDB_txn **txn)
{
    int rc = nf_env_begin(store, flags, txn);

    if (rc == MDB_READERS_FULL) { /* slots of processes that were killed */
        int stale = 0;
        rc = mdb_reader_check(store->env, &stale);
        if (rc == MDB_SUCCESS) {
            rc = nf_env_begin(store, flags, txn);
        }
    }
    return rc;
}

struct nf_read
nf_read_begin(nf_store_t *store)
{
    struct nf_read r = {.store = store};
    MDB_txn *txn;
    int rc;

    assert(open_scopes == 0);
    if (!enter(store)) {
        r.err = NF_BROKEN;
        return r;
    }
    txn = atomic_exchange(&store->spare, NULL);
    if (txn != NULL) {
        rc = mdb_txn_renew(txn);
        if (rc != MDB_SUCCESS) {
            mdb_txn_abort(txn);
            txn = NULL;
        }
    } else {
        rc = txn_begin(store, MDB_RDONLY, &txn);
    }
    r.err = nf_env_error(store, rc);
    if (r.err == NF_OK) {
        r.mdb = txn;
    } else {
        leave(store);
    }
    return r;
}

void
nf_read_end(struct nf_read *r)
{
    MDB_txn *none = NULL;

    if (r->mdb == NULL) {
        return;
    }
    mdb_txn_reset(r->mdb);
    if (!atomic_compare_exchange_strong(&r->store->spare, &none, r->mdb)) {
        mdb_txn_abort(r->mdb);
    }
    r->mdb = NULL;
    leave(r->store);
}

void
nf_write_abort(struct nf_write *w)
{
    if (w->read.mdb != NULL) {
        mdb_txn_abort(w->read.mdb);
        w->read.mdb = NULL;
        leave(w->read.store);
    }
}

/* Room is looked at when nobody else can write any more. */
static struct nf_write
begin(nf_store_t *store, bool is_cleaning)
{
    struct nf_write w = {.read = {.store = store}, .is_cleaning = is_cleaning};

    assert(open_scopes == 0);
    if (!enter(store)) {
        w.read.err = NF_BROKEN;
        return w;
    }
    w.read.err = nf_env_error(store, txn_begin(store, 0, &w.read.mdb));
    if (w.read.err != NF_OK) {
        w.read.mdb = NULL;
        leave(store);
        return w;
    }
    w.allowance = nf_room_allowance(store, is_cleaning);
    w.is_low = w.allowance == 0;
    if (w.is_low && !is_cleaning) {
        nf_write_abort(&w);
        w.read.err = NF_FULL;
    }
    return w;
}

struct nf_write
nf_write_begin(nf_store_t *store)
{
    return begin(store, false);
}

struct nf_write
nf_clean_begin(nf_store_t *store)
{
    return begin(store, true);
}

/*
 * After the commit, never before: a reader woken earlier would look at the
 * state before it and go back to sleep.  A file that cannot be written costs
 * readers their second's wait, nothing more.
 */
static void
notify(const nf_store_t *store, uint64_t seq)
{
    if (seq != 0 && pwrite(store->notify_fd, &seq, sizeof(seq), 0) < 0) {
        return;
    }
}

/*
 * LMDB reports a short write, which is how a full disk may show, as EIO.  Where
 * it was a meta page that was not written, it refuses all that follows: that is
 * not told, so any failure of the disk has the store reopened.
 */
static nf_error_t
commit_error(nf_store_t *store, int rc)
{
    enum {
        ROOM = 1 << 20
    };
    struct statvfs fs;

    if (rc == EIO || rc == ENOSPC) {
        atomic_store(&store->is_broken, true);
    }
    if (rc == EIO && fstatvfs(store->notify_fd, &fs) == 0
        && (uint64_t) fs.f_bavail * fs.f_frsize < ROOM)
    {
        return NF_FULL;
    }
    return nf_env_error(store, rc);
}

nf_error_t
nf_write_commit(struct nf_write *w)
{
    if (w->read.mdb == NULL) {
        return w->read.err != NF_OK ? w->read.err : NF_BUG;
    }
    if (w->read.err != NF_OK) {
        nf_write_abort(w);
        return w->read.err;
    }
    if (!w->is_dirty) {
        nf_write_abort(w);
        return NF_OK;
    }
    int rc = mdb_txn_commit(w->read.mdb);
    w->read.mdb = NULL; /* LMDB frees the handle even when commit fails */
    leave(w->read.store);
    w->read.err = commit_error(w->read.store, rc);
    if (w->read.err == NF_OK) {
        notify(w->read.store, w->seq);
    }
    return w->read.err;
}

void
nf_read_fail(struct nf_read *r, nf_error_t err)
{
    if (r->err == NF_OK) {
        r->err = err;
    }
}

uint64_t
nf_read_commit(const struct nf_read *r)
{
    return r->mdb != NULL ? mdb_txn_id(r->mdb) : 0;
}

static MDB_val
to_mdb(struct nf_bytes bytes)
{
    return (MDB_val){.mv_size = bytes.len, .mv_data = (void *) bytes.data};
}

static struct nf_bytes
from_mdb(MDB_val val)
{
    return (struct nf_bytes){.data = val.mv_data, .len = val.mv_size};
}

/* Keep a failure; a missing key is none. */
static bool
has_worked(struct nf_read *r, int rc)
{
    if (rc == MDB_SUCCESS || rc == MDB_NOTFOUND) {
        return rc == MDB_SUCCESS;
    }
    r->err = nf_error_from_lmdb(rc);
    return r->err == NF_OK;
}

bool
nf_read_get(struct nf_read *r, nf_table_t table, struct nf_bytes key,
            struct nf_bytes *value)
{
    MDB_val k = to_mdb(key), v;
    MDB_dbi dbi = r->store->tables[table];

    if (r->err != NF_OK || dbi == NF_NO_TABLE
        || !has_worked(r, mdb_get(r->mdb, dbi, &k, &v)))
    {
        return false;
    }
    *value = from_mdb(v);
    return true;
}

/* About what a pair takes of the store's pages, which are not filled: twice its
 * bytes.  What is put in the place of another takes less, and is not looked
 * for. */
static bool
has_room(struct nf_write *w, struct nf_bytes key, struct nf_bytes value)
{
    uint64_t takes = 2 * (key.len + value.len) + 32;

    if (w->is_cleaning) {
        return true;
    }
    if (w->taken + takes > w->allowance && !w->is_counted) {
        w->allowance = nf_room_recount(w->read.store);
        w->is_counted = true;
    }
    w->taken += takes;
    return w->taken <= w->allowance;
}

static bool
put(struct nf_write *w, nf_table_t table, struct nf_bytes key,
    struct nf_bytes value, unsigned flags)
{
    MDB_val k = to_mdb(key), v = to_mdb(value);
    struct nf_read *r = &w->read;

    MDB_dbi dbi = r->store->tables[table];

    if (r->err == NF_OK && dbi == NF_NO_TABLE) {
        r->err = NF_SCHEMA;
    }
    if (r->err == NF_OK && !has_room(w, key, value)) {
        r->err = NF_FULL;
    }
    if (r->err == NF_OK) {
        w->is_dirty = true;
        r->err = nf_error_from_lmdb(mdb_put(r->mdb, dbi, &k, &v, flags));
    }
    return r->err == NF_OK;
}

bool
nf_write_put(struct nf_write *w, nf_table_t table, struct nf_bytes key,
             struct nf_bytes value)
{
    return put(w, table, key, value, 0);
}

bool
nf_write_append(struct nf_write *w, nf_table_t table, struct nf_bytes key,
                struct nf_bytes value)
{
    return put(w, table, key, value, MDB_APPEND);
}

bool
nf_write_delete(struct nf_write *w, nf_table_t table, struct nf_bytes key)
{
    MDB_val k = to_mdb(key);
    struct nf_read *r = &w->read;

    MDB_dbi dbi = r->store->tables[table];

    if (r->err == NF_OK && dbi != NF_NO_TABLE) {
        w->is_dirty = true;
        (void) has_worked(r, mdb_del(r->mdb, dbi, &k, NULL));
    }
    return r->err == NF_OK;
}

struct nf_scan
nf_scan_begin(struct nf_read *r, nf_table_t table)
{
    struct nf_scan scan = {.r = r};
    MDB_dbi dbi = r->store->tables[table];

    if (r->err == NF_OK && dbi != NF_NO_TABLE) {
        r->err = nf_error_from_lmdb(mdb_cursor_open(r->mdb, dbi, &scan.cursor));
    }
    return scan;
}

void
nf_scan_end(struct nf_scan *scan)
{
    if (scan->cursor != NULL) {
        mdb_cursor_close(scan->cursor);
        scan->cursor = NULL;
    }
}

static bool
move(struct nf_scan *scan, struct nf_bytes key, MDB_cursor_op op)
{
    MDB_val k = to_mdb(key), v;

    if (scan->r->err != NF_OK || scan->cursor == NULL
        || !has_worked(scan->r, mdb_cursor_get(scan->cursor, &k, &v, op)))
    {
        return false;
    }
    scan->key = from_mdb(k);
    scan->value = from_mdb(v);
    return true;
}

bool
nf_scan_seek(struct nf_scan *scan, struct nf_bytes key)
{
    return move(scan, key, key.len == 0 ? MDB_FIRST : MDB_SET_RANGE);
}

bool
nf_scan_next(struct nf_scan *scan)
{
    return move(scan, (struct nf_bytes){0}, MDB_NEXT);
}

bool
nf_scan_previous(struct nf_scan *scan)
{
    return move(scan, (struct nf_bytes){0}, MDB_PREV);
}

bool
nf_scan_last(struct nf_scan *scan)
{
    return move(scan, (struct nf_bytes){0}, MDB_LAST);
}

bool
nf_scan_has(const struct nf_scan *scan, struct nf_bytes prefix)
{
    return scan->key.len >= prefix.len
           && memcmp(scan->key.data, prefix.data, prefix.len) == 0;
}

uint64_t
nf_read_count(struct nf_read *r, nf_table_t table)
{
    MDB_dbi dbi = r->store->tables[table];
    MDB_stat stat;

    if (r->err != NF_OK || dbi == NF_NO_TABLE
        || !has_worked(r, mdb_stat(r->mdb, dbi, &stat)))
    {
        return 0;
    }
    return stat.ms_entries;
}
