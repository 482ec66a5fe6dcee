#include "model/lease.h"

#include "model/member.h"

static void
put_client_id(const struct nf_lease *lease, struct nf_out *out)
{
    for (size_t i = 0; i < lease->client_id_len; i++) {
        nf_out_printf(out, i == 0 ? "%02x" : ":%02x", lease->client_id[i]);
    }
}

void
nf_lease_json(const struct nf_lease *lease, struct nf_out *out)
{
    char ip[NF_IP4_TEXT], mac[NF_MAC_TEXT];

    nf_ip4_format(lease->ip, ip);
    nf_mac_format(lease->mac, mac);
    nf_out_printf(out, "{\"ip\":\"%s\",\"mac\":\"%s\"", ip, mac);
    if (lease->client_id_len > 0) {
        nf_out_puts(out, ",\"client_id\":\"");
        put_client_id(lease, out);
        nf_out_putc(out, '"');
    }
    nf_member_text(out, "hostname", lease->hostname);
    nf_member_text(out, "vendor_class", lease->vendor_class);
    nf_member_time(out, "expires_at", lease->expires);
    nf_out_puts(out, lease->is_pxe ? ",\"pxe\":true}" : ",\"pxe\":false}");
}

void
nf_lease_line(const struct nf_lease *lease, struct nf_out *out)
{
    char ip[NF_IP4_TEXT], mac[NF_MAC_COLONS];

    nf_ip4_format(lease->ip, ip);
    nf_mac_format_divided(lease->mac, ':', mac);
    nf_out_printf(out, "%lld %s %s %s ", (long long) (lease->expires / 1000),
                  mac, ip, lease->hostname[0] != '\0' ? lease->hostname : "*");
    if (lease->client_id_len == 0) {
        nf_out_putc(out, '*');
    }
    put_client_id(lease, out);
    nf_out_putc(out, '\n');
}
