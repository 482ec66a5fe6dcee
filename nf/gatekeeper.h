#ifndef NF_GATEKEEPER_H
#define NF_GATEKEEPER_H

/*
 * DHCP must go on without nf-reserve: whenever that is dead, or silent, dnsmasq
 * is let answer from its own pool (dhcp/gate.h).
 */

#include "children.h"

/* Open the gate.  False: said why. */
bool nf_gatekeeper_open(const struct nf_settings *settings);

/* Whenever a child has ended, and when it is due: also before the first one
 * starts.  One that hangs is killed, to be started again. */
void nf_gatekeeper_look(struct nf_children *children, int64_t now);

/* When to look next; INT64_MAX: never. */
int64_t nf_gatekeeper_due(const struct nf_children *children);

#endif
