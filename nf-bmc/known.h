#ifndef NF_BMC_KNOWN_H
#define NF_BMC_KNOWN_H

/*
 * What was learned of devices: how a session with each came about, so that the
 * next one begins in that way, and whether it was silent.  In memory only: it
 * is learned again.
 */

#include "bmc/circuit.h"
#include "driver.h"

enum {
    NF_KNOWN_MAX = 1024, /* the oldest give way */
};

struct nf_known_device {
    char address[NF_DEVICE_ADDRESS];
    uint16_t port;
    uint8_t cipher;
    bool is_operator;
    struct nf_circuit circuit;
};

struct nf_known {
    size_t n; /* ever noted */
    struct nf_known_device *devices;
};

/* Into the device, where something is known of it. */
void nf_known_recall(const struct nf_known *known, struct nf_device *device);

/* Of one that nothing is known of: it answers. */
struct nf_circuit nf_known_circuit(const struct nf_known *known,
                                   const struct nf_device *device);

/* What was learned, if anything; without memory it is forgotten. */
void nf_known_note(struct nf_known *known, const struct nf_device *device,
                   struct nf_circuit circuit);

void nf_known_close(struct nf_known *known);

#endif
