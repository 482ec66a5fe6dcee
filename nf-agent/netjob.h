#ifndef NF_AGENT_NETJOB_H
#define NF_AGENT_NETJOB_H

/*
 * Writing a network in the words of one of those that manage networks: what
 * the three files that do so share.
 */

#include "base/out.h"
#include "network.h"

#include <sys/types.h>

enum {
    NF_NETJOB_TEXT = 8192
};

struct nf_netjob {
    const struct nf_network *network;
    char card[NF_MEMBER_SIZE]; /* without a bond: its MAC, or its name */
    char vlan[NF_CARD_SIZE];   /* the name of its device */
    int root;
    char *fault;
    size_t size;
    char text[NF_NETJOB_TEXT];
};

bool nf_networkd_write(struct nf_netjob *job);
bool nf_netplan_write(struct nf_netjob *job);
bool nf_keyfiles_write(struct nf_netjob *job);

/* A file's text that begins; it stands in the job, one at a time. */
struct nf_out nf_netjob_text(struct nf_netjob *job);

/* False and a sentence when it is too long, or cannot be written. */
bool nf_netjob_put(struct nf_netjob *job, const char *path, mode_t mode,
                   const struct nf_out *out);

/* "10.0.0.5/24", and an address alone. */
void nf_netjob_address(struct nf_out *out,
                       const struct nf_network_address *address);
void nf_netjob_ip(struct nf_out *out, struct nf_ip ip);

/* The router of IPv4, or that of IPv6; its bits are 0 when there is none. */
const struct nf_network_address *
nf_netjob_router(const struct nf_network *network, bool is_v6);

#endif
