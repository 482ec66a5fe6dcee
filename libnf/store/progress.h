#ifndef NF_STORE_PROGRESS_H
#define NF_STORE_PROGRESS_H

/*
 * What installers and agents said of how far they are, by node and in order.
 * The latest NF_PROGRESS_KEEP of each node are kept.
 */

#include <assert.h>

#include "base/address.h"
#include "base/out.h"
#include "store/txn.h"

enum {
    NF_PROGRESS_KEEP = 128
};

struct nf_progress {
    uint64_t seq;  /* of its event */
    uint64_t task; /* 0: none existed yet */
    nf_time_t time;
    uint8_t percent;
    uint8_t reserved[7];
    char step[32];
    char message[128];
};

static_assert(sizeof(struct nf_progress) == 192, "stored: see docs/store.md");

/* progress->seq is the key; drops the oldest beyond what is kept. */
bool nf_progress_add(struct nf_write *w, nf_mac_t mac,
                     const struct nf_progress *progress);

/* The first of this node with a seq above after. */
bool nf_progress_next_of(struct nf_read *r, nf_mac_t mac, uint64_t after,
                         struct nf_progress *progress);

/*
 * A task's progress, in order: what its machine said before it had a task
 * belongs to the one that follows.
 *
 *     struct nf_progress_walk walk = {.mac = task->mac, .task = task->id};
 *     while (nf_progress_walk_next(r, &walk, &progress)) ...
 */
struct nf_progress_walk {
    nf_mac_t mac;
    uint64_t task;
    uint64_t at; /* the last one looked at */
    bool has_begun, has_own;
};
bool nf_progress_walk_next(struct nf_read *r, struct nf_progress_walk *walk,
                           struct nf_progress *progress);

/* The latest one. */
bool nf_progress_last_of(struct nf_read *r, nf_mac_t mac,
                         struct nf_progress *progress);

/* Forget all of a node. */
bool nf_progress_delete(struct nf_write *w, nf_mac_t mac);

/* Print the one of this event, as JSON.  False: there is none, or the scope has
 * failed. */
bool nf_progress_json(struct nf_read *r, nf_mac_t mac, uint64_t seq,
                      struct nf_out *out);

#endif
