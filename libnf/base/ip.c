#include "base/ip.h"

#include <arpa/inet.h>

bool
nf_ip_parse(struct nf_text text, struct nf_ip *ip)
{
    char copy[NF_IP_TEXT];
    struct nf_ip found = {.is_v6 = false};

    if (!nf_text_copy(copy, sizeof(copy), text)) {
        return false;
    }
    found.is_v6 = strchr(copy, ':') != NULL;
    if (inet_pton(found.is_v6 ? AF_INET6 : AF_INET, copy, found.b) != 1) {
        return false;
    }
    *ip = found;
    return true;
}

uint8_t
nf_ip_bits(struct nf_ip ip)
{
    return ip.is_v6 ? 128 : 32;
}

bool
nf_ip_parse_within(struct nf_text text, struct nf_ip *ip, uint8_t *bits)
{
    struct nf_text rest = text;
    struct nf_text address = nf_text_cut(&rest, '/');
    struct nf_ip found;
    uint64_t number;

    if (!nf_ip_parse(address, &found)
        || !nf_text_number(rest, nf_ip_bits(found), &number) || number == 0)
    {
        return false;
    }
    *ip = found;
    *bits = (uint8_t) number;
    return true;
}

void
nf_ip_print(struct nf_ip ip, char text[static NF_IP_TEXT])
{
    if (inet_ntop(ip.is_v6 ? AF_INET6 : AF_INET, ip.b, text, NF_IP_TEXT)
        == NULL) {
        text[0] = '\0';
    }
}

static bool
starts_alike(const uint8_t *a, const uint8_t *b, unsigned bits)
{
    unsigned whole = bits / 8;
    uint8_t mask = (uint8_t) (0xff00 >> bits % 8);

    return memcmp(a, b, whole) == 0
           && (bits % 8 == 0 || ((a[whole] ^ b[whole]) & mask) == 0);
}

bool
nf_ip_is_beside(struct nf_ip a, struct nf_ip b, uint8_t bits)
{
    return a.is_v6 == b.is_v6 && starts_alike(a.b, b.b, bits);
}

bool
nf_ip_same(struct nf_ip a, struct nf_ip b)
{
    return nf_ip_is_beside(a, b, nf_ip_bits(a));
}

/* Whether all bits behind the network's are 0, or all are 1. */
static bool
is_edge(struct nf_ip ip, unsigned bits, bool is_last)
{
    for (unsigned i = bits; i < nf_ip_bits(ip); i++) {
        if (((ip.b[i / 8] >> (7 - i % 8)) & 1) != is_last) {
            return false;
        }
    }
    return true;
}

/* clang-format off */
static const struct {
    uint8_t b[16];
    bool is_v6;
    uint8_t bits;
    const char *words;
} reserved[] = {
    {{0},        false, 8,   "is in 0.0.0.0/8, which no machine can have"},
    {{127},      false, 8,   "is a loopback address"},
    {{224},      false, 4,   "is a multicast address"},
    {{240},      false, 4,   "is a broadcast address, or reserved"},
    {{0},        true,  128, "is not an address"},
    {{[15] = 1}, true,  128, "is a loopback address"},
    {{255},      true,  8,   "is a multicast address"},
    {{[10] = 255, 255}, true, 96, "is an IPv4-mapped IPv6 address"},
};
/* clang-format on */

bool
nf_ip_is_link_local(struct nf_ip ip)
{
    static const uint8_t own[] = {0xfe, 0x80};

    return ip.is_v6 && starts_alike(ip.b, own, 10);
}

const char *
nf_ip_misfit(struct nf_ip ip, uint8_t bits)
{
    for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
        if (ip.is_v6 == reserved[i].is_v6
            && starts_alike(ip.b, reserved[i].b, reserved[i].bits))
        {
            return reserved[i].words;
        }
    }
    if (bits + 1 >= nf_ip_bits(ip)) {
        return NULL;
    }
    return is_edge(ip, bits, false) ? "is the address of its network"
           : !ip.is_v6 && is_edge(ip, bits, true)
               ? "is the broadcast address of its network"
               : NULL;
}
