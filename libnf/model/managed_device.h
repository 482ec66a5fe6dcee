#ifndef NF_MODEL_MANAGED_DEVICE_H
#define NF_MODEL_MANAGED_DEVICE_H

/*
 * A managed device: a BMC or a switch that workers drive, where it is, who may
 * log in to it, and, of a BMC, which node it belongs to.
 */

#include <assert.h>

#include "base/address.h"
#include "base/out.h"
#include "model/credential.h"

enum {
    NF_MANAGED_NAME = 32, /* with its end; so the others */
    NF_MANAGED_ADDRESS = 128,
    NF_MANAGED_PIN = 80,
    NF_MANAGED_ERROR = 128,
    NF_MANAGED_JSON_MAX = 1536,
    NF_MANAGED_IPMI_PASSWORD = 20, /* bytes: IPMI 2.0 section 22.30 */
};

/* clang-format off */
/* Stored: a number never gets another meaning. */
/*    driver               number  word       kind */
#define NF_MANAGED_DRIVERS(X)                                                 \
    X(NF_MANAGED_IPMI,     0, "ipmi",    "bmc")                               \
    X(NF_MANAGED_REDFISH,  1, "redfish", "bmc")                               \
    X(NF_MANAGED_SNMP,     2, "snmp",    "switch")                            \
    X(NF_MANAGED_IOS,      3, "ios",     "switch")                            \
    X(NF_MANAGED_NXOS,     4, "nxos",    "switch")                            \
    X(NF_MANAGED_VRP,      5, "vrp",     "switch")                            \
    X(NF_MANAGED_COMWARE,  6, "comware", "switch")                            \
    X(NF_MANAGED_EAPI,     7, "eapi",    "switch")
/* clang-format on */

enum nf_managed_driver {
#define X(driver, number, word, kind) driver = (number),
    NF_MANAGED_DRIVERS(X)
#undef X
    NF_MANAGED_DRIVER_COUNT
};

extern const char *const nf_managed_drivers[NF_MANAGED_DRIVER_COUNT + 1];
extern const char *const nf_managed_kinds[NF_MANAGED_DRIVER_COUNT + 1];

/* Stored as it is. */
struct nf_managed_device {
    uint64_t revision; /* number of the event that told of it last */
    nf_time_t created_at;
    nf_time_t updated_at;
    nf_time_t since; /* its state is what it is since then, 0: never asked */
    nf_mac_t node;   /* whose BMC it is, zero: nobody's yet */
    uint8_t driver;  /* enum nf_managed_driver */
    uint8_t is_enrolled; /* the node itself has brought it */
    char name[NF_MANAGED_NAME];
    char credentials[NF_CREDENTIAL_NAME]; /* "": the worker has them */
    char address[NF_MANAGED_ADDRESS];
    char pin[NF_MANAGED_PIN];     /* of its key, or "" */
    char state[16];               /* "", "fine", or the word of a cause */
    char error[NF_MANAGED_ERROR]; /* its words then, or "" */
};

static_assert(sizeof(struct nf_managed_device) == 456,
              "stored: see docs/store.md");

/* Letters, digits, '-', '_' and '.', at most 31: part of a path. */
bool nf_managed_is_name(struct nf_text name);

/* Why it is no address of a device (NAME, ADDRESS, NAME:PORT, [IPv6]:PORT), or
 * no pin that a driver goes by, to follow "must be "; NULL: it is one. */
const char *nf_managed_address_misfit(struct nf_text address);
const char *nf_managed_pin_misfit(enum nf_managed_driver driver,
                                  struct nf_text pin);

/* It is the fingerprint of a host key, and the driver speaks SSH. */
bool nf_managed_is_host_key(uint8_t driver, struct nf_text pin);

/* Else it is a BMC. */
bool nf_managed_is_switch(const struct nf_managed_device *device);

/* It belongs to a node. */
bool nf_managed_is_linked(const struct nf_managed_device *device);

void nf_managed_json(const struct nf_managed_device *device,
                     struct nf_out *out);

#endif
