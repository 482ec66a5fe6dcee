#include "dhcp/offer.h"

#include <stdio.h>
#include <unistd.h>

#include "base/out.h"

enum {
    PATH_SIZE = NF_SETTING_MAX + 64
};

enum loader {
    IPXE,
    PXELINUX,
    GRUB,
};

/* Those by which a kind of machine starts, and what each loads by itself from
 * beside it. */
/* clang-format off */
static const struct row {
    enum nf_machine_kind kind;
    enum loader loader;
    const char *file, *next;
} rows[] = {
    { NF_MACHINE_BIOS,     IPXE,     "undionly.kpxe",  NULL },
    { NF_MACHINE_BIOS,     PXELINUX, "pxelinux.0",     "ldlinux.c32" },
    { NF_MACHINE_EFI32,    IPXE,     "ipxe-i386.efi",  NULL },
    { NF_MACHINE_EFI32,    GRUB,     "shimia32.efi",   "grubia32.efi" },
    { NF_MACHINE_EFI64,    IPXE,     "snponly.efi",    NULL },
    { NF_MACHINE_EFI64,    GRUB,     "shimx64.efi",    "grubx64.efi" },
    { NF_MACHINE_EFIARM32, IPXE,     "ipxe-arm32.efi", NULL },
    { NF_MACHINE_EFIARM64, IPXE,     "ipxe-arm64.efi", NULL },
    { NF_MACHINE_EFIARM64, GRUB,     "grubaa64.efi",   NULL },
};
/* clang-format on */

static bool
is_there(const struct nf_settings *s, bool is_http, const char *file)
{
    char path[PATH_SIZE];

    if (file == NULL) {
        return true;
    }
    snprintf(path, sizeof(path), is_http ? "%s/boot/%s" : "%s/%s",
             is_http ? s->files_dir : s->tftp_dir, file);
    return access(path, R_OK) == 0;
}

static const struct row *
find_row(enum nf_machine_kind kind, enum loader loader)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].kind == kind && rows[i].loader == loader) {
            return &rows[i];
        }
    }
    return NULL;
}

/* Debian's signed GRUB has TFTP and no HTTP. */
static bool
can_go(const struct nf_settings *s, bool is_http, const struct row *row)
{
    return row != NULL && !(is_http && row->loader == GRUB)
           && is_there(s, is_http, row->file)
           && is_there(s, is_http, row->next);
}

enum nf_offer_mark
nf_offer_mark_of(enum nf_machine_kind kind)
{
    return kind == NF_MACHINE_BIOS    ? NF_MARK_PXELINUX
           : kind == NF_MACHINE_OTHER ? NF_MARK_NONE
                                      : NF_MARK_GRUB;
}

/* The loader that it is to have, and no other; false: any. */
static bool
is_bound(const struct nf_settings *s, enum nf_machine_kind kind,
         enum nf_offer_mark mark, enum loader *loader)
{
    bool is_x86 = kind == NF_MACHINE_EFI32 || kind == NF_MACHINE_EFI64;
    bool is_marked = mark != NF_MARK_NONE && mark == nf_offer_mark_of(kind);

    *loader = kind == NF_MACHINE_BIOS ? PXELINUX : GRUB;
    return is_marked || (is_x86 && strcmp(s->uefi_loader, "grub") == 0);
}

const char *
nf_offer_file(const struct nf_settings *settings, enum nf_machine_kind kind,
              bool is_http, enum nf_offer_mark mark)
{
    enum loader loader;
    const struct row *row;

    if (is_bound(settings, kind, mark, &loader)) {
        row = find_row(kind, loader);
        return can_go(settings, is_http, row) ? row->file : NULL;
    }
    row = find_row(kind, IPXE);
    if (!can_go(settings, is_http, row)) {
        row = find_row(kind, GRUB);
    }
    return can_go(settings, is_http, row) ? row->file : NULL;
}

bool
nf_offer_has_pi(const struct nf_settings *settings)
{
    return is_there(settings, false, "start4.elf")
           || is_there(settings, false, "bootcode.bin");
}

/* --- in words ---------------------------------------------------------------
 */

static bool
names(const char *macs, nf_mac_t mac)
{
    struct nf_text rest = nf_text(macs);
    nf_mac_t one;

    while (rest.len > 0) {
        if (nf_mac_parse(nf_text_cut(&rest, ','), &one)
            && nf_mac_equal(one, mac)) {
            return true;
        }
    }
    return false;
}

static bool
is_marked(const struct nf_settings *s, enum nf_offer_mark mark, nf_mac_t mac)
{
    return mark != NF_MARK_NONE
           && names(mark == NF_MARK_GRUB ? s->grub_macs : s->pxelinux_macs,
                    mac);
}

static enum nf_machine_kind
kind_of(const struct nf_firmware *firmware)
{
    const struct nf_arch *arch = nf_arch_find(firmware->arch);

    return arch != NULL ? arch->kind : NF_MACHINE_OTHER;
}

/* Any loader but PXELINUX does for a machine that is bound to none. */
static bool
would_do(const struct row *row, bool is_one, enum loader loader, bool is_http)
{
    return (is_one ? row->loader == loader : row->loader != PXELINUX)
           && !(is_http && row->loader == GRUB);
}

static void
say_missing(const struct nf_settings *s, const struct nf_arch *arch,
            enum nf_offer_mark mark, char why[static NF_OFFER_WHY])
{
    struct nf_out out = nf_out(why, NF_OFFER_WHY - 1);
    enum loader loader;
    bool is_one = is_bound(s, arch->kind, mark, &loader);
    size_t n = 0;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct row *row = &rows[i];
        if (row->kind == arch->kind
            && would_do(row, is_one, loader, arch->is_http)) {
            nf_out_printf(&out, "%s%s%s%s", n++ > 0 ? ", or " : "", row->file,
                          row->next != NULL ? " with " : "",
                          row->next != NULL ? row->next : "");
        }
    }
    nf_out_puts(&out, n == 0 ? "it is set to load GRUB, and signed GRUB has no "
                               "HTTP: let it boot by PXE"
                      : arch->is_http ? " is not in NF_FILES_DIR/boot"
                                      : " is not in NF_TFTP_DIR");
    why[out.len] = '\0';
}

bool
nf_offer_is_any(const struct nf_settings *settings,
                const struct nf_firmware *firmware,
                char why[static NF_OFFER_WHY])
{
    const struct nf_arch *arch = nf_arch_find(firmware->arch);
    enum nf_machine_kind kind = kind_of(firmware);
    enum nf_offer_mark mark = nf_offer_mark_of(kind);

    if (firmware->is_pi) {
        snprintf(why, NF_OFFER_WHY,
                 "its own firmware (start4.elf or bootcode.bin) is not in "
                 "NF_TFTP_DIR");
        return nf_offer_has_pi(settings);
    }
    if (kind == NF_MACHINE_OTHER) {
        snprintf(why, NF_OFFER_WHY, "there is no boot loader for it");
        return false;
    }
    if (!is_marked(settings, mark, firmware->mac)) {
        mark = NF_MARK_NONE;
    }
    say_missing(settings, arch, mark, why);
    return nf_offer_file(settings, kind, arch->is_http, mark) != NULL;
}

const char *
nf_offer_vain_mark(const struct nf_settings *settings,
                   const struct nf_firmware *firmware)
{
    enum nf_offer_mark mark = nf_offer_mark_of(kind_of(firmware));

    if (mark != NF_MARK_PXELINUX
        && is_marked(settings, NF_MARK_PXELINUX, firmware->mac))
    {
        return "NF_PXELINUX_MACS";
    }
    return mark != NF_MARK_GRUB
                   && is_marked(settings, NF_MARK_GRUB, firmware->mac)
               ? "NF_GRUB_MACS"
               : NULL;
}

void
nf_offer_name(const struct nf_firmware *firmware,
              char name[static NF_OFFER_WHY])
{
    const struct nf_arch *arch = nf_arch_find(firmware->arch);

    if (firmware->is_pi) {
        snprintf(name, NF_OFFER_WHY, "a Raspberry Pi");
    } else {
        snprintf(name, NF_OFFER_WHY, "client architecture %u (%s)",
                 (unsigned) firmware->arch,
                 arch != NULL ? arch->name : "not in IANA's list");
    }
}
