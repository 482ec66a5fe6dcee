#ifndef NF_STORE_MIGRATE_H
#define NF_STORE_MIGRATE_H

/*
 * Bringing a store of an earlier version up to this one's schema.
 */

#include "base/error.h"
#include "base/text.h"

struct nf_migration {
    uint32_t from, to; /* the schema's number; the same: nothing was done */
    uint64_t nodes, tasks;
};

/*
 * Copy the store at path to backup, which must not exist (NF_CONFLICT), then
 * rewrite it in one transaction: whenever it dies, the store is as it was or
 * done, and it may be asked again.  NF_BUSY: somebody has it open.
 * NF_SCHEMA: its version is not known here.
 */
nf_error_t nf_store_migrate(const char *path, const char *backup,
                            struct nf_migration *done);

#endif
