#ifndef NF_RELAY_FOLLOW_H
#define NF_RELAY_FOLLOW_H

/*
 * Reading the store's log.  Events are hints of what to look at again (DHCP
 * bindings, deadlines), and they are published for those who listen.
 */

#include "base/text.h"

struct nf_follow {
    uint64_t seen;      /* looked at; a start looks at everything instead */
    uint64_t told;      /* of reports: a line each in our own log */
    uint64_t published; /* waits while there is no broker */
    uint64_t saved;     /* published, as the store knows */
    nf_time_t look_at, save_at;
};

struct nf_relay;

/* Go on where the last run ended; the very first one begins at the end of the
 * log.  False: said why. */
bool nf_follow_open(struct nf_relay *relay);

nf_time_t nf_follow_run(struct nf_relay *relay);

/* Save the position now. */
void nf_follow_save(struct nf_relay *relay);

#endif
