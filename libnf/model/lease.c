#include "model/lease.h"

#include "model/member.h"

static void
put_client_id(const struct nf_lease *lease, struct nf_out *out)
{
    for (size_t i = 0; i < lease->client_id_len; i++) {
        nf_out_printf(out, i == 0 ? "%02x" : ":%02x", lease->client_id[i]);
    }
}

struct nf_card
nf_lease_card(const struct nf_lease *lease)
{
    return lease->card.type != 0 ? lease->card : nf_card_of(lease->mac);
}

bool
nf_lease_is_same_client(const struct nf_lease *a, const struct nf_lease *b)
{
    struct nf_card card = nf_lease_card(a), other = nf_lease_card(b);

    return nf_card_equal(&card, &other)
           && (card.len > 0
               || (a->client_id_len == b->client_id_len
                   && memcmp(a->client_id, b->client_id, a->client_id_len)
                          == 0));
}

void
nf_lease_json(const struct nf_lease *lease, struct nf_out *out)
{
    char ip[NF_IP4_TEXT], mac[NF_MAC_TEXT], card[NF_CARD_TEXT];

    nf_ip4_format(lease->ip, ip);
    nf_out_printf(out, "{\"ip\":\"%s\"", ip);
    if (lease->card.type != 0) {
        nf_card_format(&lease->card, card);
        nf_out_printf(out, ",\"card\":\"%s\"", card);
    } else {
        nf_mac_format(lease->mac, mac);
        nf_out_printf(out, ",\"mac\":\"%s\"", mac);
    }
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
    struct nf_card card = nf_lease_card(lease);
    char ip[NF_IP4_TEXT], mac[NF_CARD_TEXT];

    nf_ip4_format(lease->ip, ip);
    nf_card_format(&card, mac);
    nf_out_printf(out, "%lld %s %s %s ", (long long) (lease->expires / 1000),
                  mac, ip, lease->hostname[0] != '\0' ? lease->hostname : "*");
    if (lease->client_id_len == 0) {
        nf_out_putc(out, '*');
    }
    put_client_id(lease, out);
    nf_out_putc(out, '\n');
}
