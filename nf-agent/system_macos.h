#ifndef NF_AGENT_SYSTEM_MACOS_H
#define NF_AGENT_SYSTEM_MACOS_H

/*
 * The inventory of a Mac, out of what its own tools print.  Reading that is
 * portable and pure; only running the tools is macOS's.
 */

#include <jansson.h>
#include <stdbool.h>

/*
 * What `system_profiler -json` printed of SPHardwareDataType, and of
 * SPNetworkDataType, SPNVMeDataType and SPSerialATADataType where asked for.
 * Sets the members that it tells of, and leaves the others as they are.
 */
void nf_macos_profile_read(const json_t *profile, json_t *hardware);

/* What `diskutil list -plist physical` printed, as JSON, with the profile
 * for what diskutil doesn't tell of a disk. */
void nf_macos_disks_read(const json_t *diskutil, const json_t *profile,
                         json_t *hardware);

/* Asks this Mac; elsewhere changes nothing. */
void nf_macos_take(json_t *hardware);

#endif
