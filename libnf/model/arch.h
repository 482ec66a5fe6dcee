#ifndef NF_MODEL_ARCH_H
#define NF_MODEL_ARCH_H

/*
 * What firmware says that it is, in DHCP's option 93: IANA's "Processor
 * Architecture Types" (RFC 4578, RFC 5970).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/boot_mode.h"

/* Kinds of machines that boot loaders are built for. */
enum nf_machine_kind {
    NF_MACHINE_OTHER, /* no loader of ours is for it */
    NF_MACHINE_BIOS,
    NF_MACHINE_EFI32,
    NF_MACHINE_EFI64,
    NF_MACHINE_EFIARM32,
    NF_MACHINE_EFIARM64,
    NF_MACHINE_KINDS,
};

struct nf_arch {
    uint16_t number;
    enum nf_machine_kind kind;
    bool is_http; /* it wants a URL, not a file by TFTP */
    const char *name;
};

/* Those that the registry has, by number; of any other NULL. */
const struct nf_arch *nf_arch_find(uint16_t number);

/* All of them: *n rows. */
const struct nf_arch *nf_arch_all(size_t *n);

/* The mode of firmware that says this number. */
enum nf_boot_mode nf_arch_boot_mode(uint16_t number);

/* The number in a vendor class such as "PXEClient:Arch:00007:UNDI:003016" or
 * "HTTPClient:Arch:00016:..."; false: it says none. */
bool nf_arch_of_class(const char *vendor_class, uint16_t *number);

#endif
