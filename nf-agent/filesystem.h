#ifndef NF_AGENT_FILESYSTEM_H
#define NF_AGENT_FILESYSTEM_H

/*
 * The root file system that an image brought: mounted, and grown to its
 * partition.
 */

#include <stdbool.h>
#include <stddef.h>

/* Waits until the device's node is there. */
bool nf_device_wait(const char *device, char *fault, size_t size);

/*
 * Mounts what device holds (ext4 or XFS) on directory, grown to the device.
 * Without the tools to grow it, it stays as it is: the system may do it at its
 * first boot.  False and a sentence when it can't be mounted or is damaged.
 */
bool nf_filesystem_mount(const char *device, const char *directory, char *fault,
                         size_t size);

#endif
