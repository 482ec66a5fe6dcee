#ifndef NF_STORE_ROOM_H
#define NF_STORE_ROOM_H

/*
 * How much may still be written.  The last part of it, the reserve, is for
 * what makes room again; a file of that size beside the store (path-ballast)
 * keeps as much of the disk for it.
 */

#include "store/txn.h"

struct nf_room {
    uint64_t map;     /* bytes of the map never used yet */
    uint64_t free;    /* bytes of pages that are free to be used again */
    uint64_t disk;    /* bytes of the disk, without what the ballast lacks */
    uint64_t reserve; /* less than this is only for cleaning */
};

/* Free pages are counted up to a bound.  Costs more than a read should. */
nf_error_t nf_room_measure(struct nf_read *r, struct nf_room *room);

/* What can be written: used pages again, and new ones where map and disk have
 * room. */
uint64_t nf_room_left(const struct nf_room *room);

/*
 * Before a write, with no scope open: whether so little is left that only
 * cleaning may go on.  Gives the ballast up for cleaning when the disk is full,
 * and makes it again when it is not.  What cannot be measured is not low.
 */
bool nf_room_prepare(nf_store_t *store, bool is_cleaning);

/* The file that nf_room_prepare() then fills.  A store without one does
 * without. */
nf_error_t nf_room_open(nf_store_t *store, const char *path);

#endif
