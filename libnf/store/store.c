#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "store/env.h"
#include "store/key.h"
#include "store/pages.h"
#include "store/room.h"
#include "store/waits.h"

static const char *const table_names[] = {
#define X(table, name) name,
    NF_TABLES(X)
#undef X
};

const char *
nf_table_name(nf_table_t table)
{
    return table_names[table];
}

const struct nf_bytes nf_schema_key = {"schema", 6};

static nf_error_t
from_errno(void)
{
    return nf_error_from_lmdb(errno);
}

nf_error_t
nf_env_open_tables(nf_store_t *store, MDB_txn *txn, unsigned flags)
{
    for (int i = 0; i < NF_TABLE_COUNT; i++) {
        MDB_dbi table;
        int rc = mdb_dbi_open(txn, table_names[i], flags, &table);
        if (rc == MDB_SUCCESS) {
            rc = mdb_set_compare(txn, table, nf_env_order);
        }
        if (rc == MDB_SUCCESS) {
            store->tables[i] = table;
        } else if (rc != MDB_NOTFOUND) {
            return nf_error_from_lmdb(rc);
        }
    }
    return NF_OK;
}

int
nf_env_begin(nf_store_t *store, unsigned flags, MDB_txn **txn)
{
    nf_waits_begin(store->path);
    int rc = mdb_txn_begin(store->env, NULL, flags, txn);
    nf_waits_end(store->path);
    return rc;
}

nf_error_t
nf_env_schema(MDB_txn *txn, uint32_t *number)
{
    MDB_val k = {nf_schema_key.len, (void *) nf_schema_key.data}, v;
    MDB_dbi meta;
    int rc = mdb_dbi_open(txn, table_names[NF_META], 0, &meta);

    if (rc == MDB_SUCCESS) {
        rc = mdb_get(txn, meta, &k, &v);
    }
    if (rc != MDB_SUCCESS) {
        return nf_error_from_lmdb(rc);
    }
    if (v.mv_size != sizeof(*number)) {
        return NF_CORRUPT;
    }
    memcpy(number, v.mv_data, sizeof(*number));
    return NF_OK;
}

/* Handles must be opened inside a transaction that commits. */
static nf_error_t
open_tables_by(nf_store_t *store, MDB_txn *txn, unsigned flags)
{
    nf_error_t err = nf_env_open_tables(store, txn, flags);

    if (err != NF_OK) {
        mdb_txn_abort(txn);
        return err;
    }
    return nf_error_from_lmdb(mdb_txn_commit(txn));
}

static nf_error_t
open_contents(nf_store_t *store)
{
    uint32_t number;
    MDB_txn *txn;
    int rc = nf_env_begin(store, MDB_RDONLY, &txn);

    if (rc != MDB_SUCCESS) {
        return nf_error_from_lmdb(rc);
    }
    nf_error_t err = nf_env_schema(txn, &number);
    if (err == NF_OK && number != NF_SCHEMA_NUMBER) {
        err = NF_SCHEMA;
    }
    if (err != NF_OK) {
        mdb_txn_abort(txn);
        return err;
    }
    return open_tables_by(store, txn, 0);
}

static bool
has_all_tables(const nf_store_t *store)
{
    for (int i = 0; i < NF_TABLE_COUNT; i++) {
        if (store->tables[i] == NF_NO_TABLE) {
            return false;
        }
    }
    return true;
}

/* What a later version of the same schema added; waits for the writer that
 * there may be. */
static nf_error_t
make_missing_tables(nf_store_t *store)
{
    MDB_txn *txn;
    int rc = nf_env_begin(store, 0, &txn);

    return rc == MDB_SUCCESS ? open_tables_by(store, txn, MDB_CREATE)
                             : nf_error_from_lmdb(rc);
}

/* There may be none yet. */
static nf_error_t
look_at_end(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        return errno == ENOENT ? NF_OK : from_errno();
    }
    nf_error_t err = nf_pages_look(fd);
    close(fd);
    return err;
}

static int
open_env(MDB_env *env, const char *path)
{
    nf_waits_begin(path);
    int rc = mdb_env_open(env, path, NF_ENV_FLAGS, NF_FILE_MODE);
    nf_waits_end(path);
    return rc;
}

nf_error_t
nf_env_open(nf_store_t *store, const char *path, size_t map_size)
{
    MDB_stat page;
    int rc, stale;
    nf_error_t err = look_at_end(path);

    if (err != NF_OK) {
        return err;
    }
    if (store->path[0] == '\0') {
        snprintf(store->path, sizeof(store->path), "%s", path);
    }
    if ((rc = mdb_env_create(&store->env)) != MDB_SUCCESS) {
        store->env = NULL;
        return nf_error_from_lmdb(rc);
    }
    if ((rc = mdb_env_set_maxdbs(store->env, NF_TABLE_COUNT + NF_OLD_TABLES))
            == MDB_SUCCESS
        && (rc = mdb_env_set_maxreaders(store->env, NF_MAX_READERS))
               == MDB_SUCCESS
        && (map_size == 0
            || (rc = mdb_env_set_mapsize(store->env, map_size)) == MDB_SUCCESS)
        && (rc = open_env(store->env, path)) == MDB_SUCCESS)
    {
        rc = mdb_reader_check(store->env, &stale);
    }
    if (rc == MDB_SUCCESS
        && (rc = mdb_env_stat(store->env, &page)) == MDB_SUCCESS) {
        store->page_size = page.ms_psize;
    }
    return rc == ENOENT ? NF_NOT_FOUND : nf_error_from_lmdb(rc);
}

static nf_error_t
open_notify_file(nf_store_t *store, const char *path)
{
    int n = snprintf(store->notify_path, sizeof(store->notify_path), "%s-bell",
                     path);

    if (n < 0 || (size_t) n >= sizeof(store->notify_path)) {
        return NF_INVALID;
    }
    store->notify_fd = open(store->notify_path, O_RDWR | O_CLOEXEC);
    return store->notify_fd >= 0 ? nf_namespace_claim(store->notify_fd)
                                 : from_errno();
}

nf_store_t *
nf_env_new(void)
{
    nf_store_t *store = calloc(1, sizeof(*store));

    if (store != NULL) {
        store->notify_fd = -1;
        store->ballast_fd = -1;
    }
    return store;
}

nf_error_t
nf_store_open_as_is(nf_store_t **out, const char *path)
{
    nf_error_t err;

    if (access(path, F_OK) != 0) {
        return errno == ENOENT || errno == ENOTDIR ? NF_NOT_FOUND
                                                   : from_errno();
    }
    nf_store_t *store = nf_env_new();
    if (store == NULL) {
        return NF_NO_MEMORY;
    }
    snprintf(store->path, sizeof(store->path), "%s", path);
    if ((err = open_notify_file(store, path)) != NF_OK
        || (err = nf_env_open(store, path, 0)) != NF_OK
        || (err = open_contents(store)) != NF_OK)
    {
        nf_store_close(store);
        return err;
    }
    *out = store;
    return NF_OK;
}

nf_error_t
nf_store_open(nf_store_t **out, const char *path)
{
    nf_store_t *store;
    nf_error_t err = nf_store_open_as_is(&store, path);

    if (err != NF_OK) {
        return err;
    }
    if (!has_all_tables(store) && (err = make_missing_tables(store)) != NF_OK) {
        nf_store_close(store);
        return err;
    }
    *out = store;
    return NF_OK;
}

static void
close_env(nf_store_t *store)
{
    MDB_txn *spare = atomic_exchange(&store->spare, NULL);

    if (spare != NULL) {
        mdb_txn_abort(spare);
    }
    if (store->env != NULL) {
        mdb_env_close(store->env);
        store->env = NULL;
        memset(store->tables, 0, sizeof(store->tables));
        store->seen.is_set = false;
    }
}

bool
nf_store_is_broken(nf_store_t *store)
{
    return atomic_load(&store->is_broken);
}

/* The old one is closed first: LMDB knows one environment of a file in a
 * process, and closing a second would give up the first one's locks. */
nf_error_t
nf_store_reopen(nf_store_t *store)
{
    nf_error_t err = NF_BUSY;

    atomic_store(&store->is_closing, true);
    if (atomic_load(&store->scopes) == 0) {
        close_env(store);
        err = nf_env_open(store, store->path, 0);
        if (err == NF_OK) {
            err = open_contents(store);
        }
        if (err != NF_OK) {
            close_env(store); /* the next try begins here again */
        }
        atomic_store(&store->is_broken, err != NF_OK);
    }
    atomic_store(&store->is_closing, false);
    return err;
}

void
nf_store_close(nf_store_t *store)
{
    if (store == NULL) {
        return;
    }
    close_env(store);
    if (store->notify_fd >= 0) {
        close(store->notify_fd);
    }
    if (store->ballast_fd >= 0) {
        close(store->ballast_fd);
    }
    free(store);
}

const char *
nf_store_notify_path(const nf_store_t *store)
{
    return store->notify_path;
}

nf_error_t
nf_store_sync_folder(const char *path)
{
    char folder[4096];
    const char *end = strrchr(path, '/');
    size_t len = end == NULL ? 0 : (size_t) (end - path) + 1;

    if (len >= sizeof(folder)) {
        return NF_INVALID;
    }
    memcpy(folder, path, len);
    folder[len] = '\0';
    int fd = open(len == 0 ? "." : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return from_errno();
    }
    nf_error_t err = fsync(fd) == 0 ? NF_OK : from_errno();
    close(fd);
    return err;
}

nf_error_t
nf_store_backup(nf_store_t *store, const char *path)
{
    char partial[4096];
    int n = snprintf(partial, sizeof(partial), "%s.partial", path);

    if (n < 0 || (size_t) n >= sizeof(partial)) {
        return NF_INVALID;
    }
    if (access(path, F_OK) == 0) {
        return NF_CONFLICT;
    }
    int fd = open(partial, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) {
        return from_errno();
    }
    int rc = mdb_env_copyfd2(store->env, fd, MDB_CP_COMPACT);
    nf_error_t err = nf_error_from_lmdb(rc);
    if (err == NF_OK && fsync(fd) != 0) {
        err = from_errno();
    }
    close(fd);
    if (err == NF_OK && rename(partial, path) != 0) {
        err = from_errno();
    }
    if (err != NF_OK) {
        unlink(partial);
        return err;
    }
    return nf_store_sync_folder(path);
}

/* LMDB's own lock: a shared fcntl lock on the lock file's first byte is held
 * by every process that has the environment open. */
bool
nf_store_is_open_elsewhere(const char *path)
{
    char name[4096];
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1};

    snprintf(name, sizeof(name), "%s-lock", path);
    int fd = open(name, O_RDWR | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    bool is_open = fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
    close(fd);
    return is_open;
}

void
nf_store_keep_ballast(nf_store_t *store)
{
    store->has_ballast = true;
    NF_CLEAN(w, store); /* looks for it; nothing is written */
    (void) w;
}

static uint64_t
edge_number(struct nf_read *r, nf_table_t table, bool last)
{
    NF_SCAN(scan, r, table);
    bool found =
        last ? nf_scan_last(&scan) : nf_scan_seek(&scan, (struct nf_bytes){0});

    return found ? nf_key_number_at(scan.key, 0) : 0;
}

nf_error_t
nf_store_stat(struct nf_read *r, struct nf_store_stat *stat)
{
    MDB_envinfo info;
    int rc = mdb_env_info(r->store->env, &info);

    if (rc != MDB_SUCCESS) {
        return nf_error_from_lmdb(rc);
    }
    struct nf_room room;
    nf_error_t err = nf_room_measure(r, &room);
    if (err != NF_OK) {
        return err;
    }
    *stat = (struct nf_store_stat){
        .map_size = info.me_mapsize,
        .used_bytes = (uint64_t) (info.me_last_pgno + 1) * r->store->page_size,
        .free_bytes = room.free,
        .left_bytes = nf_room_left(&room),
        .disk_bytes = room.disk,
        .reserve_bytes = room.reserve,
        .readers = info.me_numreaders,
        .nodes = nf_read_count(r, NF_NODES),
        .leases = nf_read_count(r, NF_LEASES),
        .tasks = nf_read_count(r, NF_TASKS),
        .events = nf_read_count(r, NF_EVENTS),
        .awaited = nf_read_count(r, NF_TASKS_AWAITED),
        .unmatched = nf_read_count(r, NF_UNMATCHED),
        .files = nf_read_count(r, NF_FILES),
        .first_event = edge_number(r, NF_EVENTS, false),
        .last_event = edge_number(r, NF_EVENTS, true),
    };
    return r->err;
}
