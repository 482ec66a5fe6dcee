#ifndef NF_AGENT_SMBIOS_H
#define NF_AGENT_SMBIOS_H

/*
 * The table of structures that firmware leaves (DMTF DSP0134), walked within
 * its bounds.  Pure: bytes in, structures out.
 */

#include "label.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    NF_SMBIOS_FIRMWARE = 0,
    NF_SMBIOS_PROCESSOR = 4,
    NF_SMBIOS_MEMORY = 17,
    NF_SMBIOS_IPMI = 38,
    NF_SMBIOS_MAX = 1 << 18, /* bytes of a table that are read */
};

struct nf_smbios {
    const uint8_t *at; /* the structure; its fields are the first len bytes */
    size_t len;
    const uint8_t *strings;
    size_t strings_len;
};

/* The next structure at or after *offset, which moves behind it; false at the
 * end, or where the table is malformed. */
bool nf_smbios_next(const uint8_t *table, size_t size, size_t *offset,
                    struct nf_smbios *out);

/* The string whose number stands at a field; "" when there is none. */
void nf_smbios_label(const struct nf_smbios *in, size_t field,
                     char label[static NF_LABEL_SIZE]);

/* Bytes of RAM of one memory device; 0 for an empty slot, and for what is no
 * RAM: flash, a graphics card's, and modules that keep what they hold. */
int64_t nf_smbios_memory(const struct nf_smbios *in);

/* Bytes of such a persistent module that its owner has made into RAM; DRAM is
 * only its cache then (Intel Optane's Memory Mode). */
int64_t nf_smbios_cached_memory(const struct nf_smbios *in);

/* Firmware says that the machine is virtual (type 0). */
bool nf_smbios_is_virtual(const struct nf_smbios *in);

#endif
