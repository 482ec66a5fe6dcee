#include "lldp.h"

#include <stdio.h>
#include <string.h>

enum {
    MAC_LEN = 6,
    TYPE_LLDP = 0x88cc,
    TYPE_VLAN = 0x8100,
    LENGTH_MAX = 1500, /* a larger type field is a type, not a length */

    TLV_END = 0,
    TLV_CHASSIS = 1,
    TLV_PORT = 2,
    TLV_TTL = 3,
    TLV_PORT_DESCRIPTION = 4,
    TLV_SYSTEM_NAME = 5,
    TLV_CAPABILITIES = 7,
    TLV_ORGANISATION = 127,

    CHASSIS_MAC = 4,
    CHASSIS_ADDRESS = 5,
    PORT_MAC = 3,
    PORT_ADDRESS = 4,
    ID_MAX = 255,

    CDP_DEVICE = 1,
    CDP_PORT = 3,
    CDP_CAPABILITIES = 4,
    CDP_NATIVE_VLAN = 10,

    VLAN_MAX = 4094,

    /* Repeater, bridge, access point, router, modem; VLANs' bridges. */
    FORWARDS =
        1 << 1 | 1 << 2 | 1 << 3 | 1 << 4 | 1 << 6 | 1 << 8 | 1 << 9 | 1 << 10,
    /* Router, two kinds of bridges, switch, repeater. */
    CDP_FORWARDS = 0x01 | 0x02 | 0x04 | 0x08 | 0x40,
};

/* Bytes that are left to read; every step checks them first. */
struct rest {
    const uint8_t *at;
    size_t len;
};

static unsigned
be16(const uint8_t *at)
{
    return (unsigned) at[0] << 8 | at[1];
}

static struct rest
rest_skip(struct rest in, size_t n)
{
    return (struct rest){in.at + n, in.len - n};
}

static void
mac_print(const uint8_t *b, char *text, size_t size)
{
    snprintf(text, size, "%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2],
             b[3], b[4], b[5]);
}

/* IANA address family numbers: 1 is IPv4, 2 is IPv6. */
static void
address_print(struct rest in, char *text, size_t size)
{
    const uint8_t *b = in.at + 1;

    text[0] = '\0';
    if (in.len == 5 && in.at[0] == 1) {
        snprintf(text, size, "%u.%u.%u.%u", b[0], b[1], b[2], b[3]);
    } else if (in.len == 17 && in.at[0] == 2) {
        size_t n = 0;
        for (int i = 0; i < 16; i += 2) {
            n += (size_t) snprintf(text + n, size - n, "%s%x",
                                   i == 0 ? "" : ":", be16(b + i));
        }
    }
}

/* A chassis or port: a subtype, then a MAC, an address or words. */
static void
id_print(struct rest id, int mac_subtype, int address_subtype,
         char label[static NF_LABEL_SIZE])
{
    struct rest value = rest_skip(id, 1);

    if (id.at[0] == mac_subtype && value.len == MAC_LEN) {
        mac_print(value.at, label, NF_LABEL_SIZE);
    } else if (id.at[0] == address_subtype) {
        address_print(value, label, NF_LABEL_SIZE);
    } else {
        nf_label_clean(value.at, value.len, label);
    }
}

static bool
chassis_take(struct rest value, struct nf_neighbour *out)
{
    if (value.len < 2 || value.len > 1 + ID_MAX) {
        return false;
    }
    id_print(value, CHASSIS_MAC, CHASSIS_ADDRESS, out->system);
    if (value.at[0] == CHASSIS_MAC && value.len == 1 + MAC_LEN) {
        mac_print(value.at + 1, out->chassis_mac, sizeof out->chassis_mac);
    }
    return true;
}

static bool
port_take(struct rest value, struct nf_neighbour *out)
{
    if (value.len < 2 || value.len > 1 + ID_MAX) {
        return false;
    }
    id_print(value, PORT_MAC, PORT_ADDRESS, out->port);
    return true;
}

/* A switch that leaves says so by living no longer. */
static bool
ttl_take(struct rest value, struct nf_neighbour *out)
{
    (void) out;
    return value.len >= 2 && be16(value.at) > 0;
}

static bool
description_take(struct rest value, struct nf_neighbour *out)
{
    nf_label_clean(value.at, value.len, out->port_description);
    return true;
}

static bool
name_take(struct rest value, struct nf_neighbour *out)
{
    char name[NF_LABEL_SIZE];

    nf_label_clean(value.at, value.len, name);
    if (name[0] != '\0') {
        memcpy(out->system, name, sizeof name);
    }
    return true;
}

/* What it does of all that it can; where it does nothing of it, what it can. */
static bool
capabilities_take(struct rest value, struct nf_neighbour *out)
{
    if (value.len < 4) {
        return false;
    }
    unsigned able = be16(value.at), does = be16(value.at + 2);
    unsigned all = does != 0 ? does : able;
    out->is_switch = (all & FORWARDS) != 0;
    out->is_host = all != 0 && !out->is_switch;
    return true;
}

static void
vlan_take(unsigned vlan, struct nf_neighbour *out)
{
    if (vlan <= VLAN_MAX) {
        out->vlan = (int) vlan;
    }
}

/* IEEE 802.1's port VLAN is the one of others' that is of use. */
static bool
organisation_take(struct rest value, struct nf_neighbour *out)
{
    static const uint8_t port_vlan[] = {0x00, 0x80, 0xc2, 0x01};

    if (value.len < sizeof port_vlan) {
        return false;
    }
    if (value.len == sizeof port_vlan + 2
        && memcmp(value.at, port_vlan, sizeof port_vlan) == 0)
    {
        vlan_take(be16(value.at + sizeof port_vlan), out);
    }
    return true;
}

/* clang-format off */
static const struct {
    unsigned type;
    bool (*take)(struct rest value, struct nf_neighbour *out);
} tlvs[] = {
    { TLV_CHASSIS,          chassis_take },
    { TLV_PORT,             port_take },
    { TLV_TTL,              ttl_take },
    { TLV_PORT_DESCRIPTION, description_take },
    { TLV_SYSTEM_NAME,      name_take },
    { TLV_CAPABILITIES,     capabilities_take },
    { TLV_ORGANISATION,     organisation_take },
};
/* clang-format on */

static bool
tlv_take(unsigned type, struct rest value, struct nf_neighbour *out)
{
    for (size_t i = 0; i < sizeof tlvs / sizeof tlvs[0]; i++) {
        if (tlvs[i].type == type) {
            return tlvs[i].take(value, out);
        }
    }
    return true;
}

/* The first three must be chassis, port and TTL, and come only once. */
static bool
order_holds(unsigned place, unsigned type)
{
    return place < TLV_TTL ? type == place + 1 : type > TLV_TTL;
}

static bool
lldp_decode(struct rest in, struct nf_neighbour *out)
{
    for (unsigned place = 0; in.len >= 2; place++) {
        unsigned head = be16(in.at);
        unsigned type = head >> 9;
        size_t len = head & 0x1ff;
        in = rest_skip(in, 2);
        if (type == TLV_END && place >= TLV_TTL) {
            return true;
        }
        if (len > in.len || !order_holds(place, type)
            || !tlv_take(type, (struct rest){in.at, len}, out))
        {
            return false;
        }
        in = rest_skip(in, len);
    }
    return false; /* cut off before its end mark */
}

static void
cdp_take(unsigned type, struct rest value, struct nf_neighbour *out)
{
    if (type == CDP_DEVICE) {
        nf_label_clean(value.at, value.len, out->system);
    } else if (type == CDP_PORT) {
        nf_label_clean(value.at, value.len, out->port);
    } else if (type == CDP_CAPABILITIES && value.len == 4) {
        out->is_host = (value.at[3] & CDP_FORWARDS) == 0 && value.at[3] != 0;
    } else if (type == CDP_NATIVE_VLAN && value.len == 2) {
        vlan_take(be16(value.at), out);
    }
}

/* Version, TTL, checksum; then type, length with this head, value. */
static bool
cdp_decode(struct rest in, struct nf_neighbour *out)
{
    if (in.len < 4 || in.at[0] < 1 || in.at[1] == 0) {
        return false;
    }
    in = rest_skip(in, 4);
    while (in.len >= 4) {
        size_t len = be16(in.at + 2);
        if (len < 4 || len > in.len) {
            return false;
        }
        cdp_take(be16(in.at), (struct rest){in.at + 4, len - 4}, out);
        in = rest_skip(in, len);
    }
    out->is_cdp = true;
    return in.len == 0 && out->system[0] != '\0' && out->port[0] != '\0';
}

/* A frame of IEEE 802.3: its length, then the SNAP head of CDP. */
static bool
cdp_find(struct rest in, struct nf_neighbour *out)
{
    static const uint8_t snap[] = {0xaa, 0xaa, 0x03, 0x00,
                                   0x00, 0x0c, 0x20, 0x00};
    size_t len = be16(in.at);

    in = rest_skip(in, 2);
    if (len > LENGTH_MAX || len > in.len || len < sizeof snap
        || memcmp(in.at, snap, sizeof snap) != 0)
    {
        return false;
    }
    in.len = len; /* what follows pads a short frame */
    return cdp_decode(rest_skip(in, sizeof snap), out);
}

/* A switch's port has a name, or an address other than the whole. */
static bool
is_card(const struct nf_neighbour *out)
{
    return !out->is_switch && out->chassis_mac[0] != '\0'
           && strcmp(out->chassis_mac, out->port) == 0;
}

bool
nf_neighbour_decode(const uint8_t *frame, size_t len,
                    struct nf_neighbour *neighbour)
{
    struct nf_neighbour out = {0};
    struct rest in = {frame, len};

    if (len < 2 * MAC_LEN + 2) {
        return false;
    }
    in = rest_skip(in, 2 * MAC_LEN);
    if (be16(in.at) == TYPE_VLAN && in.len >= 6) {
        in = rest_skip(in, 4);
    }
    bool is_decoded = be16(in.at) == TYPE_LLDP
                          ? lldp_decode(rest_skip(in, 2), &out)
                          : cdp_find(in, &out);
    if (!is_decoded || out.is_host || is_card(&out)) {
        return false;
    }
    *neighbour = out;
    return true;
}
