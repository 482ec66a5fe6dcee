#ifndef NF_HOOK_DELIVER_H
#define NF_HOOK_DELIVER_H

/*
 * Bringing one report home: into the store, or else into the spool.
 */

#include "change/change.h"
#include "report.h"

/* Whole seconds; dnsmasq calls one script at a time and waits for it. */
enum {
    NF_HOOK_PATIENCE = 3
};

/*
 * Returns the exit status: 0, the report is on disk; 1, it is lost until
 * dnsmasq repeats it.  When the store keeps us waiting longer than
 * NF_HOOK_PATIENCE, this does not return: the process ends from the signal
 * handler, with the report in the spool.
 */
int nf_hook_deliver(const struct nf_settings *settings,
                    const struct nf_lease_report *report, nf_time_t now);

/*
 * A file was sent by TFTP: noted with the node that leases the client's
 * address, while it is being installed.  What the store does not take at once
 * is lost, since the next file tells as much.
 */
void nf_hook_note_sent(const struct nf_settings *settings,
                       const struct nf_hook_sent *sent, nf_time_t now);

#endif
