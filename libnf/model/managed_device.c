#include "model/managed_device.h"

#include "base/ip.h"
#include "model/member.h"

#define DIGITS  "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

const char *const nf_managed_drivers[NF_MANAGED_DRIVER_COUNT + 1] = {
#define X(driver, number, word, kind) [driver] = (word),
    NF_MANAGED_DRIVERS(X)
#undef X
};

const char *const nf_managed_kinds[NF_MANAGED_DRIVER_COUNT + 1] = {
#define X(driver, number, word, kind) [driver] = (kind),
    NF_MANAGED_DRIVERS(X)
#undef X
};

bool
nf_managed_is_name(struct nf_text name)
{
    return nf_credential_is_name(name);
}

/* --- where it is -------------------------------------------------------------
 */

/* "[fd00::5]", and what stands behind it. */
static bool
cut_brackets(struct nf_text *rest, struct nf_text *host)
{
    struct nf_text inner = {rest->data + 1, rest->len - 1};

    *host = nf_text_cut(&inner, ']');
    *rest = inner;
    return inner.data != NULL;
}

static bool
is_port(struct nf_text text)
{
    uint64_t port;

    return nf_text_number(text, UINT16_MAX, &port) && port > 0;
}

static bool
is_host(struct nf_text host)
{
    struct nf_ip ip;

    return nf_ip_parse(host, &ip)
           || (nf_text_is_hostname(host)
               && !nf_text_has_only(host, DIGITS "."));
}

static bool
is_address(struct nf_text address)
{
    struct nf_text rest = address, host;
    struct nf_ip ip;

    if (nf_ip_parse(address, &ip)) {
        return true;
    }
    if (nf_text_starts(address, NF_TEXT("["))) {
        return cut_brackets(&rest, &host) && nf_ip_parse(host, &ip) && ip.is_v6
               && (rest.len == 0
                   || (rest.data[0] == ':'
                       && is_port(
                           (struct nf_text){rest.data + 1, rest.len - 1})));
    }
    host = nf_text_cut(&rest, ':');
    return is_host(host) && (rest.data == NULL || is_port(rest));
}

const char *
nf_managed_address_misfit(struct nf_text address)
{
    return address.len > 0 && address.len < NF_MANAGED_ADDRESS
                   && is_address(address)
               ? NULL
               : "a host name or an address, with :PORT where it is not the "
                 "usual one: 10.0.0.5, bmc7.example:8443 or [fd00::5]:443";
}

/* What the pin of a driver begins with, what behind 43 digits of base64 ends
 * it, and what it must be. */
static const struct pin {
    const char *start, *end, *must;
} pin_of_certificate =
    {"sha256//", "=",
     "sha256//..., as `nf-bmc try` prints it for a certificate"},
  pin_of_host_key =
      {"SHA256:", "",
       "SHA256:..., as `nf-bmc try` and ssh-keyscan print it for a host key"},
  no_pin = {NULL, NULL, "omitted: the driver checks no key"};

static const struct pin *const pins[NF_MANAGED_DRIVER_COUNT] = {
    [NF_MANAGED_IPMI] = &no_pin,
    [NF_MANAGED_REDFISH] = &pin_of_certificate,
    [NF_MANAGED_SNMP] = &no_pin,
    [NF_MANAGED_IOS] = &pin_of_host_key,
    [NF_MANAGED_NXOS] = &pin_of_host_key,
    [NF_MANAGED_VRP] = &pin_of_host_key,
    [NF_MANAGED_COMWARE] = &pin_of_host_key,
    [NF_MANAGED_EAPI] = &pin_of_certificate,
};

static bool
is_pin(const struct pin *pin, struct nf_text text)
{
    struct nf_text start = nf_text(pin->start), end = nf_text(pin->end);
    struct nf_text hash = {text.data + start.len, 43};

    return text.len == start.len + hash.len + end.len
           && nf_text_starts(text, start)
           && nf_text_has_only(hash, LETTERS DIGITS "+/")
           && memcmp(hash.data + hash.len, end.data, end.len) == 0;
}

const char *
nf_managed_pin_misfit(enum nf_managed_driver driver, struct nf_text text)
{
    const struct pin *pin = pins[driver];

    return pin->start != NULL && is_pin(pin, text) ? NULL : pin->must;
}

/* --- how it is shown ---------------------------------------------------------
 */

bool
nf_managed_is_host_key(uint8_t driver, struct nf_text pin)
{
    return pins[driver] == &pin_of_host_key && is_pin(pins[driver], pin);
}

bool
nf_managed_is_switch(const struct nf_managed_device *device)
{
    return strcmp(nf_managed_kinds[device->driver], "switch") == 0;
}

bool
nf_managed_is_linked(const struct nf_managed_device *device)
{
    return !nf_mac_equal(device->node, (nf_mac_t){0});
}

void
nf_managed_json(const struct nf_managed_device *device, struct nf_out *out)
{
    char mac[NF_MAC_TEXT] = "";

    if (nf_managed_is_linked(device)) {
        nf_mac_format(device->node, mac);
    }
    nf_out_puts(out, "{\"name\":");
    nf_out_json(out, nf_text(device->name));
    nf_member_text(out, "kind", nf_managed_kinds[device->driver]);
    nf_member_text(out, "driver", nf_managed_drivers[device->driver]);
    nf_member_text(out, "address", device->address);
    nf_member_text(out, "credentials", device->credentials);
    nf_member_text(out, "pin", device->pin);
    nf_member_text(out, "node", mac);
    nf_member_text(out, "origin",
                   device->is_enrolled ? "enrolled" : "operator");
    nf_member_text(out, "state",
                   device->state[0] == '\0' ? "unknown" : device->state);
    nf_member_time(out, "since", device->since);
    nf_member_text(out, "last_error", device->error);
    nf_member_time(out, "created_at", device->created_at);
    nf_member_time(out, "updated_at", device->updated_at);
    nf_out_puts(out, ",\"revision\":");
    nf_out_number(out, (int64_t) device->revision);
    nf_out_putc(out, '}');
}
