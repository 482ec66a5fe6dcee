#ifndef NF_RELAY_BINDING_H
#define NF_RELAY_BINDING_H

/*
 * DHCP bindings: one file in NF_HOSTS_DIR for each node whose address is its
 * own, made level with the store by its log, and compared as a whole now and
 * then.  dhcp/host.h says what they hold.
 */

#include "compare.h"
#include "folder.h"
#include "forget.h"

struct nf_binding {
    struct nf_turn *turn;
    struct nf_compare *compare;
    struct nf_forget *forget;
    struct nf_folder folder; /* the files that there are, while looked at */
    nf_time_t stale_at;      /* look at them, 0: no need */
    struct nf_pace pace;
};

void nf_binding_close(struct nf_binding *binding);

/* Make these nodes' files what the store says. */
void nf_binding_look(struct nf_binding *binding, const nf_mac_t *macs,
                     size_t n);

/* The same for those files that there are, soon. */
void nf_binding_look_at_files(struct nf_binding *binding);

/* Go on with the files. */
nf_time_t nf_binding_run(struct nf_binding *binding);

#endif
