#include "dhcp/ask.h"

#include "model/arch.h"

/* Where members stand in a message (RFC 2131, figure 1). */
enum {
    AT_OP = 0,
    AT_TYPE = 1,
    AT_LEN = 2,
    AT_CIADDR = 12,
    AT_GIADDR = 24,
    AT_CHADDR = 28,
    AT_COOKIE = 236,
    AT_OPTIONS = 240,
};

enum {
    REQUEST = 1,
    REPLY = 2,
};

enum {
    OPTION_PAD = 0,
    OPTION_REQUESTED = 50,
    OPTION_KIND = 53,
    OPTION_SERVER = 54,
    OPTION_USER_CLASS = 77,
    OPTION_AGENT = 82,
    OPTION_ARCH = 93,
    OPTION_MACHINE = 97,
    OPTION_SUBNET = 118,
    OPTION_IPXE = 175,
    OPTION_END = 255,
    AGENT_CIRCUIT = 1,
    AGENT_REMOTE = 2,
    AGENT_LINK = 5,
};

static const uint8_t cookie[4] = {99, 130, 83, 99};

static void
take_ip(const uint8_t *value, uint8_t len, nf_ip4_t *ip)
{
    if (len == sizeof(ip->b)) {
        memcpy(ip->b, value, sizeof(ip->b));
    }
}

static uint64_t
hash(uint64_t sum, const uint8_t *at, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        sum = (sum ^ at[i]) * 0x100000001b3u;
    }
    return sum;
}

static void
take_agent(const uint8_t *at, uint8_t len, struct nf_ask *ask)
{
    const uint8_t *end = at + len;
    uint64_t sum = 0;

    while (end - at >= 2 && at[1] <= end - at - 2) {
        if (at[0] == AGENT_CIRCUIT || at[0] == AGENT_REMOTE) {
            sum = hash(sum == 0 ? 0xcbf29ce484222325u : sum, at,
                       (size_t) at[1] + 2);
        } else if (at[0] == AGENT_LINK) {
            take_ip(at + 2, at[1], &ask->link);
        }
        at += at[1] + 2;
    }
    ask->port = sum;
}

/* Of several the first that a loader may be there for, else the first. */
static void
take_arch(const uint8_t *value, uint8_t len, struct nf_ask *ask)
{
    bool is_known = false;

    for (uint8_t i = 0; i + 2 <= len && !is_known; i += 2) {
        uint16_t number = (uint16_t) (value[i] << 8 | value[i + 1]);
        const struct nf_arch *arch = nf_arch_find(number);
        is_known = arch != NULL && arch->kind != NF_MACHINE_OTHER;
        if (i == 0 || is_known) {
            ask->arch = number;
            ask->is_firmware = true;
        }
    }
}

/* iPXE is told where its script is, on whatever machine it runs. */
static void
take_loader(uint8_t option, const uint8_t *value, uint8_t len, bool *is_ipxe)
{
    *is_ipxe |= option == OPTION_IPXE
                || (option == OPTION_USER_CLASS && len == 4
                    && memcmp(value, "iPXE", 4) == 0);
}

static void
take_option(uint8_t option, const uint8_t *value, uint8_t len,
            struct nf_ask *ask)
{
    switch (option) {
    case OPTION_KIND:
        ask->kind = len == 1 ? value[0] : 0;
        break;
    case OPTION_REQUESTED:
        take_ip(value, len, &ask->wish);
        break;
    case OPTION_SERVER:
        take_ip(value, len, &ask->server);
        break;
    case OPTION_SUBNET:
        take_ip(value, len, &ask->link);
        break;
    case OPTION_AGENT:
        take_agent(value, len, ask);
        break;
    case OPTION_ARCH:
        take_arch(value, len, ask);
        break;
    case OPTION_MACHINE:
        ask->is_pi = len >= 4 && memcmp(value, "\0RPi", 4) == 0;
        break;
    default:
        break;
    }
}

static void
take_options(const uint8_t *at, const uint8_t *end, struct nf_ask *ask)
{
    bool is_ipxe = false;

    while (at < end && *at != OPTION_END) {
        if (*at == OPTION_PAD) {
            at++;
            continue;
        }
        if (end - at < 2 || at[1] > end - at - 2) {
            return;
        }
        take_option(at[0], at + 2, at[1], ask);
        take_loader(at[0], at + 2, at[1], &is_ipxe);
        at += at[1] + 2;
        ask->is_firmware &= !is_ipxe;
    }
}

/* Addresses of Ethernet cards that no card has are refused. */
static bool
take_card(const uint8_t *data, struct nf_card *card)
{
    struct nf_card read = {.type = data[AT_TYPE], .len = data[AT_LEN]};
    nf_mac_t mac;

    if (read.len == 0 || read.len > NF_CARD_MAX) {
        return false;
    }
    memcpy(read.b, data + AT_CHADDR, read.len);
    bool is_ethernet =
        read.type == NF_CARD_ETHERNET && read.len == sizeof(mac.b);
    if (is_ethernet && !nf_card_mac(&read, &mac)) {
        return false;
    }
    *card = read;
    return true;
}

static bool
is_message(const uint8_t *data, size_t len, uint8_t op)
{
    return len >= AT_OPTIONS && data[AT_OP] == op
           && memcmp(data + AT_COOKIE, cookie, sizeof(cookie)) == 0;
}

bool
nf_ask_read(const uint8_t *data, size_t len, struct nf_ask *ask)
{
    struct nf_ask read = {0};
    nf_ip4_t has;

    if (!is_message(data, len, REQUEST) || !take_card(data, &read.card)) {
        return false;
    }
    take_ip(data + AT_GIADDR, sizeof(read.link.b), &read.link);
    take_options(data + AT_OPTIONS, data + len, &read);
    take_ip(data + AT_CIADDR, sizeof(has.b), &has);
    if (nf_ip4_is_set(has)) {
        read.wish = has;
    }
    if (read.kind != NF_ASK_DISCOVER && read.kind != NF_ASK_REQUEST) {
        return false;
    }
    *ask = read;
    return true;
}

bool
nf_ask_read_reply(const uint8_t *data, size_t len, struct nf_card *card)
{
    return is_message(data, len, REPLY) && take_card(data, card);
}
