#ifndef NF_RESERVE_FIRMWARE_H
#define NF_RESERVE_FIRMWARE_H

/*
 * Firmware that asks for a boot file and is offered none: nobody else hears of
 * it, because it takes no address then.  Each machine is named in the log once
 * an hour at most, and in a file for `nf why`.
 */

#include "base/quota.h"
#include "dhcp/ask.h"
#include "dhcp/unserved.h"

struct nf_firmwares {
    struct nf_unserved each[NF_UNSERVED_MAX];
    nf_time_t said_at[NF_UNSERVED_MAX];
    size_t n;
    struct nf_quota said;
};

/* now: wall clock. */
void nf_firmware_asked(struct nf_firmwares *firmwares,
                       const struct nf_settings *settings,
                       const struct nf_ask *ask, nf_time_t now);

#endif
