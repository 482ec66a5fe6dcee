#ifndef NF_STORE_MIGRATE_H
#define NF_STORE_MIGRATE_H

/*
 * Bringing a store of an earlier version up to this one's schema, by way of
 * every schema in between.
 *
 * schema_N.h describes what schema N stored and never changes again;
 * migrate_N.c makes schema N + 1 of it.  A new schema is a new pair of these,
 * a row in migrate.c and a small store that its release wrote, in tests/data.
 */

#include "base/error.h"
#include "base/text.h"

struct nf_migration {
    uint32_t from, to; /* the schema's number; the same: nothing was done */
    uint64_t nodes, tasks;
    struct nf_fault fault; /* where the file is damaged; reason "": told by the
                              error alone */
};

/*
 * Copy the store at path to backup, which must not exist (NF_CONFLICT), then
 * rewrite it in one transaction: whenever it dies, the store is as it was or
 * done, and it may be asked again.  NF_BUSY: somebody has it open.
 * NF_SCHEMA: its version is not known here.  NF_CORRUPT: it is damaged, and as
 * it was.
 */
nf_error_t nf_store_migrate(const char *path, const char *backup,
                            struct nf_migration *done);

/* Of which schema a store is; nobody may be writing.  NF_NOT_FOUND, or
 * NF_CORRUPT with a fault. */
nf_error_t nf_store_schema(const char *path, uint32_t *number,
                           struct nf_fault *fault);

#endif
