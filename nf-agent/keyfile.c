/* NetworkManager: nm-settings-keyfile(5) */
#include "netjob.h"
#include "root.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* CentOS 7 has NetworkManager 1.18. */
static bool
is_old(const struct nf_netjob *job)
{
    char *release = nf_root_read(job->root, "/etc/os-release");
    bool is_7 = release != NULL && strstr(release, "VERSION_ID=\"7") != NULL;

    free(release);
    return is_7;
}

/* "disabled" came with 1.20; before, NetworkManager can only leave it alone. */
static const char *
keyfile_no_ipv6(const struct nf_netjob *job)
{
    return is_old(job) ? "ignore" : "disabled";
}

static void
keyfile_dns(struct nf_out *out, const struct nf_network *network, bool is_v6)
{
    bool is_first = true;

    for (int i = 0; i < network->dns_count; i++) {
        if (network->dns[i].is_v6 == is_v6) {
            nf_out_puts(out, is_first ? "dns=" : "");
            nf_netjob_ip(out, network->dns[i]);
            nf_out_putc(out, ';');
            is_first = false;
        }
    }
    nf_out_puts(out, is_first ? "" : "\n");
    nf_out_puts(out, network->dns_count > 0 ? "ignore-auto-dns=true\n" : "");
}

static void
keyfile_kind(struct nf_out *out, const struct nf_network *network, bool is_v6)
{
    const struct nf_network_address *router = nf_netjob_router(network, is_v6);
    int n = 0;

    for (int i = 0; i < network->address_count; i++) {
        if (network->addresses[i].ip.is_v6 == is_v6) {
            nf_out_printf(out, "address%d=", ++n);
            nf_netjob_address(out, &network->addresses[i]);
            nf_out_putc(out, '\n');
        }
    }
    if (router->bits != 0) {
        nf_out_puts(out, is_v6 ? "route1=::/0," : "route1=0.0.0.0/0,");
        nf_netjob_ip(out, router->ip);
        nf_out_puts(out, nf_network_is_on_link(network, router)
                             ? "\nroute1_options=onlink=true\n"
                             : "\n");
    }
    keyfile_dns(out, network, is_v6);
}

static void
keyfile_addresses(struct nf_out *out, const struct nf_netjob *job)
{
    const struct nf_network *network = job->network;

    nf_out_printf(out, "\n[ipv4]\nmethod=%s\n",
                  network->is_dhcp                 ? "auto\ndhcp-client-id=mac"
                  : nf_network_has(network, false) ? "manual"
                                                   : "disabled");
    if (network->is_dhcp || nf_network_has(network, false)) {
        keyfile_kind(out, network, false);
    }
    nf_out_printf(out, "\n[ipv6]\nmethod=%s\n",
                  network->is_ipv6_off ? keyfile_no_ipv6(job)
                  : network->listens   ? "auto"
                                       : "manual");
    if (!network->is_ipv6_off) {
        keyfile_kind(out, network, true);
    }
}

static void
keyfile_card(struct nf_out *out, const char *id, const char *member)
{
    nf_out_printf(out, "[connection]\nid=%s\ntype=ethernet\n", id);
    if (!nf_member_is_mac(member)) {
        nf_out_printf(out, "interface-name=%s\n", member);
    }
}

/* What the device is told of its link; member "": it is no card. */
static void
keyfile_link(struct nf_out *out, const struct nf_network *network,
             const char *member)
{
    bool is_mac = nf_member_is_mac(member);

    nf_out_puts(out, is_mac || network->mtu != 0 ? "\n[ethernet]\n" : "");
    if (is_mac) {
        nf_out_printf(out, "mac-address=%s\n", member);
    }
    if (network->mtu != 0) {
        nf_out_printf(out, "mtu=%d\n", network->mtu);
    }
}

static bool
keyfile_put(struct nf_netjob *job, const char *id, const struct nf_out *out)
{
    char path[128];

    snprintf(path, sizeof path,
             "/etc/NetworkManager/system-connections/%s.nmconnection", id);
    return nf_netjob_put(job, path, 0600, out);
}

static bool
keyfile_members(struct nf_netjob *job)
{
    const struct nf_network *network = job->network;

    for (int i = 0; i < network->member_count; i++) {
        struct nf_out out = nf_netjob_text(job);
        char id[40];
        snprintf(id, sizeof id, "nodefoundry-member%d", i);
        keyfile_card(&out, id, network->members[i]);
        nf_out_printf(&out, "master=%s\nslave-type=bond\n", network->bond);
        keyfile_link(&out, network, network->members[i]);
        if (!keyfile_put(job, id, &out)) {
            return false;
        }
    }
    return true;
}

static bool
keyfile_vlan(struct nf_netjob *job)
{
    const struct nf_network *network = job->network;
    bool is_named = network->bond[0] != '\0' || !nf_member_is_mac(job->card);
    struct nf_out out = nf_netjob_text(job);

    nf_out_printf(&out,
                  "[connection]\nid=nodefoundry-vlan\ntype=vlan\n"
                  "interface-name=%s\n\n[vlan]\nid=%d\n",
                  job->vlan, network->vlan);
    if (is_named) {
        nf_out_printf(&out, "parent=%s\n",
                      network->bond[0] != '\0' ? network->bond : job->card);
    }
    /* without a parent's name the card is found by its MAC */
    keyfile_link(&out, network, is_named ? "" : job->card);
    keyfile_addresses(&out, job);
    return keyfile_put(job, "nodefoundry-vlan", &out);
}

static void
keyfile_top(struct nf_out *out, const struct nf_netjob *job)
{
    if (job->network->vlan == 0) {
        keyfile_addresses(out, job);
    } else {
        nf_out_printf(out, "\n[ipv4]\nmethod=disabled\n\n[ipv6]\nmethod=%s\n",
                      keyfile_no_ipv6(job));
    }
}

/* A card without a connection gets one by DHCP, unless this is said. */
static bool
automatic_retire(struct nf_netjob *job)
{
    struct nf_out out = nf_netjob_text(job);

    nf_out_puts(&out, "[main]\nno-auto-default=*\n");
    return nf_netjob_put(job, "/etc/NetworkManager/conf.d/90-nodefoundry.conf",
                         0644, &out);
}

bool
nf_keyfiles_write(struct nf_netjob *job)
{
    const struct nf_network *network = job->network;
    struct nf_out out;

    if (network->bond[0] != '\0' && !keyfile_members(job)) {
        return false;
    }
    out = nf_netjob_text(job);
    if (network->bond[0] != '\0') {
        nf_out_printf(&out,
                      "[connection]\nid=nodefoundry\ntype=bond\n"
                      "interface-name=%s\n\n[bond]\nmode=%s\nmiimon=100\n",
                      network->bond, network->bond_mode);
        keyfile_link(&out, network, "");
    } else {
        keyfile_card(&out, "nodefoundry", job->card);
        keyfile_link(&out, network, job->card);
    }
    keyfile_top(&out, job);
    return keyfile_put(job, "nodefoundry", &out)
           && (network->vlan == 0 || keyfile_vlan(job))
           && automatic_retire(job);
}
