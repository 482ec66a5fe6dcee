#include "netfile.h"

#include "base/out.h"
#include "log.h"
#include "root.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
    TEXT_SIZE = 8192
};

struct job {
    const struct nf_network *network;
    char card[NF_MEMBER_SIZE]; /* without a bond: its MAC, or its name */
    char vlan[NF_CARD_SIZE];   /* the name of its device */
    int root;
    char *fault;
    size_t size;
    char text[TEXT_SIZE];
};

static bool
file_put(struct job *job, const char *path, mode_t mode,
         const struct nf_out *out)
{
    if (out->full || !nf_root_write(job->root, path, mode, out->data, out->len))
    {
        snprintf(job->fault, job->size, "cannot write %s of the new system: %s",
                 path, out->full ? "it is too long" : strerror(errno));
        return false;
    }
    return true;
}

static struct nf_out
text_begin(struct job *job)
{
    return nf_out(job->text, sizeof job->text);
}

/* --- systemd-networkd: systemd.network(5), systemd.netdev(5) -------------- */

static void
networkd_addresses(struct nf_out *out, const struct nf_network *network)
{
    nf_out_puts(out, "\n[Network]\nIPv6AcceptRA=no\n");
    if (network->ip[0] == '\0') {
        nf_out_puts(out, "LinkLocalAddressing=no\nDHCP=ipv4\n\n[DHCPv4]\n"
                         "ClientIdentifier=mac\n");
        return;
    }
    nf_out_printf(out, "Address=%s/%d\n", network->ip, network->prefix);
    if (network->gateway[0] != '\0') {
        nf_out_printf(out, "Gateway=%s\n", network->gateway);
    }
    for (int i = 0; i < network->dns_count; i++) {
        nf_out_printf(out, "DNS=%s\n", network->dns[i]);
    }
}

/* Bonds and VLANs take their cards' MAC over; only the cards are meant. */
static void
networkd_match(struct nf_out *out, const char *member)
{
    if (nf_member_is_mac(member)) {
        nf_out_printf(out, "[Match]\nMACAddress=%s\nType=ether\nKind=!*\n",
                      member);
    } else {
        nf_out_printf(out, "[Match]\nName=%s\n", member);
    }
}

/* What carries the address: the VLAN when there is one. */
static void
networkd_top(struct nf_out *out, const struct job *job)
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
networkd_vlan(struct job *job)
{
    struct nf_out out = text_begin(job);

    nf_out_printf(&out, "[NetDev]\nName=%s\nKind=vlan\n\n[VLAN]\nId=%d\n",
                  job->vlan, job->network->vlan);
    if (!file_put(job, "/etc/systemd/network/12-nodefoundry.netdev", 0644,
                  &out)) {
        return false;
    }
    out = text_begin(job);
    nf_out_printf(&out, "[Match]\nName=%s\n", job->vlan);
    networkd_addresses(&out, job->network);
    return file_put(job, "/etc/systemd/network/12-nodefoundry.network", 0644,
                    &out);
}

static bool
networkd_bond(struct job *job)
{
    const struct nf_network *network = job->network;
    struct nf_out out = text_begin(job);

    nf_out_printf(&out,
                  "[NetDev]\nName=%s\nKind=bond\n\n[Bond]\nMode=%s\n"
                  "MIIMonitorSec=100ms\n",
                  network->bond, network->bond_mode);
    if (!file_put(job, "/etc/systemd/network/11-nodefoundry.netdev", 0644,
                  &out)) {
        return false;
    }
    for (int i = 0; i < network->member_count; i++) {
        char path[80];
        out = text_begin(job);
        networkd_match(&out, network->members[i]);
        nf_out_printf(&out, "\n[Network]\nBond=%s\n", network->bond);
        snprintf(path, sizeof path,
                 "/etc/systemd/network/10-nodefoundry-%d.network", i);
        if (!file_put(job, path, 0644, &out)) {
            return false;
        }
    }
    out = text_begin(job);
    nf_out_printf(&out, "[Match]\nName=%s\n", network->bond);
    networkd_top(&out, job);
    return file_put(job, "/etc/systemd/network/11-nodefoundry.network", 0644,
                    &out);
}

static bool
networkd_card(struct job *job)
{
    struct nf_out out = text_begin(job);

    networkd_match(&out, job->card);
    networkd_top(&out, job);
    return file_put(job, "/etc/systemd/network/10-nodefoundry.network", 0644,
                    &out);
}

static bool
networkd_write(struct job *job)
{
    static const char wants[] = "/etc/systemd/system/multi-user.target.wants/"
                                "systemd-networkd.service";
    bool is_written =
        job->network->bond[0] != '\0' ? networkd_bond(job) : networkd_card(job);

    if (is_written && job->network->vlan != 0) {
        is_written = networkd_vlan(job);
    }
    if (is_written && !nf_root_has(job->root, wants)) {
        is_written = nf_root_link(job->root, wants,
                                  "/lib/systemd/system/"
                                  "systemd-networkd.service");
    }
    return is_written;
}

/* --- netplan(5) ----------------------------------------------------------- */

static void
netplan_addresses(struct nf_out *out, const struct nf_network *network)
{
    if (network->ip[0] == '\0') {
        nf_out_puts(out, "      dhcp4: true\n      dhcp-identifier: mac\n");
        return;
    }
    nf_out_printf(out, "      dhcp4: false\n      addresses: [\"%s/%d\"]\n",
                  network->ip, network->prefix);
    if (network->gateway[0] != '\0') {
        nf_out_printf(out, "      routes: [{to: 0.0.0.0/0, via: \"%s\"}]\n",
                      network->gateway);
    }
    if (network->dns_count > 0) {
        nf_out_puts(out, "      nameservers:\n        addresses: [");
        for (int i = 0; i < network->dns_count; i++) {
            nf_out_printf(out, "%s\"%s\"", i > 0 ? ", " : "", network->dns[i]);
        }
        nf_out_puts(out, "]\n");
    }
}

static void
netplan_card(struct nf_out *out, const char *name, const char *member)
{
    if (nf_member_is_mac(member) || strcmp(name, "card") == 0) {
        nf_out_printf(out, "    %s:\n      match: {%s: \"%s\"}\n", name,
                      nf_member_is_mac(member) ? "macaddress" : "name", member);
    } else {
        nf_out_printf(out, "    \"%s\":\n      dhcp4: false\n", member);
    }
}

static void
netplan_bond(struct nf_out *out, const struct nf_network *network)
{
    for (int i = 0; i < network->member_count; i++) {
        char name[24];
        snprintf(name, sizeof name, "member%d", i);
        netplan_card(out, name, network->members[i]);
    }
    nf_out_printf(out, "  bonds:\n    \"%s\":\n      interfaces: [",
                  network->bond);
    for (int i = 0; i < network->member_count; i++) {
        const char *gap = i > 0 ? ", " : "";
        if (nf_member_is_mac(network->members[i])) {
            nf_out_printf(out, "%smember%d", gap, i);
        } else {
            nf_out_printf(out, "%s\"%s\"", gap, network->members[i]);
        }
    }
    nf_out_printf(out,
                  "]\n      parameters: {mode: %s, "
                  "mii-monitor-interval: 100}\n",
                  network->bond_mode);
}

static bool
netplan_write(struct job *job)
{
    const struct nf_network *network = job->network;
    bool has_bond = network->bond[0] != '\0';
    struct nf_out out = text_begin(job);

    nf_out_puts(&out, "network:\n  version: 2\n  ethernets:\n");
    if (has_bond) {
        netplan_bond(&out, network);
    } else {
        netplan_card(&out, "card", job->card);
    }
    if (network->vlan != 0) {
        nf_out_printf(&out,
                      "  vlans:\n    \"%s\":\n      id: %d\n"
                      "      link: \"%s\"\n",
                      job->vlan, network->vlan,
                      has_bond ? network->bond : "card");
    }
    netplan_addresses(&out, network);
    return file_put(job, "/etc/netplan/90-nodefoundry.yaml", 0600, &out);
}

/* --- NetworkManager: nm-settings-keyfile(5) ------------------------------- */

static void
keyfile_addresses(struct nf_out *out, const struct nf_network *network)
{
    if (network->ip[0] == '\0') {
        nf_out_puts(out, "\n[ipv4]\nmethod=auto\ndhcp-client-id=mac\n");
    } else {
        nf_out_printf(out, "\n[ipv4]\nmethod=manual\naddress1=%s/%d%s%s\n",
                      network->ip, network->prefix,
                      network->gateway[0] != '\0' ? "," : "", network->gateway);
    }
    for (int i = 0; i < network->dns_count; i++) {
        nf_out_printf(out, "%s%s;%s", i == 0 ? "dns=" : "", network->dns[i],
                      i + 1 == network->dns_count ? "\n" : "");
    }
    nf_out_puts(out, "\n[ipv6]\nmethod=disabled\n");
}

static void
keyfile_card(struct nf_out *out, const char *id, const char *member)
{
    nf_out_printf(out, "[connection]\nid=%s\ntype=ethernet\n", id);
    if (!nf_member_is_mac(member)) {
        nf_out_printf(out, "interface-name=%s\n", member);
    }
}

static void
keyfile_mac(struct nf_out *out, const char *member)
{
    if (nf_member_is_mac(member)) {
        nf_out_printf(out, "\n[ethernet]\nmac-address=%s\n", member);
    }
}

static bool
keyfile_put(struct job *job, const char *id, const struct nf_out *out)
{
    char path[128];

    snprintf(path, sizeof path,
             "/etc/NetworkManager/system-connections/%s.nmconnection", id);
    return file_put(job, path, 0600, out);
}

static bool
keyfile_members(struct job *job)
{
    const struct nf_network *network = job->network;

    for (int i = 0; i < network->member_count; i++) {
        struct nf_out out = text_begin(job);
        char id[40];
        snprintf(id, sizeof id, "nodefoundry-member%d", i);
        keyfile_card(&out, id, network->members[i]);
        nf_out_printf(&out, "master=%s\nslave-type=bond\n", network->bond);
        keyfile_mac(&out, network->members[i]);
        if (!keyfile_put(job, id, &out)) {
            return false;
        }
    }
    return true;
}

static bool
keyfile_vlan(struct job *job)
{
    const struct nf_network *network = job->network;
    struct nf_out out = text_begin(job);

    nf_out_printf(&out,
                  "[connection]\nid=nodefoundry-vlan\ntype=vlan\n"
                  "interface-name=%s\n\n[vlan]\nid=%d\n",
                  job->vlan, network->vlan);
    if (network->bond[0] != '\0' || !nf_member_is_mac(job->card)) {
        nf_out_printf(&out, "parent=%s\n",
                      network->bond[0] != '\0' ? network->bond : job->card);
    } else {
        /* without a parent's name the card is found by its MAC */
        nf_out_printf(&out, "\n[ethernet]\nmac-address=%s\n", job->card);
    }
    keyfile_addresses(&out, network);
    return keyfile_put(job, "nodefoundry-vlan", &out);
}

static bool
keyfiles_write(struct job *job)
{
    const struct nf_network *network = job->network;
    struct nf_out out = text_begin(job);

    if (network->bond[0] != '\0') {
        if (!keyfile_members(job)) {
            return false;
        }
        out = text_begin(job);
        nf_out_printf(&out,
                      "[connection]\nid=nodefoundry\ntype=bond\n"
                      "interface-name=%s\n\n[bond]\nmode=%s\nmiimon=100\n",
                      network->bond, network->bond_mode);
    } else {
        keyfile_card(&out, "nodefoundry", job->card);
        keyfile_mac(&out, job->card);
    }
    if (network->vlan == 0) {
        keyfile_addresses(&out, network);
    } else {
        nf_out_puts(&out, "\n[ipv4]\nmethod=disabled\n\n[ipv6]\n"
                          "method=disabled\n");
    }
    return keyfile_put(job, "nodefoundry", &out)
           && (network->vlan == 0 || keyfile_vlan(job));
}

/* --- who manages it ------------------------------------------------------- */

/* clang-format off */
static const struct {
    const char *name, *program;
    bool (*write)(struct job *job);
} ways[] = {
    { "netplan",        "/usr/sbin/netplan",        netplan_write },
    { "NetworkManager", "/usr/sbin/NetworkManager", keyfiles_write },
    { "networkd",       "/lib/systemd/systemd-networkd", networkd_write },
};
/* clang-format on */

static bool
resolv_write(struct job *job)
{
    struct nf_out out = text_begin(job);

    for (int i = 0; i < job->network->dns_count; i++) {
        nf_out_printf(&out, "nameserver %s\n", job->network->dns[i]);
    }
    return file_put(job, "/etc/resolv.conf", 0644, &out);
}

bool
nf_netfiles_write(const struct nf_network *network, nf_mac_t mac, int root,
                  char *fault, size_t size)
{
    struct job job = {
        .network = network, .root = root, .fault = fault, .size = size};

    nf_mac_format_divided(mac, ':', job.card);
    if (network->vlan != 0 && network->vlan_link[0] != '\0') {
        snprintf(job.card, sizeof job.card, "%s", network->vlan_link);
    }
    snprintf(job.vlan, sizeof job.vlan, "vlan%d", network->vlan);
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        if (!nf_root_has(root, ways[i].program)) {
            continue;
        }
        nf_log(NF_LOG_INFO, "the network is configured for %s", ways[i].name);
        /* networkd alone leaves resolv.conf to us */
        return ways[i].write(&job)
               && (ways[i].write != networkd_write || network->ip[0] == '\0'
                   || resolv_write(&job));
    }
    snprintf(fault, size,
             "the new system has none of netplan, NetworkManager "
             "and systemd-networkd");
    return false;
}
