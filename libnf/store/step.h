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

/* A table that there is no more today: what stands under a key (false: nothing,
 * or the scope has failed), and the end of it. */
bool nf_old_table_get(struct nf_write *w, const char *name, struct nf_bytes key,
                      struct nf_bytes *value);
void nf_old_table_drop(struct nf_write *w, const char *name);

void nf_migrate_1(struct nf_write *w, struct nf_migration *done);
void nf_migrate_2(struct nf_write *w, struct nf_migration *done);

#endif
