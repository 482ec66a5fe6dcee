#include "driver.h"

static const struct nf_driver *const drivers[NF_BMC_DRIVER_COUNT] = {
    [NF_BMC_IPMI] = &nf_driver_ipmi,
    [NF_BMC_REDFISH] = &nf_driver_redfish,
};

const struct nf_driver *
nf_driver_of(enum nf_bmc_driver kind)
{
    return drivers[kind];
}

const struct nf_driver *
nf_driver_find(struct nf_text name)
{
    for (size_t i = 0; i < NF_BMC_DRIVER_COUNT; i++) {
        if (nf_text_equal(name, nf_text(nf_bmc_drivers[i]))) {
            return drivers[i];
        }
    }
    return NULL;
}

bool
nf_device_address(struct nf_device *device, struct nf_text text)
{
    uint64_t port = 0;
    struct nf_text rest = text, host = nf_text_cut(&rest, ':');

    if (text.len > 0 && text.data[0] == '[') {
        rest = (struct nf_text){text.data + 1, text.len - 1};
        host = nf_text_cut(&rest, ']');
        if (rest.len > 0 && rest.data[0] == ':') {
            rest = (struct nf_text){rest.data + 1, rest.len - 1};
        }
    } else if (nf_text_starts(rest, NF_TEXT("//"))
               || (rest.len > 0 && memchr(rest.data, ':', rest.len) != NULL))
    {
        host = text; /* or IPv6 without a port */
        rest = (struct nf_text){0};
    }
    if (rest.len > 0 && !nf_text_number(rest, 65535, &port)) {
        return false;
    }
    device->port = (uint16_t) port;
    return host.len > 0 && host.data[0] != '-' && nf_text_is_printable(host)
           && nf_text_copy(device->address, sizeof(device->address), host);
}

bool
nf_device_is_same(const struct nf_device *a, const struct nf_device *b)
{
    return a->port == b->port && strcmp(a->address, b->address) == 0;
}
