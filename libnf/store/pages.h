#ifndef NF_STORE_PAGES_H
#define NF_STORE_PAGES_H

/*
 * Whether a store's file is whole, page by page.  LMDB trusts its file: what is
 * cut short or has a bit turned over ends the process that reads it, or keeps
 * it for ever.  So what comes from outside, a store of an earlier version or a
 * backup, is looked at here first, by read(2), each page once.
 */

#include "base/error.h"
#include "base/text.h"

/*
 * As its newest commit left it; nobody may write meanwhile.  NF_CORRUPT: the
 * fault's reason says what is wrong.  NF_NOT_FOUND, NF_IO, NF_NO_MEMORY.
 */
nf_error_t nf_pages_check(const char *path, struct nf_fault *fault);

/* The same of the commit of this number, which a reader must be holding;
 * NF_BUSY: two more were made before it could be found. */
nf_error_t nf_pages_check_of(int fd, uint64_t commit, struct nf_fault *fault);

/*
 * Before each start: that the file ends no earlier than its newest commit. That
 * costs two small reads; a file that ends earlier is looked at page by page,
 * for LMDB leaves what is free at the end unwritten.  NF_CUT: pages that are
 * led to are missing, and LMDB would end the process by SIGBUS.  NF_IO,
 * NF_NO_MEMORY.
 */
nf_error_t nf_pages_look(int fd);

#endif
