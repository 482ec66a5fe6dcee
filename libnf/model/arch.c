#include "model/arch.h"

#include "base/text.h"

enum {
    NUMBER_DIGITS = 5
};

/* RFC 4578 has 7 and 9 the other way round; firmware of x86-64 says either. */
/* clang-format off */
static const struct nf_arch rows[] = {
    { 0,  NF_MACHINE_BIOS,     false, "x86 BIOS" },
    { 1,  NF_MACHINE_OTHER,    false, "NEC PC-98" },
    { 2,  NF_MACHINE_OTHER,    false, "Itanium" },
    { 3,  NF_MACHINE_OTHER,    false, "DEC Alpha" },
    { 4,  NF_MACHINE_OTHER,    false, "Arc x86" },
    { 5,  NF_MACHINE_OTHER,    false, "Intel Lean Client" },
    { 6,  NF_MACHINE_EFI32,    false, "x86 UEFI of 32 bits" },
    { 7,  NF_MACHINE_EFI64,    false, "x86-64 UEFI" },
    { 8,  NF_MACHINE_OTHER,    false, "XScale EFI" },
    { 9,  NF_MACHINE_EFI64,    false, "x86-64 UEFI (byte code)" },
    { 10, NF_MACHINE_EFIARM32, false, "ARM UEFI of 32 bits" },
    { 11, NF_MACHINE_EFIARM64, false, "ARM UEFI of 64 bits" },
    { 12, NF_MACHINE_OTHER,    false, "PowerPC Open Firmware" },
    { 13, NF_MACHINE_OTHER,    false, "PowerPC ePAPR" },
    { 14, NF_MACHINE_OTHER,    false, "POWER OPAL" },
    { 15, NF_MACHINE_EFI32,    true,  "x86 UEFI of 32 bits, HTTP boot" },
    { 16, NF_MACHINE_EFI64,    true,  "x86-64 UEFI, HTTP boot" },
    { 17, NF_MACHINE_EFI64,    true,  "x86-64 UEFI (byte code), HTTP boot" },
    { 18, NF_MACHINE_EFIARM32, true,  "ARM UEFI of 32 bits, HTTP boot" },
    { 19, NF_MACHINE_EFIARM64, true,  "ARM UEFI of 64 bits, HTTP boot" },
    { 20, NF_MACHINE_OTHER,    true,  "x86 BIOS, HTTP boot" },
    { 21, NF_MACHINE_OTHER,    false, "ARM U-Boot of 32 bits" },
    { 22, NF_MACHINE_OTHER,    false, "ARM U-Boot of 64 bits" },
    { 23, NF_MACHINE_OTHER,    true,  "ARM U-Boot of 32 bits, HTTP boot" },
    { 24, NF_MACHINE_OTHER,    true,  "ARM U-Boot of 64 bits, HTTP boot" },
    { 25, NF_MACHINE_OTHER,    false, "RISC-V UEFI of 32 bits" },
    { 26, NF_MACHINE_OTHER,    true,  "RISC-V UEFI of 32 bits, HTTP boot" },
    { 27, NF_MACHINE_OTHER,    false, "RISC-V UEFI of 64 bits" },
    { 28, NF_MACHINE_OTHER,    true,  "RISC-V UEFI of 64 bits, HTTP boot" },
    { 29, NF_MACHINE_OTHER,    false, "RISC-V UEFI of 128 bits" },
    { 30, NF_MACHINE_OTHER,    true,  "RISC-V UEFI of 128 bits, HTTP boot" },
    { 31, NF_MACHINE_OTHER,    false, "s390 Basic" },
    { 32, NF_MACHINE_OTHER,    false, "s390 Extended" },
    { 33, NF_MACHINE_OTHER,    false, "MIPS UEFI of 32 bits" },
    { 34, NF_MACHINE_OTHER,    false, "MIPS UEFI of 64 bits" },
    { 35, NF_MACHINE_OTHER,    false, "Sunway UEFI of 32 bits" },
    { 36, NF_MACHINE_OTHER,    false, "Sunway UEFI of 64 bits" },
    { 37, NF_MACHINE_OTHER,    false, "LoongArch UEFI of 32 bits" },
    { 38, NF_MACHINE_OTHER,    true,  "LoongArch UEFI of 32 bits, HTTP boot" },
    { 39, NF_MACHINE_OTHER,    false, "LoongArch UEFI of 64 bits" },
    { 40, NF_MACHINE_OTHER,    true,  "LoongArch UEFI of 64 bits, HTTP boot" },
    { 41, NF_MACHINE_OTHER,    false, "ARM rpiboot" },
};
/* clang-format on */

const struct nf_arch *
nf_arch_all(size_t *n)
{
    *n = sizeof(rows) / sizeof(rows[0]);
    return rows;
}

const struct nf_arch *
nf_arch_find(uint16_t number)
{
    return number < sizeof(rows) / sizeof(rows[0]) ? &rows[number] : NULL;
}

enum nf_boot_mode
nf_arch_boot_mode(uint16_t number)
{
    const struct nf_arch *arch = nf_arch_find(number);

    if (arch == NULL || arch->kind == NF_MACHINE_OTHER) {
        return NF_BOOT_MODE_UNKNOWN;
    }
    return arch->kind == NF_MACHINE_BIOS ? NF_BOOT_MODE_BIOS : NF_BOOT_MODE_EFI;
}

bool
nf_arch_of_class(const char *vendor_class, uint16_t *number)
{
    struct nf_text rest = nf_text(vendor_class);
    struct nf_text who = nf_text_cut(&rest, ':');
    struct nf_text what = nf_text_cut(&rest, ':');
    struct nf_text digits = nf_text_cut(&rest, ':');
    uint64_t read;

    if ((!nf_text_equal(who, NF_TEXT("PXEClient"))
         && !nf_text_equal(who, NF_TEXT("HTTPClient")))
        || !nf_text_equal(what, NF_TEXT("Arch")) || digits.len != NUMBER_DIGITS)
    {
        return false;
    }
    if (!nf_text_number(digits, UINT16_MAX, &read)) {
        return false;
    }
    *number = (uint16_t) read;
    return true;
}
