#ifndef NF_API_BMC_METRICS_H
#define NF_API_BMC_METRICS_H

/*
 * What became of commands to BMCs, as Prometheus reads it.
 */

#include "base/out.h"
#include "store/txn.h"

/* Bytes that nf_bmc_metrics_put() takes at most. */
size_t nf_bmc_metrics_room(struct nf_read *r);

/* idc: the site. */
void nf_bmc_metrics_put(struct nf_out *out, struct nf_read *r, const char *idc);

#endif
