#include "netfile.h"

#include "log.h"
#include "netjob.h"
#include "root.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* What an installer, or whoever made the image, wrote for the same cards: the
 * order says what the network is, and nothing beside it. */
/* clang-format off */
static const struct {
    const char *folder, *prefix, *suffix, *kept;
} others[] = {
    { "/etc/netplan",                           "",       ".yaml",    "" },
    { "/etc/NetworkManager/system-connections", "",       "",         "" },
    { "/etc/sysconfig/network-scripts",         "ifcfg-", "",         "ifcfg-lo" },
    { "/etc/systemd/network",                   "",       ".network", "" },
    { "/etc/systemd/network",                   "",       ".netdev",  "" },
};

static const struct {
    const char *name, *program;
    bool (*write)(struct nf_netjob *job);
} ways[] = {
    { "netplan",        "/usr/sbin/netplan",        nf_netplan_write },
    { "NetworkManager", "/usr/sbin/NetworkManager", nf_keyfiles_write },
    { "networkd",       "/lib/systemd/systemd-networkd", nf_networkd_write },
};
/* clang-format on */

static bool
others_clear(struct nf_netjob *job)
{
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (!nf_root_clear(job->root, others[i].folder, others[i].prefix,
                           others[i].suffix, others[i].kept))
        {
            snprintf(job->fault, job->size,
                     "cannot clear %s of the new system: %s", others[i].folder,
                     strerror(errno));
            return false;
        }
    }
    return true;
}

/* The card that carries the addresses, or the VLAN. */
static void
card_choose(struct nf_netjob *job, nf_mac_t mac)
{
    const struct nf_network *network = job->network;
    const char *named = network->vlan != 0 && network->vlan_link[0] != '\0'
                            ? network->vlan_link
                            : network->card;

    nf_mac_format_divided(mac, ':', job->card);
    if (named[0] != '\0') {
        snprintf(job->card, sizeof job->card, "%s", named);
    }
}

bool
nf_netfiles_write(const struct nf_network *network, nf_mac_t mac, int root,
                  char *fault, size_t size)
{
    struct nf_netjob job = {
        .network = network, .root = root, .fault = fault, .size = size};

    card_choose(&job, mac);
    snprintf(job.vlan, sizeof job.vlan, "vlan%d", network->vlan);
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        if (nf_root_has(root, ways[i].program)) {
            nf_log(NF_LOG_INFO, "the network is configured for %s",
                   ways[i].name);
            return others_clear(&job) && ways[i].write(&job);
        }
    }
    snprintf(fault, size,
             "the new system has none of netplan, NetworkManager "
             "and systemd-networkd");
    return false;
}
