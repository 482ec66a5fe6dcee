#ifndef NF_STORE_STEP_H
#define NF_STORE_STEP_H

/*
 * The steps of a migration: nf_migrate_N() makes schema N + 1 of schema N, in
 * the scope of the whole.  For the files of this folder.
 */

#include "store/key.h"
#include "store/migrate.h"
#include "store/txn.h"

/* Make today's record of an earlier one, which is a copy of what is stored.
 * False: it makes no sense, or the store failed; the scope has failed. */
typedef bool nf_rewrite_fn(struct nf_write *w, struct nf_bytes key,
                           struct nf_bytes value);

/* Every record of a table; the number of them. */
uint64_t nf_rewrite(struct nf_write *w, nf_table_t table,
                    nf_rewrite_fn *rewrite);

/* Put what is made of several pieces. */
bool nf_rewrite_put(struct nf_write *w, nf_table_t table, struct nf_bytes key,
                    const struct nf_text pieces[], size_t n);

void nf_migrate_1(struct nf_write *w, struct nf_migration *done);
void nf_migrate_2(struct nf_write *w, struct nf_migration *done);

#endif
