#ifndef NF_RELAY_FOLLOW_H
#define NF_RELAY_FOLLOW_H

/*
 * Reading the store's log.  Events are hints of what to look at again (DHCP
 * bindings, deadlines), and they are published for those who listen.
 */

#include "base/address.h"
#include "base/text.h"
#include "turn.h"

/* Who is told of what stands in the log. */
struct nf_follow_user {
    void *of;
    /* Something happened; to these nodes, as far as files are concerned. */
    void (*looked)(void *of, const nf_mac_t *macs, size_t n);
    /* False: not now, ask again. */
    bool (*publish)(void *of, struct nf_text event);
};

struct nf_follow {
    struct nf_turn *turn;
    struct nf_follow_user user;
    uint64_t seen;      /* looked at; a start looks at everything instead */
    uint64_t told;      /* of reports: a line each in our own log */
    uint64_t published; /* waits while there is no broker */
    uint64_t saved;     /* published, as the store knows */
    nf_time_t look_at, save_at;
};

/* Go on where the last run ended; the very first one begins at the end of the
 * log.  False: said why. */
bool nf_follow_open(struct nf_follow *follow);

/* has_changed: there may be more to read.  Returns the tick to be run at
 * again. */
nf_time_t nf_follow_run(struct nf_follow *follow, bool has_changed,
                        bool may_publish);

/* Save the position now. */
void nf_follow_save(struct nf_follow *follow);

#endif
