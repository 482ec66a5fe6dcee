#ifndef NF_AGENT_LOADER_H
#define NF_AGENT_LOADER_H

/*
 * What makes the new system boot: its tables of volumes, its initramfs, and
 * GRUB for BIOS and UEFI.
 */

#include "plan.h"

#include <stdbool.h>
#include <stddef.h>

/* Writes fstab, mdadm.conf and crypttab; key is the volumes' own, of len
   bytes, for the unlock that keeps it in the system. */
bool nf_volumes_write(const struct nf_plan *plan,
                      const struct nf_layout *layout, const void *key,
                      size_t len, char *fault, size_t size);

/* Binds the volumes to the machine's TPM, after which key opens them no more.
   NF_TARGET has been entered. */
bool nf_volumes_bind(const struct nf_plan *plan, const void *key, size_t len,
                     char *fault, size_t size);

/* Runs the new system's own programs, in NF_TARGET that was entered; the disk
   boots after this. */
bool nf_loader_install(const struct nf_plan *plan,
                       const struct nf_disk_set *site, char *fault,
                       size_t size);

#endif
