#ifndef NF_STORE_CHECK_H
#define NF_STORE_CHECK_H

/*
 * Whether a store agrees with itself: its file is whole, every record can be
 * read, and the tables that lead to records have the rows that these give, and
 * no other.  What a record gives is said here a second time, apart from those
 * who write it.
 */

#include "store/store.h"

struct nf_check {
    /* Hears each fault, one line without its end. */
    void (*tell)(void *of, const char *fault);
    void *of;
    uint64_t records, rows, faults;
};

/* Looks at one moment of the store, beside writers; a file that is damaged is
 * one fault, and nothing else is looked at.  NF_OK also with faults; else the
 * store cannot be read. */
nf_error_t nf_store_check(nf_store_t *store, struct nf_check *check);

#endif
