#ifndef NF_RELAY_RESERVED_H
#define NF_RELAY_RESERVED_H

/*
 * The files of reservations (dhcp/host.h).  nf-reserve writes them at a card's
 * first sight; what is here is their end: a reservation that was dropped goes
 * out of its file, dnsmasq forgets it, and only then its address may be given
 * to another card.  A file that is wrong or missing is written anew.
 */

#include "compare.h"
#include "forget.h"

enum {
    NF_RESERVED_MAX = 4096, /* that are dropped at once */
};

struct nf_reserved {
    struct nf_turn *turn;
    struct nf_compare *compare;
    struct nf_forget *forget;
    nf_ip4_t dropped[NF_RESERVED_MAX];
    size_t dropped_n;      /* dnsmasq is to forget these */
    unsigned forget_count; /* when it has */
    nf_time_t look_at;     /* for those that were dropped */
    nf_time_t repair_at;   /* the files are compared, 0: no need */
    struct nf_pace pace;
};

/* Compare every file with the store, soon. */
void nf_reserved_look_at_files(struct nf_reserved *reserved);

/* The tick to be run at again. */
nf_time_t nf_reserved_run(struct nf_reserved *reserved);

#endif
