#ifndef NF_HOOK_REPORT_H
#define NF_HOOK_REPORT_H

/*
 * What dnsmasq says about a lease in argv and DNSMASQ_* (dnsmasq(8),
 * --dhcp-script), as a report.  Pure: no clock, no files, and nothing is
 * believed.  Nearly every value is what some client chose to send.
 */

#include "change/change.h"

struct nf_hook_call {
    int argc;
    const char *const *argv;
    const char *const *environment;
    nf_time_t now;
};

enum nf_hook_verb {
    NF_HOOK_USAGE,   /* not a call that dnsmasq makes */
    NF_HOOK_NOTHING, /* a call that is none of our business */
    NF_HOOK_REPORT,  /* a report was made */
    NF_HOOK_SENT,    /* a file was sent by TFTP */
    NF_HOOK_REFUSED, /* the lease makes no sense; the fault says why */
    NF_HOOK_INIT,    /* dnsmasq starts and wants its leases */
    NF_HOOK_HELP,
    NF_HOOK_VERSION,
};

/* *report is filled in for NF_HOOK_REPORT, *fault for NF_HOOK_REFUSED. */
enum nf_hook_verb nf_hook_parse(const struct nf_hook_call *call,
                                struct nf_lease_report *report,
                                struct nf_fault *fault);

/* Of NF_HOOK_SENT: whom, what and how much.  False: it makes no sense. */
struct nf_hook_sent {
    nf_ip4_t client;
    uint64_t size;
    struct nf_text path; /* borrowed from argv */
};
bool nf_hook_parse_sent(const struct nf_hook_call *call,
                        struct nf_hook_sent *sent);

#endif
