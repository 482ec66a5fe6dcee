#ifndef NF_STORE_VOICES_H
#define NF_STORE_VOICES_H

/*
 * When a machine last gave a sign that is no heartbeat of its installed
 * system's agent: that one's time is in the node's record.  NF_VOICES.
 */

#include "base/address.h"
#include "base/out.h"
#include "store/txn.h"

/* Stored.  Times are 0 where that was never heard. */
struct nf_voices {
    nf_time_t in_ram;      /* nf-agent in RAM, which speaks HTTP */
    nf_time_t at_script;   /* asked for its boot script, and got none */
    nf_time_t reserved[2]; /* 0 */
};

/* All zero where nothing was heard, and where the scope has failed. */
struct nf_voices nf_voices_get(struct nf_read *r, nf_mac_t node);

bool nf_voices_put(struct nf_write *w, nf_mac_t node,
                   const struct nf_voices *voices);

/* Print them; false: the scope has failed. */
bool nf_voices_json(struct nf_read *r, nf_mac_t node, struct nf_out *out);

#endif
