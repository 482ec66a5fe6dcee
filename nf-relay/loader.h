#ifndef NF_RELAY_LOADER_H
#define NF_RELAY_LOADER_H

/*
 * The files that PXELINUX and GRUB read by TFTP: one for each node that has
 * something to do (GRUB's also for nodes that boot their own disk), made level
 * with the store by its log, and compared as a whole now and then.
 */

#include "base/address.h"
#include "pace.h"
#include "render/templates.h"

struct nf_loader_files {
    nf_templates_t *templates; /* NULL: they could not be read */
    uint8_t key[32];
    bool has_key;
    nf_time_t compare_at; /* all nodes with their files */
    struct nf_pace pace;
};

struct nf_relay;

/* Read templates and key, and compare everything soon; also after SIGHUP. */
void nf_loader_open(struct nf_relay *relay);
void nf_loader_close(struct nf_relay *relay);

/* Make this node's files what the store says, and tell its task. */
void nf_loader_look(struct nf_relay *relay, nf_mac_t mac);

/* Compare when it is time; returns the tick to be run at again. */
nf_time_t nf_loader_run(struct nf_relay *relay);

#endif
