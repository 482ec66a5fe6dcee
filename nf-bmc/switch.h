#ifndef NF_BMC_SWITCH_H
#define NF_BMC_SWITCH_H

/*
 * A switch's driver speaks one protocol, or one kind of command line: it
 * carries one ask at a time to one switch.  What follows from the answer is
 * libnf/port's.
 */

#include "driver.h"
#include "port/operation.h"

struct nf_switch_dialog {
    struct nf_loop *loop;
    /* Address, port, user, password and pin; its driver is none.  The
     * caller's. */
    const struct nf_device *device;
    const struct nf_switch_driver *driver;
    /* Never called from within ask() or close(). */
    void (*told)(struct nf_switch_dialog *dialog,
                 const struct nf_switch_told *told);
    void *of;
    uint32_t asked; /* by the driver: requests that went to the switch */
};

struct nf_switch_driver {
    const char *name;
    uint16_t port;
    size_t size; /* of its dialog, that begins with a struct nf_switch_dialog */
    /* told() follows, unless the dialog is closed before.  A session is kept
     * for the next ask, and opened anew where it was lost. */
    void (*ask)(struct nf_switch_dialog *dialog,
                const struct nf_switch_ask *ask);
    /* At any time; what it holds is given back, but not its own memory. */
    void (*close)(struct nf_switch_dialog *dialog);
};

extern const struct nf_switch_driver nf_switch_driver_snmp;
extern const struct nf_switch_driver nf_switch_driver_ios;
extern const struct nf_switch_driver nf_switch_driver_nxos;
extern const struct nf_switch_driver nf_switch_driver_vrp;
extern const struct nf_switch_driver nf_switch_driver_comware;
extern const struct nf_switch_driver nf_switch_driver_eapi;

/* NULL: there is none of that name. */
const struct nf_switch_driver *nf_switch_driver_find(struct nf_text name);

#endif
