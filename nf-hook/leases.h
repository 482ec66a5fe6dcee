#ifndef NF_HOOK_LEASES_H
#define NF_HOOK_LEASES_H

/*
 * The store as dnsmasq's lease database (dnsmasq(8), --leasefile-ro): when it
 * starts it reads what `init` prints, in the format of its lease file.
 */

#include "base/text.h"
#include "model/settings.h"

/*
 * Print every lease on standard output, what waits in the spool included.
 * Returns the exit status; with anything but 0 dnsmasq refuses to start,
 * which is better than giving out addresses that are in use.
 */
int nf_hook_print_leases(const struct nf_settings *settings, nf_time_t now);

#endif
