#ifndef NF_DHCP_OFFER_H
#define NF_DHCP_OFFER_H

/*
 * Which boot file dnsmasq offers to which firmware.  Only what lies in its
 * place is offered, and a machine that an operator has marked gets the loader
 * of its mark or nothing: what is not signed does not start under Secure Boot.
 */

#include "model/arch.h"
#include "model/settings.h"

enum {
    NF_OFFER_WHY = 224
};

/* What an operator wants of a machine. */
enum nf_offer_mark {
    NF_MARK_NONE,
    NF_MARK_PXELINUX, /* NF_PXELINUX_MACS; for BIOS machines */
    NF_MARK_GRUB,     /* NF_GRUB_MACS; for UEFI machines */
};

/* What asks for a boot file. */
struct nf_firmware {
    uint16_t arch; /* as in model/arch.h */
    bool is_pi;    /* a Raspberry Pi's boot ROM, which says that it is a BIOS */
    nf_mac_t mac;  /* all zero: not known */
};

/* The file for machines of a kind, below NF_TFTP_DIR or, for HTTP boot, below
 * NF_FILES_DIR/boot; NULL: none. */
const char *nf_offer_file(const struct nf_settings *settings,
                          enum nf_machine_kind kind, bool is_http,
                          enum nf_offer_mark mark);

/* Whether a Raspberry Pi's own firmware lies in NF_TFTP_DIR. */
bool nf_offer_has_pi(const struct nf_settings *settings);

/* The mark that counts for a kind of machine; NF_MARK_NONE: none does. */
enum nf_offer_mark nf_offer_mark_of(enum nf_machine_kind kind);

/*
 * Whether this firmware is offered a file; if not, why says what it lacks, to
 * follow "gets none: ".
 */
bool nf_offer_is_any(const struct nf_settings *settings,
                     const struct nf_firmware *firmware,
                     char why[static NF_OFFER_WHY]);

/* The setting that names the machine although its firmware is of another kind,
 * so that it boots as others do; NULL: none does. */
const char *nf_offer_vain_mark(const struct nf_settings *settings,
                               const struct nf_firmware *firmware);

/* "client architecture 6 (x86 UEFI of 32 bits)", "a Raspberry Pi". */
void nf_offer_name(const struct nf_firmware *firmware,
                   char name[static NF_OFFER_WHY]);

#endif
