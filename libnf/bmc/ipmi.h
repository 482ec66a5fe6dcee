#ifndef NF_BMC_IPMI_H
#define NF_BMC_IPMI_H

/*
 * IPMI v2.0 as `ipmitool shell` is told it and tells it: raw requests, hex
 * bytes, and sentences when something fails.  Raw, because ipmitool's own
 * words for boot devices lose one of "efiboot,persistent", and some of its
 * commands erase sensor records.
 */

#include "bmc/device.h"

enum {
    NF_IPMI_LINE = 64,
    NF_IPMI_FRU_MAX = 512,
    NF_IPMI_PASSWORD_MAX = 20, /* section 22.30: bytes of a password */
};

/* What is asked in one session; begins zeroed, with its ask. */
struct nf_ipmi_talk {
    struct nf_bmc_ask ask;
    unsigned n;     /* the request that is at work */
    size_t fru_len; /* bytes that were read of what follows */
    size_t fru_at, fru_end;
    uint8_t fru[NF_IPMI_FRU_MAX];
};

/* The next request, without an end of line; false: there is none more. */
bool nf_ipmi_request(struct nf_ipmi_talk *talk, char line[static NF_IPMI_LINE]);

/* What ipmitool printed for that request.  False: the ask has failed, as told
 * says.  Any bytes may come. */
bool nf_ipmi_reply(struct nf_ipmi_talk *talk, struct nf_text text,
                   struct nf_bmc_told *told);

/* Why there is no session, by what `ipmitool -v` printed; NF_BMC_UNREACHABLE
 * when it did not say. */
enum nf_bmc_cause nf_ipmi_cause(struct nf_text text);

/* Whether a session that failed so may come about at the level "operator". */
bool nf_ipmi_asks_for_operator(struct nf_text text);

#endif
