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

/* What there is too little of for an ordinary change, as far as can be
 * measured. */
enum nf_room_lack {
    NF_ROOM_ENOUGH,
    NF_ROOM_MAP,  /* the store has reached its size */
    NF_ROOM_DISK, /* it cannot grow */
};

/* *size: of the map.  Free pages are only counted where there is nothing else:
 * for readers that come every few seconds. */
enum nf_room_lack nf_room_lacks(struct nf_read *r, uint64_t *size);

/*
 * In a write that has changed nothing yet: how many bytes may go in before only
 * the reserve is left; 0: no more than that is.  What was seen of the disk is
 * believed for some commits while there is plenty.  Gives the ballast up for
 * cleaning when the disk is full, and makes it again when it is not.  What
 * cannot be measured is plenty.
 */
uint64_t nf_room_allowance(nf_store_t *store, bool is_cleaning);

/* The same with free pages, which cost more to count, for who needs more. */
uint64_t nf_room_recount(nf_store_t *store);

#endif
