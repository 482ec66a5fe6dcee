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

void
nf_prepare_loaders(const struct nf_settings *s)
{
    const struct {
        const char *from, *name, *dir, *below;
        bool is_needed;
    } rows[] = {
        /* clang-format off */
        { "/usr/lib/ipxe", "undionly.kpxe",  s->tftp_dir,  "",      true },
        { "/usr/lib/ipxe", "snponly.efi",    s->tftp_dir,  "",      true },
        { "/usr/lib/ipxe", "ipxe-arm64.efi", s->tftp_dir,  "",      false },
        { "/usr/lib/ipxe", "snponly.efi",    s->files_dir, "/boot", true },
        { "/usr/lib/ipxe", "ipxe-arm64.efi", s->files_dir, "/boot", false },
        /* clang-format on */
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char from[PATH_SIZE], to[PATH_SIZE + 32];
        snprintf(from, sizeof(from), "%s/%s", rows[i].from, rows[i].name);
        snprintf(to, sizeof(to), "%s%s/%s", rows[i].dir, rows[i].below,
                 rows[i].name);
        if (access(to, F_OK) != 0 && !copy(from, to) && rows[i].is_needed) {
            nf_log(NF_LOG_WARNING, "no boot loader %s: %s: %s", to, from,
                   strerror(errno));
        }
    }
    make_local(s);
}
