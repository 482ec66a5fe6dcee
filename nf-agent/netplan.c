/* netplan(5) */
#include "netjob.h"
#include "root.h"

#include <stdio.h>
#include <string.h>

static void
netplan_routes(struct nf_out *out, const struct nf_network *network)
{
    static const char *const all[] = {"0.0.0.0/0", "::/0"};
    bool is_first = true;

    for (int i = 0; i < 2; i++) {
        const struct nf_network_address *router = nf_netjob_router(network, i);
        if (router->bits == 0) {
            continue;
        }
        nf_out_printf(out, "%s{to: \"%s\", via: \"",
                      is_first ? "      routes: [" : ", ", all[i]);
        nf_netjob_ip(out, router->ip);
        nf_out_printf(out, "\"%s}",
                      nf_network_is_on_link(network, router) ? ", on-link: true"
                                                             : "");
        is_first = false;
    }
    nf_out_puts(out, is_first ? "" : "]\n");
}

static void
netplan_addresses(struct nf_out *out, const struct nf_network *network)
{
    nf_out_printf(out, "      dhcp4: %s\n%s",
                  network->is_dhcp ? "true" : "false",
                  network->is_dhcp ? "      dhcp-identifier: mac\n" : "");
    if (network->is_dhcp && network->dns_count > 0) {
        nf_out_puts(out, "      dhcp4-overrides: {use-dns: false}\n");
    }
    nf_out_printf(out, "      accept-ra: %s\n%s",
                  network->listens ? "true" : "false",
                  network->is_ipv6_off ? "      link-local: []\n" : "");
    for (int i = 0; i < network->address_count; i++) {
        nf_out_puts(out, i == 0 ? "      addresses: [\"" : ", \"");
        nf_netjob_address(out, &network->addresses[i]);
        nf_out_putc(out, '"');
    }
    nf_out_puts(out, network->address_count > 0 ? "]\n" : "");
    netplan_routes(out, network);
    for (int i = 0; i < network->dns_count; i++) {
        nf_out_puts(out,
                    i == 0 ? "      nameservers: {addresses: [\"" : ", \"");
        nf_netjob_ip(out, network->dns[i]);
        nf_out_putc(out, '"');
    }
    nf_out_puts(out, network->dns_count > 0 ? "]}\n" : "");
}

static void
netplan_mtu(struct nf_out *out, const struct nf_network *network)
{
    if (network->mtu != 0) {
        nf_out_printf(out, "      mtu: %d\n", network->mtu);
    }
}

/* What stands on a card has its MAC as well: a name of its own tells them
 * apart. */
static void
netplan_card(struct nf_out *out, const struct nf_network *network,
             const char *id, const char *member)
{
    bool is_mac = nf_member_is_mac(member);
    bool carries = network->bond[0] != '\0' || network->vlan != 0;

    nf_out_printf(out, "    %s:\n      match: {%s: \"%s\"}\n", id,
                  is_mac ? "macaddress" : "name", member);
    if (is_mac && carries) {
        nf_out_printf(out, "      set-name: %s\n", id);
    }
    netplan_mtu(out, network);
}

/* What carries others has no address of its own. */
static void
netplan_bare(struct nf_out *out)
{
    nf_out_puts(out, "      dhcp4: false\n      accept-ra: false\n"
                     "      link-local: []\n");
}

static void
netplan_bond(struct nf_out *out, const struct nf_network *network)
{
    char name[24];

    for (int i = 0; i < network->member_count; i++) {
        snprintf(name, sizeof name, "nf%d", i);
        netplan_card(out, network, name, network->members[i]);
        netplan_bare(out);
    }
    nf_out_printf(out, "  bonds:\n    \"%s\":\n      interfaces: [",
                  network->bond);
    for (int i = 0; i < network->member_count; i++) {
        nf_out_printf(out, "%snf%d", i > 0 ? ", " : "", i);
    }
    nf_out_printf(out,
                  "]\n      parameters: {mode: %s, "
                  "mii-monitor-interval: 100}\n",
                  network->bond_mode);
    netplan_mtu(out, network);
}

static void
netplan_vlan(struct nf_out *out, const struct nf_netjob *job)
{
    const struct nf_network *network = job->network;

    netplan_bare(out);
    nf_out_printf(out,
                  "  vlans:\n    \"%s\":\n      id: %d\n      link: \"%s\"\n",
                  job->vlan, network->vlan,
                  network->bond[0] != '\0' ? network->bond : "nf0");
    netplan_mtu(out, network);
}

/* cloud-init would write a file of its own. */
static bool
cloud_retire(struct nf_netjob *job)
{
    struct nf_out out = nf_netjob_text(job);

    nf_out_puts(&out, "network: {config: disabled}\n");
    return !nf_root_has(job->root, "/etc/cloud/cloud.cfg.d")
           || nf_netjob_put(job,
                            "/etc/cloud/cloud.cfg.d/99-nodefoundry-network.cfg",
                            0644, &out);
}

bool
nf_netplan_write(struct nf_netjob *job)
{
    const struct nf_network *network = job->network;
    struct nf_out out = nf_netjob_text(job);

    nf_out_puts(&out, "network:\n  version: 2\n  ethernets:\n");
    if (network->bond[0] != '\0') {
        netplan_bond(&out, network);
    } else {
        netplan_card(&out, network, "nf0", job->card);
    }
    if (network->vlan != 0) {
        netplan_vlan(&out, job);
    }
    netplan_addresses(&out, network);
    return nf_netjob_put(job, "/etc/netplan/90-nodefoundry.yaml", 0600, &out)
           && cloud_retire(job);
}
