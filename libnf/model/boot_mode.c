#include "model/boot_mode.h"

const char *const nf_boot_modes[NF_BOOT_MODES] = {"", "bios", "efi"};
const char *const nf_boot_mode_names[NF_BOOT_MODES] = {"", "BIOS", "UEFI"};

enum nf_boot_mode
nf_boot_mode_other(enum nf_boot_mode mode)
{
    return mode == NF_BOOT_MODE_BIOS ? NF_BOOT_MODE_EFI : NF_BOOT_MODE_BIOS;
}
