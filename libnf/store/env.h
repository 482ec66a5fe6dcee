#ifndef NF_STORE_ENV_H
#define NF_STORE_ENV_H

/*
 * What the files of libnf/store share about LMDB; nobody else includes this.
 */

#include <lmdb.h>
#include <stdatomic.h>

#include "store/txn.h"

enum {
    NF_SCHEMA_NUMBER = 1,
    NF_MAX_READERS = 1024,
    /* NOTLS: a read transaction belongs to its scope, not to its thread.
     * NOSUBDIR: the path is the file. */
    NF_ENV_FLAGS = MDB_NOTLS | MDB_NOSUBDIR,
};

struct nf_store {
    MDB_env *env;
    MDB_dbi tables[NF_TABLE_COUNT];
    /* A reset read transaction keeps its reader slot, so that the next read
     * takes no lock; NULL while it is in use. */
    _Atomic(MDB_txn *) spare;
    int bell;
    char bell_path[4096];
};

nf_error_t nf_error_from_lmdb(int rc);

#endif
