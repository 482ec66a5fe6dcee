#ifndef NF_STORE_GENERATION_H
#define NF_STORE_GENERATION_H

/*
 * The log's generation: a random number that a restored store begins anew.
 * Sequence numbers repeat then; with the generation beside it, nothing that is
 * made of one does: tokens, ids of commands, positions of readers.
 */

#include "store/txn.h"

/* 0: the first one of a store that an earlier schema made. */
uint64_t nf_generation(struct nf_read *r);

/* From here on it is another one. */
bool nf_generation_begin(struct nf_write *w);

#endif
