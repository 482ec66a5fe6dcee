/*
 * Boot loaders: iPXE comes from its package, the one that starts the disk of a
 * UEFI machine is made by grub-mkimage.
 */

#include "prepare.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "program.h"
#include "write.h"

#define MODULES "/usr/lib/grub/x86_64-efi"

enum {
    PATH_SIZE = NF_SETTING_MAX + 64
};

static bool
copy(const char *from, const char *to)
{
    static char data[4 * 1024 * 1024];
    size_t len;
    bool is_new;

    return nf_read_file(from, data, sizeof(data), &len)
           && nf_write_file(to, (struct nf_text){data, len}, 0644, (gid_t) -1,
                            &is_new);
}

/* Firmware that is told "exit" may stop in a menu; a loader that looks for the
 * disk's own does not. */
static void
make_local(const struct nf_settings *s)
{
    char path[PATH_SIZE], beside[PATH_SIZE + 8], script[PATH_SIZE];
    char tool[PATH_SIZE];

    snprintf(path, sizeof(path), "%s/boot/localboot.efi", s->files_dir);
    snprintf(beside, sizeof(beside), "%s.new", path);
    snprintf(script, sizeof(script), "%s/config/localboot.cfg", s->share_dir);
    if (access(path, F_OK) == 0) {
        return;
    }
    if (!nf_program_find("grub-mkimage", tool, sizeof(tool))
        || access(MODULES, F_OK) != 0)
    {
        nf_log(NF_LOG_WARNING,
               "no boot loader %s: the packages grub-common and "
               "grub-efi-amd64-bin make it",
               path);
        return;
    }
    const char *argv[] = {tool,         "-O",           "x86_64-efi",
                          "-o",         beside,         "-p",
                          "/",          "-c",           script,
                          "part_msdos", "part_gpt",     "fat",
                          "search",     "search_label", "search_fs_file",
                          "chain",      "boot",         "echo",
                          NULL};
    if (!nf_program_run(argv) || chmod(beside, 0644) != 0
        || rename(beside, path) != 0)
    {
        nf_log(NF_LOG_WARNING, "no boot loader %s: grub-mkimage failed", path);
        unlink(beside);
    }
}

/* What TFTP serves is found below one folder: also what HTTP serves, and what
 * is rendered from the settings. */
static void
link_files(const struct nf_settings *s)
{
    const struct {
        const char *name, *dir, *file;
    } links[] = {
        {"files", s->files_dir, ""},
        {"pxelinux.cfg/default", s->run_dir, "/pxelinux.cfg"},
        {"grub/grub.cfg", s->run_dir, "/grub.cfg"},
    };

    for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
        char path[PATH_SIZE], to[PATH_SIZE];
        snprintf(path, sizeof(path), "%s/%s", s->tftp_dir, links[i].name);
        snprintf(to, sizeof(to), "%s%s", links[i].dir, links[i].file);
        if (symlink(to, path) != 0 && errno != EEXIST) {
            nf_log(NF_LOG_WARNING, "cannot link %s: %s", path, strerror(errno));
        }
    }
}

/* Where Debian's packages put them.  Without `is_needed` it is for machines
 * that a site may not have; docs/operations.md names the packages. */
static const struct loader {
    const char *from;
    bool is_tftp; /* else it goes to the boot files */
    const char *to;
    bool is_needed;
} loaders[] = {
    /* clang-format off */
    { "/usr/lib/ipxe/undionly.kpxe",  true,  "undionly.kpxe", true },
    { "/usr/lib/ipxe/snponly.efi",    true,  "snponly.efi",   true },
    { "/usr/lib/ipxe/ipxe.lkrn",      true,  "ipxe.lkrn",     true },
    { "/usr/lib/ipxe/ipxe-arm64.efi", true,  "ipxe-arm64.efi", false },
    { "/usr/lib/ipxe/snponly.efi",    false, "boot/snponly.efi", true },
    { "/usr/lib/ipxe/ipxe-arm64.efi", false, "boot/ipxe-arm64.efi", false },
    { "/usr/lib/PXELINUX/pxelinux.0", true,  "pxelinux.0", false },
    { "/usr/lib/syslinux/modules/bios/ldlinux.c32",  true, "ldlinux.c32", false },
    { "/usr/lib/syslinux/modules/bios/menu.c32",     true, "menu.c32", false },
    { "/usr/lib/syslinux/modules/bios/vesamenu.c32", true, "vesamenu.c32", false },
    { "/usr/lib/syslinux/modules/bios/libutil.c32",  true, "libutil.c32", false },
    { "/usr/lib/syslinux/modules/bios/libcom32.c32", true, "libcom32.c32", false },
    { "/usr/lib/shim/shimx64.efi.signed", true, "shimx64.efi", false },
    { "/usr/lib/grub/x86_64-efi-signed/grubnetx64.efi.signed", true, "grubx64.efi", false },
    { "/usr/lib/shim/shimia32.efi.signed", true, "shimia32.efi", false },
    { "/usr/lib/grub/i386-efi-signed/grubnetia32.efi.signed", true, "grubia32.efi", false },
    { "/usr/lib/grub/x86_64-efi/http.mod", true, "grub/x86_64-efi/http.mod", false },
    { "/usr/lib/grub/arm64-efi-signed/grubnetaa64.efi.signed", true, "grubaa64.efi", false },
    /* clang-format on */
};

void
nf_prepare_loaders(const struct nf_settings *s)
{
    for (size_t i = 0; i < sizeof(loaders) / sizeof(loaders[0]); i++) {
        const struct loader *one = &loaders[i];
        char to[PATH_SIZE];
        snprintf(to, sizeof(to), "%s/%s",
                 one->is_tftp ? s->tftp_dir : s->files_dir, one->to);
        if (access(to, F_OK) != 0 && !copy(one->from, to) && one->is_needed) {
            nf_log(NF_LOG_WARNING, "no boot loader %s: %s: %s", to, one->from,
                   strerror(errno));
        }
    }
    link_files(s);
    make_local(s);
}
