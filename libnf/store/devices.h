#ifndef NF_STORE_DEVICES_H
#define NF_STORE_DEVICES_H

/*
 * Managed devices: by name, by the node they belong to, by where they are and
 * by the credential set that they take.
 */

#include "model/managed_device.h"
#include "store/txn.h"

/* False: there is none, or the scope has failed. */
bool nf_devices_get(struct nf_read *r, const char *name,
                    struct nf_managed_device *device);

/* By name: the first of a scan of NF_DEVICES, and the next one. */
bool nf_devices_list(struct nf_scan *scan, struct nf_managed_device *device);
bool nf_devices_list_next(struct nf_scan *scan,
                          struct nf_managed_device *device);

/* With all that leads to it, and no more with what led to it before. */
bool nf_devices_put(struct nf_write *w, const struct nf_managed_device *device);

bool nf_devices_delete(struct nf_write *w, const char *name);

/* The BMC of a node; the device at an address of a driver. */
bool nf_devices_of_node(struct nf_read *r, nf_mac_t mac,
                        struct nf_managed_device *device);
bool nf_devices_at(struct nf_read *r, enum nf_managed_driver driver,
                   const char *address, struct nf_managed_device *device);

/* The first one that takes this credential set whose name comes behind after,
 * "" for the very first. */
bool nf_devices_with(struct nf_read *r, const char *credentials,
                     const char *after, struct nf_managed_device *device);

#endif
