/* systemd.network(5), systemd.netdev(5) */
#include "netjob.h"
#include "root.h"

#include <stdio.h>
#include <string.h>

static void
networkd_route(struct nf_out *out, const struct nf_network *network,
               const struct nf_network_address *router)
{
    if (router->bits == 0) {
        return;
    }
    nf_out_puts(out, "\n[Route]\nGateway=");
    nf_netjob_ip(out, router->ip);
    nf_out_puts(out, nf_network_is_on_link(network, router)
                         ? "\nGatewayOnLink=yes\n"
                         : "\n");
}

static void
networkd_addresses(struct nf_out *out, const struct nf_network *network)
{
    nf_out_printf(out, "\n[Network]\nIPv6AcceptRA=%s\nLinkLocalAddressing=%s\n",
                  network->listens ? "yes" : "no",
                  network->is_ipv6_off ? "no" : "ipv6");
    nf_out_puts(out, network->is_dhcp ? "DHCP=ipv4\n" : "");
    for (int i = 0; i < network->address_count; i++) {
        nf_out_puts(out, "Address=");
        nf_netjob_address(out, &network->addresses[i]);
        nf_out_putc(out, '\n');
    }
    for (int i = 0; i < network->dns_count; i++) {
        nf_out_puts(out, "DNS=");
        nf_netjob_ip(out, network->dns[i]);
        nf_out_putc(out, '\n');
    }
    networkd_route(out, network, &network->gateway);
    networkd_route(out, network, &network->gateway6);
    if (network->is_dhcp) {
        nf_out_printf(out, "\n[DHCPv4]\nClientIdentifier=mac\n%s",
                      network->dns_count > 0 ? "UseDNS=no\n" : "");
    }
}

/* Bonds and VLANs take their cards' MAC over, and cards in a bond the bond's;
 * only the cards are meant. */
static void
networkd_match(struct nf_out *out, const struct nf_network *network,
               const char *member)
{
    if (nf_member_is_mac(member)) {
        nf_out_printf(out, "[Match]\n%s=%s\nType=ether\nKind=!*\n",
                      network->bond[0] != '\0' ? "PermanentMACAddress"
                                               : "MACAddress",
                      member);
    } else {
        nf_out_printf(out, "[Match]\nName=%s\n", member);
    }
    if (network->mtu != 0) {
        nf_out_printf(out, "\n[Link]\nMTUBytes=%d\n", network->mtu);
    }
}

/* What carries the address: the VLAN when there is one. */
static void
networkd_top(struct nf_out *out, const struct nf_netjob *job)
{
    if (job->network->vlan == 0) {
        networkd_addresses(out, job->network);
    } else {
        nf_out_printf(out,
                      "\n[Network]\nLinkLocalAddressing=no\n"
                      "IPv6AcceptRA=no\nVLAN=%s\n",
                      job->vlan);
    }
}

static bool
networkd_vlan(struct nf_netjob *job)
{
    struct nf_out out = nf_netjob_text(job);

    nf_out_printf(&out, "[NetDev]\nName=%s\nKind=vlan\n\n[VLAN]\nId=%d\n",
                  job->vlan, job->network->vlan);
    if (!nf_netjob_put(job, "/etc/systemd/network/12-nodefoundry.netdev", 0644,
                       &out))
    {
        return false;
    }
    out = nf_netjob_text(job);
    networkd_match(&out, job->network, job->vlan);
    networkd_addresses(&out, job->network);
    return nf_netjob_put(job, "/etc/systemd/network/12-nodefoundry.network",
                         0644, &out);
}

static bool
networkd_bond(struct nf_netjob *job)
{
    const struct nf_network *network = job->network;
    struct nf_out out = nf_netjob_text(job);

    nf_out_printf(&out,
                  "[NetDev]\nName=%s\nKind=bond\n\n[Bond]\nMode=%s\n"
                  "MIIMonitorSec=100ms\n",
                  network->bond, network->bond_mode);
    if (!nf_netjob_put(job, "/etc/systemd/network/11-nodefoundry.netdev", 0644,
                       &out))
    {
        return false;
    }
    for (int i = 0; i < network->member_count; i++) {
        char path[80];
        out = nf_netjob_text(job);
        networkd_match(&out, network, network->members[i]);
        nf_out_printf(&out, "\n[Network]\nBond=%s\n", network->bond);
        snprintf(path, sizeof path,
                 "/etc/systemd/network/10-nodefoundry-%d.network", i);
        if (!nf_netjob_put(job, path, 0644, &out)) {
            return false;
        }
    }
    out = nf_netjob_text(job);
    networkd_match(&out, network, network->bond);
    networkd_top(&out, job);
    return nf_netjob_put(job, "/etc/systemd/network/11-nodefoundry.network",
                         0644, &out);
}

static bool
networkd_card(struct nf_netjob *job)
{
    struct nf_out out = nf_netjob_text(job);

    networkd_match(&out, job->network, job->card);
    networkd_top(&out, job);
    return nf_netjob_put(job, "/etc/systemd/network/10-nodefoundry.network",
                         0644, &out);
}

static bool
unit_want(struct nf_netjob *job, const char *unit, const char *home)
{
    char wants[128], path[128];

    snprintf(wants, sizeof wants,
             "/etc/systemd/system/multi-user.target.wants/%s", unit);
    snprintf(path, sizeof path, "%s/%s", home, unit);
    return nf_root_has(job->root, wants)
           || nf_root_link(job->root, wants, path);
}

/* What resolves names: systemd-resolved hears of servers by itself; without it
 * those that are known beforehand are written down. */
static bool
names_write(struct nf_netjob *job)
{
    const struct nf_network *network = job->network;
    struct nf_out out = nf_netjob_text(job);

    if (nf_root_has(job->root, "/lib/systemd/systemd-resolved")) {
        return unit_want(job, "systemd-resolved.service", "/lib/systemd/system")
               && nf_root_link(job->root, "/etc/resolv.conf",
                               "../run/systemd/resolve/stub-resolv.conf");
    }
    if (network->dns_count == 0) {
        return true;
    }
    for (int i = 0; i < network->dns_count; i++) {
        nf_out_puts(&out, "nameserver ");
        nf_netjob_ip(&out, network->dns[i]);
        nf_out_putc(&out, '\n');
    }
    return nf_netjob_put(job, "/etc/resolv.conf", 0644, &out);
}

/* ifupdown, which Debian's installer leaves in charge. */
static bool
ifupdown_retire(struct nf_netjob *job)
{
    struct nf_out out = nf_netjob_text(job);

    nf_out_puts(&out, "auto lo\niface lo inet loopback\n");
    return !nf_root_has(job->root, "/etc/network/interfaces")
           || (nf_root_clear(job->root, "/etc/network/interfaces.d", "", "", "")
               && nf_netjob_put(job, "/etc/network/interfaces", 0644, &out));
}

bool
nf_networkd_write(struct nf_netjob *job)
{
    bool is_written =
        job->network->bond[0] != '\0' ? networkd_bond(job) : networkd_card(job);

    if (is_written && job->network->vlan != 0) {
        is_written = networkd_vlan(job);
    }
    return is_written && ifupdown_retire(job)
           && unit_want(job, "systemd-networkd.service", "/lib/systemd/system")
           && names_write(job);
}
