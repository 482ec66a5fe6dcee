#include "ipmi.h"

#include <stdio.h>
#include <string.h>

enum {
    NETFN_APP = 0x06,
    NETFN_TRANSPORT = 0x0c,
    GET_DEVICE_ID = 0x01,
    GET_CHANNEL_INFO = 0x42,
    GET_LAN_CONFIGURATION = 0x02,
    PARAMETER_IP = 3,
    PARAMETER_MAC = 5,
    CHANNEL_MAX = 11, /* those above have fixed uses */
    MEDIUM_LAN = 4,   /* IEEE 802.3 */
};

/* The length of what is behind the completion code; -1: there is no answer, or
 * the code says why not. */
static int
ask(const struct nf_ipmi_way *way, struct nf_ipmi_question question,
    uint8_t reply[static NF_IPMI_REPLY_MAX], bool *is_dead)
{
    memset(reply, 0, NF_IPMI_REPLY_MAX);
    int n = way->ask(way->self, &question, reply, is_dead);
    if (n < 1 || reply[0] != 0) {
        return -1;
    }
    memmove(reply, reply + 1, (size_t) n - 1);
    return n - 1;
}

/* Firmware revision: 7 bits of major, then minor as two decimal digits. */
static bool
version_read(const struct nf_ipmi_way *way, struct nf_bmc *bmc)
{
    uint8_t reply[NF_IPMI_REPLY_MAX];
    bool is_dead = false;
    int n =
        ask(way, (struct nf_ipmi_question){NETFN_APP, GET_DEVICE_ID, {0}, 0},
            reply, &is_dead);

    if (n >= 4) {
        snprintf(bmc->version, sizeof bmc->version, "%d.%02x", reply[2] & 0x7f,
                 reply[3]);
    }
    return n >= 4;
}

static bool
is_lan(const struct nf_ipmi_way *way, uint8_t channel, bool *is_dead)
{
    uint8_t reply[NF_IPMI_REPLY_MAX];
    int n = ask(
        way,
        (struct nf_ipmi_question){NETFN_APP, GET_CHANNEL_INFO, {channel}, 1},
        reply, is_dead);

    return n >= 2 && (reply[1] & 0x7f) == MEDIUM_LAN;
}

/* A parameter's revision comes before its value. */
static const uint8_t *
parameter_read(const struct nf_ipmi_way *way, uint8_t channel,
               uint8_t parameter, int size,
               uint8_t reply[static NF_IPMI_REPLY_MAX], bool *is_dead)
{
    static const uint8_t zeros[6];
    int n = ask(way,
                (struct nf_ipmi_question){NETFN_TRANSPORT,
                                          GET_LAN_CONFIGURATION,
                                          {channel, parameter, 0, 0},
                                          4},
                reply, is_dead);

    return n >= 1 + size && memcmp(reply + 1, zeros, (size_t) size) != 0
               ? reply + 1
               : NULL;
}

/* True when the channel has an address. */
static bool
channel_read(const struct nf_ipmi_way *way, uint8_t channel, struct nf_bmc *bmc,
             bool *is_dead)
{
    uint8_t reply[NF_IPMI_REPLY_MAX];
    const uint8_t *b =
        parameter_read(way, channel, PARAMETER_MAC, 6, reply, is_dead);

    if (b != NULL) {
        snprintf(bmc->mac, sizeof bmc->mac, "%02x:%02x:%02x:%02x:%02x:%02x",
                 b[0], b[1], b[2], b[3], b[4], b[5]);
    }
    if (*is_dead) {
        return false;
    }
    b = parameter_read(way, channel, PARAMETER_IP, 4, reply, is_dead);
    if (b != NULL) {
        snprintf(bmc->ip, sizeof bmc->ip, "%u.%u.%u.%u", b[0], b[1], b[2],
                 b[3]);
    }
    return b != NULL;
}

bool
nf_ipmi_read(const struct nf_ipmi_way *way, struct nf_bmc *bmc)
{
    struct nf_bmc out = {0};
    bool is_dead = false;

    if (!version_read(way, &out)) {
        return false;
    }
    for (uint8_t channel = 1; channel <= CHANNEL_MAX && !is_dead; channel++) {
        struct nf_bmc found = out;
        if (!is_lan(way, channel, &is_dead) || is_dead) {
            continue;
        }
        bool has_address = channel_read(way, channel, &found, &is_dead);
        if (has_address || out.mac[0] == '\0') {
            out = found; /* a channel without an address shows its MAC */
        }
        if (has_address) {
            break;
        }
    }
    *bmc = out;
    return true;
}
