#ifndef NF_STORE_EXPIRY_H
#define NF_STORE_EXPIRY_H

/*
 * When to look at a record again, because its time could be over by then.
 * Nearly always it is not: a lease was renewed, a heartbeat came; but neither
 * touches this index.  Who looks files the record again, or drops it.
 */

#include "store/txn.h"

/* Stored: permanent numbers. */
enum nf_expiry_kind {
    NF_EXPIRY_LEASE = 1,   /* id: its address */
    NF_EXPIRY_NODE = 2,    /* id: its MAC; one that is online */
    NF_EXPIRY_CONSOLE = 3, /* id: the machine's MAC */
};

enum {
    NF_EXPIRY_ID = 8,
};

struct nf_expiry {
    enum nf_expiry_kind kind;
    size_t id_len;
    uint8_t id[NF_EXPIRY_ID];
};

/* Look at it then, instead of when it was filed before. */
bool nf_expiry_file(struct nf_write *w, enum nf_expiry_kind kind,
                    struct nf_bytes id, nf_time_t at);

/* The same, unless it is filed for that time or an earlier one. */
bool nf_expiry_file_by(struct nf_write *w, enum nf_expiry_kind kind,
                       struct nf_bytes id, nf_time_t at);

/* One that is not filed is fine. */
bool nf_expiry_drop(struct nf_write *w, enum nf_expiry_kind kind,
                    struct nf_bytes id);

/* When it is filed for; -1: it is not. */
nf_time_t nf_expiry_at(struct nf_read *r, enum nf_expiry_kind kind,
                       struct nf_bytes id);

/* Those to be looked at by now, earliest first, at most max.  *next is when
 * the first of the others is, INT64_MAX: there is none. */
size_t nf_expiry_due(struct nf_read *r, nf_time_t now, struct nf_expiry *due,
                     size_t max, nf_time_t *next);

/* Move to the next record that is filed, in the order of kind and id; from one
 * of kind 0 to the first.  False: there is none, or the scope has failed. */
bool nf_expiry_next(struct nf_read *r, struct nf_expiry *at);

#endif
