#ifndef NF_RESERVE_SILENCE_H
#define NF_RESERVE_SILENCE_H

/*
 * Cards that dnsmasq should answer and does not: it holds their address for
 * somebody else's, by a file of the operator's, say.  Nobody would ever tell
 * such a machine.
 */

#include "base/card.h"
#include "base/time.h"

enum {
    NF_SILENT_CARDS = 128,
};

struct nf_silence {
    struct {
        struct nf_card card; /* len 0: free */
        nf_time_t since, last;
        unsigned asked;
    } each[NF_SILENT_CARDS];
    nf_time_t answered_at; /* dnsmasq answered anybody */
    nf_time_t
        quiet_since;  /* tick; 0: it answered since anybody asked in vain */
    unsigned in_vain; /* since then */
};

/* The card asked for an address that dnsmasq was told of, and so did we, in
 * vain.  True: that is so for long, although others were answered. */
bool nf_silence_asked(struct nf_silence *silence, const struct nf_card *card,
                      nf_time_t tick);

/* A machine, whichever, has asked in vain.  Since which tick all have, 0: that
 * is not so for long. */
nf_time_t nf_silence_of_all(struct nf_silence *silence, nf_time_t tick);

void nf_silence_answered(struct nf_silence *silence, const struct nf_card *card,
                         nf_time_t tick);

#endif
