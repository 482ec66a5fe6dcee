#ifndef NF_STORE_TALLIES_H
#define NF_STORE_TALLIES_H

/*
 * What became of commands to BMCs, by operation and driver.
 */

#include "model/tally.h"
#include "store/txn.h"

/* By the key "power_on/ipmi".  False: there is none, or the scope has failed.
 */
bool nf_tallies_get(struct nf_read *r, const char *key, struct nf_tally *tally);

bool nf_tallies_put(struct nf_write *w, const struct nf_tally *tally);

/* The next one in the order of keys; one of all zero: the first. */
bool nf_tallies_next(struct nf_read *r, struct nf_tally *tally);

void nf_tallies_key(const struct nf_tally *tally,
                    char key[static NF_TALLY_KEY]);

#endif
