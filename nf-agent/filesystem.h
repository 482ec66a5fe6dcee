#ifndef NF_AGENT_FILESYSTEM_H
#define NF_AGENT_FILESYSTEM_H

/*
 * The root file system that an image brought: mounted, and grown to its
 * partition.
 */

#include <stdbool.h>
#include <stddef.h>

/*
 * Waits until the device's node is there, and opens it.  While a partition is
 * open nobody, as udev does behind each who wrote to the disk, has the kernel
 * reread the table and its node go for a moment.  -1 and a sentence when it did
 * not appear; the descriptor is the caller's to close.
 */
int nf_device_hold(const char *device, char *fault, size_t size);

/*
 * Mounts what device holds (ext4 or XFS) on directory, grown to the device.
 * Without the tools to grow it, it stays as it is: the system may do it at its
 * first boot.  False and a sentence when it can't be mounted or is damaged.
 */
bool nf_filesystem_mount(const char *device, const char *directory, char *fault,
                         size_t size);

#endif
