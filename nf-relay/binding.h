#ifndef NF_RELAY_BINDING_H
#define NF_RELAY_BINDING_H

/*
 * DHCP bindings: one file in NF_HOSTS_DIR for each node that must keep its
 * address, because a task runs on it or an operator gave it the address.  The
 * file is named by the MAC and holds one line of dnsmasq's dhcp-host:
 *
 *     52:54:00:00:00:01,10.66.0.21,node7
 *
 * dnsmasq takes in what appears or changes by itself; what goes away it only
 * forgets on SIGHUP, which makes it repeat every lease: one in 5 s at most.
 * Never "set:" here: that crashes dnsmasq 2.90 on SIGHUP.
 */

#include "compare.h"
#include "folder.h"

struct nf_binding {
    struct nf_turn *turn;
    struct nf_compare *compare;
    struct nf_folder folder; /* the files that there are, while looked at */
    nf_time_t stale_at;      /* look at them, 0: no need */
    nf_time_t hup_at;        /* 0: dnsmasq has nothing to forget */
    struct nf_pace pace;
};

/* Do what the last run may have left undone. */
void nf_binding_open(struct nf_binding *binding);
void nf_binding_close(struct nf_binding *binding);

/* Make these nodes' files what the store says. */
void nf_binding_look(struct nf_binding *binding, const nf_mac_t *macs,
                     size_t n);

/* The same for those files that there are, soon. */
void nf_binding_look_at_files(struct nf_binding *binding);

/* Go on with the files, and tell dnsmasq when it is time. */
nf_time_t nf_binding_run(struct nf_binding *binding);

#endif
