#ifndef NF_MODEL_BOOT_MODE_H
#define NF_MODEL_BOOT_MODE_H

/*
 * The two ways in which firmware of x86 starts a machine.  A BMC's boot flag is
 * of one of them, and firmware in the other may pass it over.
 */

/* Stored: a number never gets another meaning. */
enum nf_boot_mode {
    NF_BOOT_MODE_UNKNOWN = 0,
    NF_BOOT_MODE_BIOS = 1,
    NF_BOOT_MODE_EFI = 2,
    NF_BOOT_MODES,
};

/* As commands and the API say it ("" where it is unknown), and as people do. */
extern const char *const nf_boot_modes[NF_BOOT_MODES];
extern const char *const nf_boot_mode_names[NF_BOOT_MODES];

/* The one that is not this one, which is known. */
enum nf_boot_mode nf_boot_mode_other(enum nf_boot_mode mode);

#endif
