#ifndef NF_RELAY_FORGET_H
#define NF_RELAY_FORGET_H

/*
 * Making dnsmasq forget what it was told by a file that is gone, or says
 * something else: only a SIGHUP does, and has it repeat every lease.  So one
 * for all that changes within 5 s.
 */

#include "turn.h"

struct nf_forget {
    struct nf_turn *turn;
    nf_time_t at;   /* when it goes out, 0: dnsmasq has nothing to forget */
    unsigned count; /* of those that went out, or were not needed */
};

/* Do what the last run may have left undone. */
void nf_forget_open(struct nf_forget *forget);

/* Before the file is changed: a crash in between must not be forgotten. */
void nf_forget_soon(struct nf_forget *forget);

/* The tick to be run at again. */
nf_time_t nf_forget_run(struct nf_forget *forget);

#endif
