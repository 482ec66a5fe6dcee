/*
 * The chain of migrations: each schema to the next, all in one transaction.
 */
#include "store/migrate.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "store/env.h"
#include "store/pages.h"
#include "store/step.h"

/* From the schema of that number to the next. */
static void (*const steps[NF_SCHEMA_NUMBER])(struct nf_write *w,
                                             struct nf_migration *done) = {
    [1] = nf_migrate_1,
    [2] = nf_migrate_2,
};

/* The first record behind `at`, copied: writing moves what is stored. */
static bool
rewrite_next(struct nf_write *w, nf_table_t table, struct nf_key *at,
             nf_rewrite_fn *rewrite)
{
    char copy[16 * 1024]; /* no record of an earlier schema is longer */
    struct nf_bytes value = {copy, 0};
    {
        NF_SCAN(scan, &w->read, table);
        if (!nf_scan_seek(&scan, nf_key_bytes(at))) {
            return false;
        }
        if (scan.key.len >= sizeof(at->data) || scan.value.len > sizeof(copy)) {
            nf_read_fail(&w->read, NF_CORRUPT);
            return false;
        }
        at->len = 0;
        nf_key_add(at, scan.key.data, scan.key.len);
        memcpy(copy, scan.value.data, scan.value.len);
        value.len = scan.value.len;
    }
    if (!rewrite(w, nf_key_bytes(at), value)) {
        return false;
    }
    nf_key_add(at, "", 1); /* next: the first key behind it */
    return true;
}

uint64_t
nf_rewrite(struct nf_write *w, nf_table_t table, nf_rewrite_fn *rewrite)
{
    struct nf_key at = {.len = 0};
    uint64_t n = 0;

    while (rewrite_next(w, table, &at, rewrite)) {
        n++;
    }
    return n;
}

bool
nf_rewrite_put(struct nf_write *w, nf_table_t table, struct nf_bytes key,
               const struct nf_text pieces[], size_t n)
{
    char value[24 * 1024];
    struct nf_out out = nf_out(value, sizeof(value));

    for (size_t i = 0; i < n; i++) {
        nf_out_put(&out, pieces[i]);
    }
    if (out.full) {
        nf_read_fail(&w->read, NF_CORRUPT);
        return false;
    }
    return nf_write_put(w, table, key, (struct nf_bytes){value, out.len});
}

/* False: there is none, or the scope has failed. */
static bool
open_old_table(struct nf_write *w, const char *name, MDB_dbi *table)
{
    int rc = w->read.err == NF_OK ? mdb_dbi_open(w->read.mdb, name, 0, table)
                                  : MDB_NOTFOUND;

    if (rc != MDB_SUCCESS && rc != MDB_NOTFOUND) {
        nf_read_fail(&w->read, nf_error_from_lmdb(rc));
    }
    return rc == MDB_SUCCESS;
}

bool
nf_old_table_get(struct nf_write *w, const char *name, struct nf_bytes key,
                 struct nf_bytes *value)
{
    MDB_val k = {key.len, (void *) key.data}, v;
    MDB_dbi table;

    if (!open_old_table(w, name, &table)) {
        return false;
    }
    int rc = mdb_get(w->read.mdb, table, &k, &v);
    if (rc == MDB_SUCCESS) {
        *value = (struct nf_bytes){v.mv_data, v.mv_size};
    } else if (rc != MDB_NOTFOUND) {
        nf_read_fail(&w->read, nf_error_from_lmdb(rc));
    }
    return rc == MDB_SUCCESS;
}

void
nf_old_table_drop(struct nf_write *w, const char *name)
{
    MDB_dbi table;

    if (open_old_table(w, name, &table)) {
        w->is_dirty = true;
        int rc = mdb_drop(w->read.mdb, table, 1);
        if (rc != MDB_SUCCESS) {
            nf_read_fail(&w->read, nf_error_from_lmdb(rc));
        }
    }
}

static nf_error_t
rewrite_store(nf_store_t *store, struct nf_migration *done)
{
    uint32_t number = NF_SCHEMA_NUMBER;
    NF_CLEAN(w, store);

    if (w.read.err == NF_OK) {
        w.read.err = nf_env_open_tables(store, w.read.mdb, MDB_CREATE);
    }
    for (uint32_t from = done->from; from < number; from++) {
        steps[from](&w, done);
    }
    nf_write_put(&w, NF_META, nf_schema_key,
                 (struct nf_bytes){&number, sizeof(number)});
    return nf_write_commit(&w);
}

static nf_error_t
read_schema(nf_store_t *store, uint32_t *number)
{
    MDB_txn *txn;
    int rc = nf_env_begin(store, MDB_RDONLY, &txn);

    if (rc != MDB_SUCCESS) {
        return nf_error_from_lmdb(rc);
    }
    nf_error_t err = nf_env_schema(txn, number);
    mdb_txn_abort(txn);
    return err;
}

static nf_error_t
migrate(nf_store_t *store, const char *backup, struct nf_migration *done)
{
    nf_error_t err = read_schema(store, &done->from);

    if (err != NF_OK || done->from == done->to) {
        return err == NF_NOT_FOUND ? NF_CORRUPT : err; /* there is a file */
    }
    if (done->from == 0 || done->from > done->to) {
        return NF_SCHEMA;
    }
    err = nf_store_backup(store, backup);
    if (err == NF_OK && (err = rewrite_store(store, done)) != NF_OK) {
        (void) unlink(backup); /* of what is still there */
    }
    return err;
}

nf_error_t
nf_store_schema(const char *path, uint32_t *number, struct nf_fault *fault)
{
    nf_error_t err = nf_pages_check(path, fault);

    if (err != NF_OK) {
        return err;
    }
    nf_store_t *store = nf_env_new();
    if (store == NULL) {
        return NF_NO_MEMORY;
    }
    err = nf_env_open(store, path, 0);
    if (err == NF_OK) {
        err = read_schema(store, number);
    }
    nf_store_close(store);
    return err;
}

/* The file stays open as long as the store: closing any descriptor of it
 * would give up LMDB's own lock on it. */
static bool
is_in_use(int lock_file)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1};

    return lock_file >= 0 && fcntl(lock_file, F_GETLK, &lock) == 0
           && lock.l_type != F_UNLCK;
}

nf_error_t
nf_store_migrate(const char *path, const char *backup,
                 struct nf_migration *done)
{
    char name[4096];
    int n = snprintf(name, sizeof(name), "%s-lock", path);

    *done = (struct nf_migration){.to = NF_SCHEMA_NUMBER};
    if (n < 0 || (size_t) n >= sizeof(name)) {
        return NF_INVALID;
    }
    if (access(path, F_OK) != 0) {
        return NF_NOT_FOUND;
    }
    nf_store_t *store = nf_env_new();
    if (store == NULL) {
        return NF_NO_MEMORY;
    }
    int lock_file = open(name, O_RDWR | O_CLOEXEC);
    nf_error_t err =
        is_in_use(lock_file) ? NF_BUSY : nf_pages_check(path, &done->fault);
    if (err == NF_OK) {
        err = nf_env_open(store, path, 0);
    }
    if (err == NF_OK) { /* somebody may have come meanwhile */
        err = is_in_use(lock_file) ? NF_BUSY : migrate(store, backup, done);
    }
    nf_store_close(store);
    if (lock_file >= 0) {
        close(lock_file);
    }
    return err;
}
