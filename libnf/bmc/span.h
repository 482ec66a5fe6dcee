#ifndef NF_BMC_SPAN_H
#define NF_BMC_SPAN_H

/*
 * Addresses that BMCs are looked for at, as an operator names them: an address,
 * "10.0.0.5-10.0.0.90", or a network "10.0.0.0/24" without the address of the
 * network itself and its broadcast's.
 */

#include "base/address.h"
#include "base/error.h"

enum {
    NF_SPANS_MAX = 64,
    NF_SPANS_ADDRESSES = 65536, /* of all of them together */
};

struct nf_span {
    uint32_t first, last;
};

struct nf_spans {
    size_t n;
    uint32_t total; /* addresses */
    struct nf_span each[NF_SPANS_MAX];
};

/* One more.  NF_INVALID: fault says why, without a field; spans is as it was.
 */
nf_error_t nf_spans_add(struct nf_spans *spans, struct nf_text text,
                        struct nf_fault *fault);

/* The address of this number, below spans->total. */
nf_ip4_t nf_spans_at(const struct nf_spans *spans, uint32_t number);

#endif
