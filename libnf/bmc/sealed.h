#ifndef NF_BMC_SEALED_H
#define NF_BMC_SEALED_H

/*
 * How to reach a device, sealed for one worker and one command: what the member
 * "device" of a command holds.  Whoever reads the bus learns nothing of it, and
 * what he caught fits no other command and no other address.
 */

#include "base/error.h"
#include "bmc/device.h"
#include "model/command.h"
#include "model/worker_key.h"
#include "port/operation.h"

enum {
    NF_SEALED_TEXT = 2560, /* base64 of the longest, with its end */
};

struct nf_sealed_device {
    char command[NF_COMMAND_ID_TEXT]; /* the one that it is for */
    char driver[NF_SWITCH_DRIVER];    /* a word of nf_bmc_drivers or of
                                         nf_switch_drivers */
    char address[NF_DEVICE_ADDRESS];  /* with :PORT where it is not the
                                         driver's own */
    char user[NF_DEVICE_USER], password[NF_DEVICE_PASSWORD];
    char pin[NF_DEVICE_PIN]; /* of SSH "SHA256:...", else "sha256//..."; "" */
    /* SNMP alone.  Without a user the password is the community. */
    char auth[NF_DEVICE_PROTOCOL], priv[NF_DEVICE_PROTOCOL];
    char priv_password[NF_DEVICE_PASSWORD];
};

/*
 * Seal device, all of whose fields are printable C strings, for the worker of
 * this public key.  False, and text is empty: a field is not, or the key is
 * none that can be sealed for.
 */
bool nf_sealed_make(const struct nf_sealed_device *device,
                    const uint8_t worker[static NF_WORKER_KEY],
                    char text[static NF_SEALED_TEXT]);

/* The two halves of a worker's key. */
struct nf_worker_keys {
    uint8_t public[NF_WORKER_KEY], secret[NF_WORKER_KEY];
};

/*
 * What was sealed for the command of this id; any bytes may come.  NF_INVALID:
 * fault says why in words that hold no secret, and *device is wiped; else it is
 * the caller's to wipe.
 */
nf_error_t nf_sealed_open(struct nf_text text, struct nf_text command,
                          const struct nf_worker_keys *keys,
                          struct nf_sealed_device *device,
                          struct nf_fault *fault);

/* The second half of that: the JSON that was inside. */
nf_error_t nf_sealed_read(struct nf_text json, struct nf_text command,
                          struct nf_sealed_device *device,
                          struct nf_fault *fault);

#endif
