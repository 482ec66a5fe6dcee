#ifndef NF_STORE_HARDWARE_H
#define NF_STORE_HARDWARE_H

/*
 * The hardware that nf-agent found in a node, and reports that fit no task.
 */

#include <assert.h>

#include "base/address.h"
#include "store/txn.h"

enum {
    NF_HARDWARE_JSON_MAX = 256 * 1024
};

struct nf_hardware {
    nf_time_t reported_at;
    struct nf_text json; /* the object as reported, checked; in the store */
};

bool nf_hardware_get(struct nf_read *r, nf_mac_t mac,
                     struct nf_hardware *hardware);
bool nf_hardware_put(struct nf_write *w, nf_mac_t mac,
                     const struct nf_hardware *hardware);
bool nf_hardware_delete(struct nf_write *w, nf_mac_t mac);

/* Stored: a number never gets another meaning. */
enum nf_unmatched_reason {
    NF_UNMATCHED_NO_TASK = 0,      /* nobody asked for this machine yet */
    NF_UNMATCHED_SERIAL_CLASH = 1, /* another node has this serial number */
    NF_UNMATCHED_SERIAL_OTHER = 2, /* its task names another serial number */
    NF_UNMATCHED_MAC_OTHER = 3, /* the task of this serial names another MAC */
};

/* The words of enum nf_unmatched_reason, NULL at the end. */
extern const char *const nf_unmatched_reasons[];

struct nf_unmatched {
    nf_time_t first_seen, last_seen;
    uint64_t task; /* the one that nearly fits, 0: none */
    nf_mac_t mac;
    nf_mac_t other; /* the node or task it clashes with, zero: none */
    uint16_t count;
    uint8_t reason; /* enum nf_unmatched_reason */
    uint8_t reserved;
    char sn[64];
};

static_assert(sizeof(struct nf_unmatched) == 104, "stored: see docs/store.md");

bool nf_unmatched_get(struct nf_read *r, nf_mac_t mac,
                      struct nf_unmatched *unmatched);

/* One says that the machine is another than its node or task means. */
bool nf_unmatched_is_clash(struct nf_read *r, nf_mac_t mac);
bool nf_unmatched_put(struct nf_write *w, const struct nf_unmatched *unmatched);
bool nf_unmatched_delete(struct nf_write *w, nf_mac_t mac);

/* All, in order of MAC: the first (after NULL) or the next one. */
bool nf_unmatched_next(struct nf_read *r, const nf_mac_t *after,
                       struct nf_unmatched *unmatched);

#endif
