#ifndef NF_BMC_SNMP_SESSION_H
#define NF_BMC_SNMP_SESSION_H

/*
 * Requests by SNMP v2c or v3 to one switch, one at a time, in the loop.  How
 * often one is sent, and how long is waited, is ours; nothing of net-snmp's
 * files is read or written.
 */

#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>

#include "port/operation.h"
#include "port/snmp.h"
#include "switch.h"

struct nf_snmp_session {
    struct nf_loop *loop;
    const struct nf_device *device;
    /* With the answer, until it returns; NULL: none came, cause and words
     * say why.  Never called from within nf_snmp_send(). */
    void (*answered)(struct nf_snmp_session *session, netsnmp_pdu *answer);
    enum nf_switch_cause cause;
    char words[NF_SWITCH_WORDS];
    uint32_t asked; /* requests that were sent, anew too */

    void *handle; /* net-snmp's; NULL: not open */
    struct nf_watch watch;
    struct nf_timer timer;
    netsnmp_pdu *request, *answer;
    unsigned tries, tries_max;
    int event; /* net-snmp's callback operation; 0: none */
    bool is_probing, has_answered;
};

/* loop, device and answered are set already.  False: cause and words say why
 * not. */
bool nf_snmp_open(struct nf_snmp_session *session);
void nf_snmp_close(struct nf_snmp_session *session);

/* The request is ours from now on.  vlan: in whose view, 0: in none; there
 * silence is believed sooner. */
void nf_snmp_send(struct nf_snmp_session *session, netsnmp_pdu *request,
                  unsigned vlan);

#endif
