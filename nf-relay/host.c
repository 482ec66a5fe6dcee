#include "host.h"

#include <stdio.h>
#include <unistd.h>

/*
 * dnsmasq tells the members of a line by their looks: a name that looks like
 * a lease time, or is a word of its own, would mean something else.
 */
static bool
is_plain_name(struct nf_text name)
{
    size_t digits = 0;

    while (digits < name.len && name.data[digits] >= '0'
           && name.data[digits] <= '9')
    {
        digits++;
    }
    return name.len > 0 && (digits == 0 || digits + 1 < name.len)
           && !nf_text_equal(name, NF_TEXT("ignore"))
           && !nf_text_equal(name, NF_TEXT("infinite"));
}

struct nf_host
nf_host_of(const struct nf_node *node)
{
    struct nf_host host = {.mac = node->mac};
    struct nf_out out = nf_out(host.line, sizeof(host.line));
    struct nf_text rest = nf_text(node->hostname);
    struct nf_text name = nf_text_cut(&rest, '.'); /* dnsmasq adds a domain */
    char mac[NF_MAC_COLONS], ip[NF_IP4_TEXT];

    nf_mac_format_divided(node->mac, ':', mac);
    nf_ip4_format(node->ip, ip);
    nf_out_printf(&out, "%s,%s", mac, ip);
    if (is_plain_name(name)) {
        nf_out_putc(&out, ',');
        nf_out_put(&out, name);
    }
    nf_out_putc(&out, '\n');
    host.len = out.full ? 0 : out.len;
    return host;
}

void
nf_host_path(const char *dir, nf_mac_t mac, char path[static NF_HOST_PATH])
{
    char name[NF_MAC_TEXT];

    nf_mac_format(mac, name);
    snprintf(path, NF_HOST_PATH, "%s/%s", dir, name);
}

enum nf_put_result
nf_host_put(const char *dir, const struct nf_host *host)
{
    char path[NF_HOST_PATH];

    nf_host_path(dir, host->mac, path);
    return nf_put(path, (struct nf_text){host->line, host->len});
}

bool
nf_host_exists(const char *dir, nf_mac_t mac)
{
    char path[NF_HOST_PATH];

    nf_host_path(dir, mac, path);
    return access(path, F_OK) == 0;
}
