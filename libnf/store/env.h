#ifndef NF_STORE_ENV_H
#define NF_STORE_ENV_H

/*
 * What the files of libnf/store share about LMDB; nobody else includes this.
 */

#include <lmdb.h>
#include <stdatomic.h>

#include "store/txn.h"

enum {
    NF_SCHEMA_NUMBER = 3,
    NF_MAX_READERS = 1024,
    NF_OLD_TABLES = 1, /* that a migration may open beside today's */
    /* NOTLS: a read transaction belongs to its scope, not to its thread.
     * NOSUBDIR: the path is the file. */
    NF_ENV_FLAGS = MDB_NOTLS | MDB_NOSUBDIR,
    NF_FILE_MODE = 0660,
};

/* LMDB's own list of free pages: never one of ours. */
#define NF_NO_TABLE ((MDB_dbi) 0)

extern const struct nf_bytes nf_schema_key;

/* What store/room.c saw of the disk; the writer's own. */
struct nf_room_seen {
    bool is_set;
    uint64_t commit, last_page; /* of the store then */
    uint64_t disk, reserve;
};

struct nf_store {
    MDB_env *env;
    MDB_dbi tables[NF_TABLE_COUNT]; /* NF_NO_TABLE: there is none */
    /* A reset read transaction keeps its reader slot, so that the next read
     * takes no lock; NULL while it is in use. */
    _Atomic(MDB_txn *) spare;
    atomic_int scopes;      /* open in this process */
    atomic_bool is_broken;  /* LMDB takes no more of this environment */
    atomic_bool is_closing; /* no scope begins */
    char path[4096];
    int notify_fd; /* the file that wakes readers after a commit */
    /* Gives room on a full disk; -1: none.  The writer finds it, and readers
     * ask how much it holds. */
    atomic_int ballast_fd;
    bool has_ballast; /* it is made when it is not there */
    size_t page_size;
    struct nf_room_seen seen;
    char notify_path[4096];
};

/* An LMDB result or an errno. */
nf_error_t nf_error_from_lmdb(int rc);

/* The same, of this store: what only reopening cures is noted. */
nf_error_t nf_env_error(nf_store_t *store, int rc);

/*
 * Let nobody open the store in two PID namespaces: LMDB's locks name processes
 * by numbers that mean another one there.  Each opener holds a read lock on
 * the notify file, at the offset of its namespace's inode, as long as it is
 * open.  NF_FOREIGN: somebody holds another offset.
 */
nf_error_t nf_namespace_claim(int notify_fd);

/* One with nothing open yet, for nf_store_close(); NULL: no memory. */
nf_store_t *nf_env_new(void);

/* Open store->env, which the caller closes also after a failure.  map_size 0:
 * as the file says. */
nf_error_t nf_env_open(nf_store_t *store, const char *path, size_t map_size);

/* mdb_txn_begin(), which may wait for a lock of other processes. */
int nf_env_begin(nf_store_t *store, unsigned flags, MDB_txn **txn);

/* Open the tables, or (MDB_CREATE) make those that are missing; else these stay
 * NF_NO_TABLE.  txn must then commit. */
nf_error_t nf_env_open_tables(nf_store_t *store, MDB_txn *txn, unsigned flags);

/* In what order keys stand: as LMDB orders them by itself. */
int nf_env_order(const MDB_val *a, const MDB_val *b);

/* The schema's number.  NF_NOT_FOUND: none at all: an init that was killed
 * half-way, or none yet. */
nf_error_t nf_env_schema(MDB_txn *txn, uint32_t *number);

#endif
