#include "base/address.h"

enum {
    IS_HEX = 0x10
};

/* A digit's value with that bit set; nothing for what is no digit. */
static const uint8_t hex_values[256] = {
    ['0'] = 0x10, ['1'] = 0x11, ['2'] = 0x12, ['3'] = 0x13, ['4'] = 0x14,
    ['5'] = 0x15, ['6'] = 0x16, ['7'] = 0x17, ['8'] = 0x18, ['9'] = 0x19,
    ['a'] = 0x1a, ['b'] = 0x1b, ['c'] = 0x1c, ['d'] = 0x1d, ['e'] = 0x1e,
    ['f'] = 0x1f, ['A'] = 0x1a, ['B'] = 0x1b, ['C'] = 0x1c, ['D'] = 0x1d,
    ['E'] = 0x1e, ['F'] = 0x1f,
};

/* How many digits stand between two marks, or 0 when the length fits no
 * spelling. */
static size_t
digits_in_group(size_t len)
{
    switch (len) {
    case 12:
        return 12;
    case 17:
        return 2;
    case 14:
        return 4;
    default:
        return 0;
    }
}

static bool
is_mark(char c, char first)
{
    return c == first && (c == ':' || c == '-' || c == '.');
}

/* The digits alone; false: something else than marks stands between them. */
static bool
drop_marks(struct nf_text text, size_t group, char digits[static 12])
{
    const char *at = text.data;

    for (size_t n = 0; n < 12; n++) {
        if (n > 0 && n % group == 0 && !is_mark(*at++, text.data[group])) {
            return false;
        }
        digits[n] = *at++;
    }
    return true;
}

bool
nf_mac_parse(struct nf_text text, nf_mac_t *mac)
{
    size_t group = digits_in_group(text.len);
    unsigned are_hex = IS_HEX, any = 0;
    uint8_t bytes[sizeof(mac->b)];
    char digits[12];

    if (group == 12) { /* as nearly everybody writes it */
        memcpy(digits, text.data, sizeof(digits));
    } else if (group == 0 || !drop_marks(text, group, digits)) {
        return false;
    }
    for (size_t i = 0; i < sizeof(bytes); i++) {
        unsigned high = hex_values[(uint8_t) digits[2 * i]];
        unsigned low = hex_values[(uint8_t) digits[2 * i + 1]];
        are_hex &= high & low;
        bytes[i] = (uint8_t) (high << 4 | (low & 0xf));
        any |= bytes[i];
    }
    if (are_hex == 0 || any == 0 || (bytes[0] & 1) != 0) {
        return false;
    }
    memcpy(mac->b, bytes, sizeof(bytes));
    return true;
}

void
nf_mac_format(nf_mac_t mac, char text[static NF_MAC_TEXT])
{
    static const char hex[] = "0123456789abcdef";

    for (size_t i = 0; i < sizeof(mac.b); i++) {
        text[2 * i] = hex[mac.b[i] >> 4];
        text[2 * i + 1] = hex[mac.b[i] & 15];
    }
    text[12] = '\0';
}

void
nf_mac_format_divided(nf_mac_t mac, char mark, char text[static NF_MAC_COLONS])
{
    char plain[NF_MAC_TEXT];

    nf_mac_format(mac, plain);
    for (size_t i = 0; i < 6; i++) {
        text[3 * i] = plain[2 * i];
        text[3 * i + 1] = plain[2 * i + 1];
        text[3 * i + 2] = mark;
    }
    text[17] = '\0';
}

bool
nf_mac_equal(nf_mac_t a, nf_mac_t b)
{
    return memcmp(a.b, b.b, sizeof(a.b)) == 0;
}

bool
nf_ip4_parse(struct nf_text text, nf_ip4_t *ip)
{
    uint8_t b[4];

    for (size_t i = 0; i < 4; i++) {
        struct nf_text part = nf_text_cut(&text, '.');
        uint64_t value;
        bool has_leading_zero = part.len > 1 && part.data[0] == '0';
        if (has_leading_zero || !nf_text_number(part, 255, &value)
            || (i < 3) == (text.data == NULL))
        {
            return false;
        }
        b[i] = (uint8_t) value;
    }
    memcpy(ip->b, b, sizeof(b));
    return true;
}

void
nf_ip4_format(nf_ip4_t ip, char text[static NF_IP4_TEXT])
{
    struct nf_out out = nf_out(text, NF_IP4_TEXT - 1);

    for (size_t i = 0; i < 4; i++) {
        if (i > 0) {
            nf_out_putc(&out, '.');
        }
        nf_out_number(&out, ip.b[i]);
    }
    text[out.len] = '\0';
}

bool
nf_ip4_equal(nf_ip4_t a, nf_ip4_t b)
{
    return memcmp(a.b, b.b, sizeof(a.b)) == 0;
}

bool
nf_ip4_is_set(nf_ip4_t ip)
{
    return (ip.b[0] | ip.b[1] | ip.b[2] | ip.b[3]) != 0;
}

uint32_t
nf_ip4_number(nf_ip4_t ip)
{
    return (uint32_t) ip.b[0] << 24 | (uint32_t) ip.b[1] << 16
           | (uint32_t) ip.b[2] << 8 | ip.b[3];
}

nf_ip4_t
nf_ip4_of(uint32_t number)
{
    return (nf_ip4_t){{(uint8_t) (number >> 24), (uint8_t) (number >> 16),
                       (uint8_t) (number >> 8), (uint8_t) number}};
}

uint8_t
nf_ip4_bits(nf_ip4_t netmask)
{
    uint32_t number = nf_ip4_number(netmask);
    uint8_t bits = 0;

    for (; (number & UINT32_C(0x80000000)) != 0; number <<= 1) {
        bits++;
    }
    return bits;
}

bool
nf_ip4_is_netmask(nf_ip4_t ip)
{
    uint32_t mask = nf_ip4_number(ip), low = ~mask;

    return mask != 0 && (low & (low + 1)) == 0;
}

static uint32_t
net_mask(uint8_t bits)
{
    return bits == 0 ? 0 : UINT32_MAX << (32 - bits);
}

bool
nf_ip4_net_parse(struct nf_text text, struct nf_ip4_net *net)
{
    struct nf_text ip_text = nf_text_cut(&text, '/');
    nf_ip4_t ip;
    uint64_t bits;

    if (!nf_ip4_parse(ip_text, &ip) || !nf_text_number(text, 32, &bits)
        || (nf_ip4_number(ip) & ~net_mask((uint8_t) bits)) != 0)
    {
        return false;
    }
    *net = (struct nf_ip4_net){ip, (uint8_t) bits};
    return true;
}

bool
nf_ip4_net_has(struct nf_ip4_net net, nf_ip4_t ip)
{
    return (nf_ip4_number(ip) & net_mask(net.bits)) == nf_ip4_number(net.ip);
}

struct nf_ip4_net
nf_ip4_net_of(nf_ip4_t ip, uint8_t bits)
{
    return (struct nf_ip4_net){nf_ip4_of(nf_ip4_number(ip) & net_mask(bits)),
                               bits};
}

nf_ip4_t
nf_ip4_net_mask(struct nf_ip4_net net)
{
    return nf_ip4_of(net_mask(net.bits));
}

nf_ip4_t
nf_ip4_net_last(struct nf_ip4_net net)
{
    return nf_ip4_of(nf_ip4_number(net.ip) | ~net_mask(net.bits));
}
