#ifndef NF_MODEL_HARDWARE_H
#define NF_MODEL_HARDWARE_H

/*
 * The hardware of a machine as nf-agent reports it: a JSON object, kept as
 * text, of which the server itself asks little.
 */

#include "base/address.h"
#include "base/arena.h"
#include "base/error.h"
#include "base/value.h"
#include "model/boot_mode.h"

enum {
    NF_HARDWARE_DISKS = 256,
    NF_HARDWARE_NICS = 64,
    NF_HARDWARE_PCI = 256,
};

/*
 * Check what was reported and leave out what is not known.  NF_INVALID: the
 * fault names the member, as "hardware.disks[3].size_gb".
 */
nf_error_t nf_hardware_check(const struct nf_value *reported, nf_arena_t *arena,
                             struct nf_value *kept, unsigned *unknown,
                             struct nf_fault *fault);

/* Its serial number; empty when it has none, or one that means nothing. */
struct nf_text nf_hardware_serial(const struct nf_value *hardware);

/* How its firmware had started it, by the report as it is stored. */
enum nf_boot_mode nf_hardware_boot_mode(struct nf_text json);

/*
 * The MACs of its cards but mac itself, at most n; returns how many.  Cards on
 * USB are left out: docks and dongles go from machine to machine, and the one
 * between a BMC and its host has the same MAC on every board of a kind.
 */
size_t nf_hardware_macs(const struct nf_value *hardware, nf_mac_t mac,
                        nf_mac_t macs[], size_t n);

#endif
