#include "port/seen.h"

#include "json/field.h"

struct said {
    char name[NF_PORT_NAME], lag[NF_PORT_NAME];
    char description[NF_PORT_WORDS], neighbor[NF_PORT_WORDS];
    char tagged[NF_SEEN_JSON_MAX];
    uint8_t mode, admin, link, forwards;
    int64_t vlan, mbps, macs;
    bool is_bridge;
    nf_mac_t addresses[NF_SEEN_ADDRESSES];
    uint8_t addresses_n;
};

#define MEMBER(name, kind_, member, ...)                                       \
    {                                                                          \
        name, .kind = (kind_), .offset = offsetof(struct said, member),        \
              .size = sizeof(((struct said *) 0)->member), __VA_ARGS__         \
    }

/* clang-format off */
static const struct nf_json_field members[] = {
    MEMBER("name", NF_JSON_TEXT, name, .is_required = true),
    MEMBER("mode", NF_JSON_WORD, mode, .words = nf_port_modes, .is_required = true),
    MEMBER("vlan", NF_JSON_NUMBER, vlan, .max = NF_VLAN_MAX),
    MEMBER("tagged", NF_JSON_TEXT, tagged, .may_be_empty = true),
    MEMBER("admin", NF_JSON_WORD, admin, .words = nf_port_states),
    MEMBER("description", NF_JSON_WORDS, description, .may_be_empty = true),
    MEMBER("link", NF_JSON_WORD, link, .words = nf_port_states),
    MEMBER("forwards", NF_JSON_WORD, forwards, .words = nf_port_states),
    MEMBER("mbps", NF_JSON_NUMBER, mbps, .max = UINT32_MAX),
    MEMBER("lag", NF_JSON_TEXT, lag, .may_be_empty = true),
    MEMBER("macs", NF_JSON_NUMBER, macs, .max = UINT32_MAX),
    MEMBER("neighbor", NF_JSON_WORDS, neighbor, .may_be_empty = true),
    MEMBER("bridge", NF_JSON_SWITCH, is_bridge),
    {"addresses", NF_JSON_MACS, .offset = offsetof(struct said, addresses),
     .size = NF_SEEN_ADDRESSES, .count_offset = offsetof(struct said, addresses_n)},
    {0},
};
/* clang-format on */

static nf_error_t
take(const struct said *said, struct nf_port_seen *seen, struct nf_fault *fault)
{
    struct nf_port *port = &seen->port;

    *seen = (struct nf_port_seen){.addresses_n = said->addresses_n};
    memcpy(seen->addresses, said->addresses, sizeof(seen->addresses));
    memcpy(port->name, said->name, sizeof(port->name));
    memcpy(port->lag, said->lag, sizeof(port->lag));
    memcpy(port->neighbor, said->neighbor, sizeof(port->neighbor));
    memcpy(port->config.description, said->description,
           sizeof(port->config.description));
    port->config.mode = said->mode;
    port->config.admin = said->admin;
    port->config.vlan = (unsigned) said->vlan;
    port->link = said->link;
    port->forwards = said->forwards;
    port->mbps = (uint32_t) said->mbps;
    port->macs = (uint32_t) said->macs;
    port->is_bridge_behind = said->is_bridge;
    return nf_vlans_parse(nf_text(said->tagged), &port->config.tagged)
               ? NF_OK
               : nf_refuse(fault, "tagged", "must be a list such as 1,5-7");
}

nf_error_t
nf_port_seen_read(struct nf_text json, struct nf_port_seen *seen,
                  struct nf_fault *fault)
{
    struct nf_json_reader reader = {.fields = members, .source = NF_JSON_AGENT};
    struct said said = {.name = ""};
    nf_error_t err = nf_json_read(&reader, json, &said, fault);

    if (err == NF_OK && said.name[0] == '\0') {
        return nf_refuse(fault, "name", "must not be empty");
    }
    return err == NF_OK ? take(&said, seen, fault) : err;
}

void
nf_port_seen_json(const struct nf_port_seen *seen, struct nf_out *out)
{
    char mac[NF_MAC_TEXT];

    nf_port_json(&seen->port, out);
    if (seen->addresses_n == 0 || out->full) {
        return;
    }
    out->len--; /* its closing brace */
    nf_out_puts(out, ",\"addresses\":[");
    for (uint8_t i = 0; i < seen->addresses_n; i++) {
        nf_mac_format(seen->addresses[i], mac);
        nf_out_printf(out, "%s\"%s\"", i == 0 ? "" : ",", mac);
    }
    nf_out_puts(out, "]}");
}
