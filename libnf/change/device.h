#ifndef NF_CHANGE_DEVICE_H
#define NF_CHANGE_DEVICE_H

/*
 * What happens to managed devices and to the credential sets that they take.
 */

#include "change/change.h"
#include "model/command.h"
#include "model/event.h"
#include "model/managed_device.h"

/*
 * Make the device of device->name what it is here: driver, address,
 * credentials, pin, node and is_enrolled; the rest is filled in as it is then.
 * Without a pin the host key of one that is at the same address stays: it is
 * exchanged for another one only.  What is so already changes nothing.
 * NF_NOT_FOUND: no such node or credential set.  NF_CONFLICT: another device is
 * at this address or is this node's, its password is too long for the driver,
 * the driver needs a user, or it would be a switch no more that nodes are
 * linked to.
 */
nf_error_t nf_change_device_put(struct nf_change *c,
                                struct nf_managed_device *device, bool *is_new);

/* One that its node brought goes with its credentials, a switch with what was
 * seen of its ports.  NF_CONFLICT: nodes are linked to it. */
nf_error_t nf_change_device_delete(struct nf_change *c, const char *name);

/* data NULL: as it is. */
struct nf_credential_secrets {
    struct nf_text password, priv_password;
};

/*
 * Make the set of credential->name this user, with these passwords;
 * priv_password is for one with a priv only, and another loses what it had.
 * NF_INVALID: it has none, or there is no site key to seal it with.
 * NF_CONFLICT: too long for a device that takes it, or a device that takes it
 * needs a user.
 */
nf_error_t nf_change_credential_put(struct nf_change *c,
                                    struct nf_credential *credential,
                                    const struct nf_credential_secrets *secrets,
                                    bool *is_new);

/* NF_CONFLICT: a device takes it. */
nf_error_t nf_change_credential_delete(struct nf_change *c, const char *name);

/* A command to the node's BMC, or to a switch, has ended: the device's state is
 * what came of it. */
void nf_record_device_told(struct nf_change *c,
                           const struct nf_command *command);

/* The node goes: its device is nobody's, or goes too if the node brought it. */
void nf_record_device_left(struct nf_change *c, nf_mac_t mac);

/* Store it, and append its event. */
bool nf_record_device(struct nf_change *c, enum nf_event_kind kind,
                      struct nf_managed_device *device);

#endif
