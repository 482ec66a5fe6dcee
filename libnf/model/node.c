#include "model/node.h"

#include <stdio.h>

#include "model/member.h"

const char *const nf_node_statuses[] = {
    [NF_NODE_DISCOVERED] = "discovered",
    [NF_NODE_INSTALLING] = "installing",
    [NF_NODE_INSTALLED] = "installed",
    [NF_NODE_INSTALLED + 1] = NULL,
};

static const char *const boots[] = {
    [NF_BOOT_WAIT] = "wait",   [NF_BOOT_INSTALL] = "install",
    [NF_BOOT_AGENT] = "agent", [NF_BOOT_LOCAL] = "local",
    [NF_BOOT_STUCK] = "stuck",
};

static_assert(sizeof(boots) / sizeof(boots[0]) == NF_BOOT_STUCK + 1,
              "a word each");

/* Of a node that never had an address from us its agent's words must do. */
static void
put_addresses(struct nf_out *out, const struct nf_node *node)
{
    bool has_ip = nf_ip4_is_set(node->ip);

    nf_member_ip(out, "ip", has_ip ? node->ip : node->agent_ip);
    if (has_ip && nf_ip4_is_set(node->agent_ip)
        && !nf_ip4_equal(node->ip, node->agent_ip))
    {
        nf_member_ip(out, "agent_ip", node->agent_ip);
    }
}

/* One text with commas, as the first servers of this API wrote it. */
static void
put_dns(struct nf_out *out, const struct nf_node *node)
{
    char text[NF_NODE_DNS * NF_IP4_TEXT], ip[NF_IP4_TEXT];
    struct nf_out list = nf_out(text, sizeof(text) - 1);

    for (size_t i = 0; i < node->dns_n; i++) {
        nf_ip4_format(node->dns[i], ip);
        nf_out_puts(&list, i == 0 ? "" : ",");
        nf_out_puts(&list, ip);
    }
    text[list.len] = '\0';
    nf_member_text(out, "dns", text);
}

static void
put_macs(struct nf_out *out, const struct nf_node *node)
{
    char mac[NF_MAC_TEXT];

    for (size_t i = 0; i < node->macs_n; i++) {
        nf_mac_format(node->macs[i], mac);
        nf_out_puts(out, i == 0 ? ",\"macs\":[\"" : ",\"");
        nf_out_puts(out, mac);
        nf_out_putc(out, '"');
    }
    nf_out_puts(out, node->macs_n > 0 ? "]" : "");
}

static void
put_task(struct nf_out *out, const struct nf_node *node)
{
    char text[24];

    if (node->task != 0) {
        snprintf(text, sizeof(text), "task-%08llx",
                 (unsigned long long) node->task);
        nf_member_text(out, "task", text);
    }
    if (node->task != 0 || node->is_profile_chosen) {
        nf_member_text(out, "profile", node->profile);
    }
}

void
nf_node_json(const struct nf_node *node, struct nf_text extra,
             struct nf_text labels, struct nf_out *out)
{
    char mac[NF_MAC_TEXT];

    nf_mac_format(node->mac, mac);
    nf_out_printf(out, "{\"mac\":\"%s\"", mac);
    put_addresses(out, node);
    nf_member_ip(out, "netmask", node->netmask);
    nf_member_ip(out, "gateway", node->gateway);
    put_dns(out, node);
    nf_member_text(out, "hostname", nf_node_name(node));
    if (node->name_kind == NF_NAME_SHARED) {
        nf_member_text(out, "hostname_said", node->hostname);
    }
    nf_member_text(out, "serial", node->serial);
    put_macs(out, node);
    nf_member_text(out, "status", nf_node_statuses[node->status]);
    nf_member_text(out, "boot", boots[node->boot]);
    nf_member_text(out, "boot_mode", nf_boot_modes[node->boot_mode]);
    put_task(out, node);
    nf_out_puts(out, node->online ? ",\"online\":true" : ",\"online\":false");
    nf_member_time(out, "created_at", node->created_at);
    nf_member_time(out, "updated_at", node->updated_at);
    if (labels.len > 0) {
        nf_out_puts(out, ",\"labels\":");
        nf_out_put(out, labels);
    }
    if (extra.len > 0) {
        nf_out_puts(out, ",\"extra\":");
        nf_out_put(out, extra);
    }
}

const char *
nf_node_name(const struct nf_node *node)
{
    return node->name_kind == NF_NAME_SHARED ? "" : node->hostname;
}

void
nf_node_hostname(const struct nf_node *node, char name[static 64])
{
    if (nf_node_name(node)[0] != '\0') {
        memcpy(name, node->hostname, sizeof(node->hostname));
        return;
    }
    memcpy(name, "node-", 5);
    nf_mac_format(node->mac, name + 5);
}

bool
nf_node_is_bound(const struct nf_node *node)
{
    return node->is_bound
           || (nf_ip4_is_set(node->netmask)
               && node->given != NF_GIVEN_BY_SYSTEM);
}

bool
nf_node_is_static(const struct nf_node *node)
{
    return node->is_bound || nf_ip4_is_set(node->netmask);
}
