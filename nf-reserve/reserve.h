#ifndef NF_RESERVE_RESERVE_H
#define NF_RESERVE_RESERVE_H

/*
 * The loop: what was asked since the last round is looked up, those that are
 * new are given addresses in one transaction, dnsmasq is told of them by few
 * files, and their questions are asked again.  The next round begins when
 * dnsmasq has answered one of them: it is busy with each file for as long as it
 * has leases, and more files would only queue.
 */

#include "round.h"

/* Serve until SIGTERM or SIGINT; false: it cannot go on. */
bool nf_reserve_run(struct nf_reserve *reserve);

#endif
