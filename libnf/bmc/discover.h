#ifndef NF_BMC_DISCOVER_H
#define NF_BMC_DISCOVER_H

/*
 * What tells a BMC from another machine, without a user: two packets to UDP 623
 * and the service root of Redfish.  Whatever answers is believed only as far
 * as it can be checked, and may be anybody.
 */

#include "base/address.h"
#include "bmc/device.h"

enum {
    NF_DISCOVER_PING = 12, /* bytes of each packet */
    NF_DISCOVER_ASK = 23,
    NF_DISCOVER_TAGS = 64, /* 0 to 63 */
    NF_DISCOVER_UUID = 37,
    NF_DISCOVER_ROOT_MAX = 65536, /* a service root is a few thousand bytes */
    NF_FOUND_JSON_MAX = 1280,
};

/* Texts are printable, or "". */
struct nf_found {
    nf_ip4_t ip;
    bool is_ipmi;   /* it answers at UDP 623 */
    bool tells;     /* what follows is its word */
    bool has_v2;    /* IPMI 2.0 */
    bool wants_key; /* its sessions need a key (Kg) besides the password */
    bool lets_in;   /* without a user and a password */
    bool is_redfish;
    char version[NF_BMC_NAME], vendor[NF_BMC_NAME], product[NF_BMC_NAME];
    char uuid[NF_DISCOVER_UUID];
    char pin[NF_DEVICE_PIN]; /* of the key that it shows */
};

/* ASF 2.0 section 3.2.4.3: presence ping. */
void nf_discover_ping(uint8_t tag, uint8_t packet[static NF_DISCOVER_PING]);

/* IPMI 2.0 section 22.13: get channel authentication capabilities, outside of a
 * session. */
void nf_discover_ask(uint8_t tag, uint8_t packet[static NF_DISCOVER_ASK]);

/* What came from UDP 623 of found->ip.  False: it answers neither. */
bool nf_discover_take(struct nf_found *found, uint8_t tag,
                      struct nf_bytes packet);

/* What GET /redfish/v1/ brought.  False: it is no Redfish service. */
bool nf_discover_service(struct nf_found *found, unsigned status,
                         struct nf_text body);

/* {"address":"10.0.0.6","drivers":["ipmi"],"ipmi":{...},"redfish":{...}} */
void nf_found_json(const struct nf_found *found, struct nf_out *out);

#endif
