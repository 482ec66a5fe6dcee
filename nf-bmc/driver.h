#ifndef NF_BMC_DRIVER_H
#define NF_BMC_DRIVER_H

/*
 * A driver speaks one protocol: it carries one ask at a time to one device.
 * What follows from the answer is libnf/bmc's.
 */

#include "bmc/device.h"
#include "loop.h"

struct nf_driver;

/* Whom to ask, and what was learned of it. */
struct nf_device {
    const struct nf_driver *driver;
    char address[NF_DEVICE_ADDRESS]; /* a name or an address, without a port */
    uint16_t port;                   /* 0: the driver's own */
    char user[NF_DEVICE_USER], password[NF_DEVICE_PASSWORD];
    /* SNMP: user "" and the community as password, or v3's user and two. */
    char auth[NF_DEVICE_PROTOCOL], priv[NF_DEVICE_PROTOCOL];
    char priv_password[NF_DEVICE_PASSWORD];
    char pin[NF_DEVICE_PIN]; /* "sha256//...": its public key; or "" */
    uint8_t cipher;          /* IPMI: what worked last, 0 not known */
    bool is_operator;        /* IPMI: the user has no higher level */
};

struct nf_dialog {
    struct nf_loop *loop;
    struct nf_device *device;
    /* Never called from within ask() or close(). */
    void (*told)(struct nf_dialog *dialog, const struct nf_bmc_told *told);
    void *of;
    uint32_t asked; /* by the driver: requests that went to the device */
};

struct nf_driver {
    enum nf_bmc_driver kind;
    uint16_t port;
    bool lights_stay; /* lit until they are put out, whatever was asked for */
    size_t size;      /* of its dialog, that begins with a struct nf_dialog */
    /* told() follows, unless the dialog is closed before. */
    void (*ask)(struct nf_dialog *dialog, const struct nf_bmc_ask *ask);
    /* What it is when its time is over and it owes an answer: unreachable, or
     * hung where it had begun to. */
    enum nf_bmc_cause (*late)(const struct nf_dialog *dialog);
    /* At any time; what it holds is given back, but not its own memory. */
    void (*close)(struct nf_dialog *dialog);
};

extern const struct nf_driver nf_driver_ipmi;
extern const struct nf_driver nf_driver_redfish;

const struct nf_driver *nf_driver_of(enum nf_bmc_driver kind);

/* NULL: there is none of that name. */
const struct nf_driver *nf_driver_find(struct nf_text name);

/* NAME, ADDRESS, NAME:PORT, [IPv6]:PORT; what has a scheme stays as it is.
 * False: it is none. */
bool nf_device_address(struct nf_device *device, struct nf_text text);

/* They are at one address, whoever logs in to them and how. */
bool nf_device_is_same(const struct nf_device *a, const struct nf_device *b);

#endif
