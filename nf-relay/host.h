#ifndef NF_RELAY_HOST_H
#define NF_RELAY_HOST_H

/*
 * One DHCP binding as dnsmasq reads it (dhcp-host=): the line, and its file in
 * NF_HOSTS_DIR, which is named by the MAC.
 */

#include "model/node.h"
#include "model/settings.h"
#include "put.h"

enum {
    NF_HOST_LINE = 128,
    NF_HOST_PATH = NF_SETTING_MAX + 32,
};

struct nf_host {
    nf_mac_t mac;
    size_t len; /* 0: there must be no file */
    char line[NF_HOST_LINE];
};

/* "52:54:00:00:00:01,10.66.0.21,node7\n", for a node that has an address. */
struct nf_host nf_host_of(const struct nf_node *node);

void nf_host_path(const char *dir, nf_mac_t mac,
                  char path[static NF_HOST_PATH]);

/* dnsmasq sees the whole file or none. */
enum nf_put_result nf_host_put(const char *dir, const struct nf_host *host);

bool nf_host_exists(const char *dir, nf_mac_t mac);

#endif
