#ifndef NF_CHANGE_CONSOLE_H
#define NF_CHANGE_CONSOLE_H

/*
 * The consoles of machines that nf-agent is in the RAM of: no events, bounded
 * for each and for all, and gone a day after the last line.
 */

#include "change/change.h"

/* What an agent prints, counted from its own start. */
struct nf_console_piece {
    uint64_t session; /* a number of its own, of this start */
    uint64_t offset;  /* where text begins */
    struct nf_text text;
};

/*
 * Keep it; *pause is how many seconds the agent is to wait before it sends
 * more, 0: nothing of this machine is wanted now (it has no task, or no room is
 * left).  NF_BUSY: it was told to wait and did not.
 */
nf_error_t nf_change_console(struct nf_change *c, nf_mac_t mac,
                             const struct nf_console_piece *piece,
                             unsigned *pause);

/* For the clock: let it go when its time is over; returns when to look again,
 * 0: there is none. */
nf_time_t nf_change_console_look(struct nf_change *c, nf_mac_t mac);

#endif
