#ifndef NF_STORE_REQUESTS_H
#define NF_STORE_REQUESTS_H

/*
 * What requests with an Idempotency-Key were answered, so that asking again
 * gives the same answer.
 */

#include "base/time.h"
#include "store/txn.h"

enum {
    NF_REQUEST_REPLY_MAX = 8192
};

/* What a POST with an Idempotency-Key was answered. */
struct nf_request {
    nf_time_t time;
    uint64_t body_hash;
    struct nf_text reply; /* status, location and body, as the API packs it */
};
bool nf_requests_get(struct nf_read *r, struct nf_text key,
                     struct nf_request *request);
bool nf_requests_put(struct nf_write *w, struct nf_text key,
                     const struct nf_request *request);

/* Forget those older than before, at most max. */
unsigned nf_requests_trim(struct nf_write *w, nf_time_t before, unsigned max);

#endif
