#ifndef NF_STORE_GIVEN_H
#define NF_STORE_GIVEN_H

/*
 * The rows of other tables that lead to a record, worked out from the record.
 * Said here a second time, apart from those who write them, for whoever checks
 * them.
 */

#include <assert.h>

#include "model/label.h"
#include "store/cards.h"
#include "store/resource.h"

static_assert((int) NF_CARDS_MAX <= (int) NF_LABELS, "they fit");

enum {
    NF_GIVEN_MAX = NF_LABELS, /* rows of one record */
    NF_GIVEN_KEY = 2 * NF_LABEL_MAX + 16,
};

struct nf_given {
    size_t n;
    struct nf_given_row {
        nf_table_t table;
        bool is_shared; /* another record may have taken it, and given it up */
        size_t len;
        uint8_t key[NF_GIVEN_KEY];
    } row[NF_GIVEN_MAX];
};

/* Those of the record at a place of this table; none where no other table leads
 * to it.  False: it is not there, or (r has failed) makes no sense. */
bool nf_given_by(struct nf_read *r, nf_table_t of,
                 const struct nf_resource_at *at, struct nf_given *given);

#endif
