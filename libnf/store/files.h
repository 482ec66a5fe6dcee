#ifndef NF_STORE_FILES_H
#define NF_STORE_FILES_H

/*
 * The catalogue of boot files: which content stands at a path.  The contents
 * themselves are store/content.h's.
 */

#include "model/file.h"
#include "store/txn.h"

/* What stands at the path, as it was stored. */
bool nf_files_get(struct nf_read *r, struct nf_text path, struct nf_file *file);

bool nf_files_put(struct nf_write *w, const struct nf_file *file);
bool nf_files_delete(struct nf_write *w, struct nf_text path);

/* The first path behind `after` (empty: the first of all) that begins with
 * prefix, in order of bytes; json is what nf_file_json() printed. */
bool nf_files_next(struct nf_read *r, struct nf_text prefix,
                   struct nf_text after, struct nf_file *file,
                   struct nf_text *json);

#endif
