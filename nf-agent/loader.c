#include "loader.h"

#include "base/out.h"
#include "log.h"
#include "process.h"
#include "root.h"
#include "target.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/utsname.h>
#include <unistd.h>

enum {
    TEXT_SIZE = 8192,
    LOADER_LIMIT_S = 1800,
};

static bool
put(int root, const char *path, mode_t mode, const struct nf_out *out,
    char *fault, size_t size)
{
    if (out->full || !nf_root_write(root, path, mode, out->data, out->len)) {
        snprintf(fault, size, "cannot write %s of the new system: %s", path,
                 out->full ? "it is too long" : strerror(errno));
        return false;
    }
    return true;
}

/* fstab(5); the ESP of one disk may be gone, and the system starts without. */
static void
fstab_print(struct nf_out *out, const struct nf_plan *plan)
{
    for (int i = 0; i < plan->volume_count; i++) {
        const struct nf_volume *volume = &plan->volumes[i];
        bool is_root = strcmp(volume->mount, "/") == 0;
        bool is_swap = volume->fs == NF_FS_SWAP;
        bool is_esp = volume->fs == NF_FS_VFAT;
        nf_out_printf(out, "UUID=%s %s %s %s 0 %d\n", volume->uuid,
                      is_swap ? "none" : volume->mount, nf_fs_word(volume->fs),
                      is_swap  ? "sw"
                      : is_esp ? "umask=0077,nofail"
                      : volume->fs == NF_FS_EXT4 && is_root
                          ? "errors=remount-ro"
                          : "defaults",
                      is_swap || volume->fs == NF_FS_XFS ? 0
                      : is_root                          ? 1
                                                         : 2);
    }
}

static void
arrays_print(struct nf_out *out, const struct nf_plan *plan)
{
    nf_out_puts(out, "HOMEHOST <system>\nMAILADDR root\n");
    for (int i = 0; i < plan->array_count; i++) {
        nf_out_printf(out, "ARRAY %s metadata=1.2 UUID=%s\n",
                      plan->arrays[i].device, plan->arrays[i].uuid);
    }
}

static void
crypttab_print(struct nf_out *out, const struct nf_plan *plan, bool has_key)
{
    for (int i = 0; i < plan->crypt_count; i++) {
        const struct nf_plan_crypt *crypt = &plan->crypts[i];
        nf_out_printf(out, "%s UUID=%s ", crypt->name, crypt->uuid);
        if (has_key) {
            nf_out_printf(out, "/etc/cryptsetup-keys.d/%s.key luks,initramfs\n",
                          crypt->name);
        } else {
            nf_out_puts(out, "none luks,initramfs\n");
        }
    }
}

/* The key goes into the initramfs, which nobody else may read. */
static bool
keys_write(int root, const struct nf_plan *plan, const void *key, size_t len,
           char *fault, size_t size)
{
    static char hook[] =
        "KEYFILE_PATTERN=\"/etc/cryptsetup-keys.d/*.key\"\nASKPASS=n\n";
    static char mask[] = "UMASK=0077\n";
    static char dracut[] =
        "install_items+=\" /etc/cryptsetup-keys.d/*.key \"\n";
    const struct nf_out files[] = {
        {.data = hook, .len = sizeof hook - 1},
        {.data = mask, .len = sizeof mask - 1},
        {.data = dracut, .len = sizeof dracut - 1},
    };

    for (int i = 0; i < plan->crypt_count; i++) {
        char path[160];
        snprintf(path, sizeof path, "/etc/cryptsetup-keys.d/%s.key",
                 plan->crypts[i].name);
        if (!nf_root_write(root, path, 0400, key, len)) {
            snprintf(fault, size, "cannot write the key of %s: %s",
                     plan->crypts[i].name, strerror(errno));
            return false;
        }
    }
    if (nf_root_has(root, "/etc/initramfs-tools")) {
        return put(root, "/etc/cryptsetup-initramfs/conf-hook", 0644, &files[0],
                   fault, size)
               && put(root, "/etc/initramfs-tools/conf.d/nodefoundry", 0644,
                      &files[1], fault, size);
    }
    return put(root, "/etc/dracut.conf.d/nodefoundry.conf", 0644, &files[2],
               fault, size);
}

static bool
tables_write(int root, const struct nf_plan *plan,
             const struct nf_layout *layout, char *fault, size_t size)
{
    char text[TEXT_SIZE];
    struct nf_out out = nf_out(text, sizeof text);

    fstab_print(&out, plan);
    if (!put(root, "/etc/fstab", 0644, &out, fault, size)) {
        return false;
    }
    out = nf_out(text, sizeof text);
    arrays_print(&out, plan);
    if (plan->array_count > 0
        && !put(root,
                nf_root_has(root, "/etc/mdadm") ? "/etc/mdadm/mdadm.conf"
                                                : "/etc/mdadm.conf",
                0644, &out, fault, size))
    {
        return false;
    }
    out = nf_out(text, sizeof text);
    crypttab_print(&out, plan, layout->unlock == NF_UNLOCK_KEYFILE);
    return plan->crypt_count == 0
           || put(root, "/etc/crypttab", 0600, &out, fault, size);
}

bool
nf_volumes_write(const struct nf_plan *plan, const struct nf_layout *layout,
                 const void *key, size_t len, char *fault, size_t size)
{
    int root = nf_root_open(NF_TARGET);

    bool is_written = root >= 0 && tables_write(root, plan, layout, fault, size)
                      && (layout->unlock != NF_UNLOCK_KEYFILE
                          || keys_write(root, plan, key, len, fault, size));
    if (root >= 0) {
        close(root);
    }
    return is_written;
}

#define KEY_FILE "/run/nodefoundry.key"

/* clevis works in Debian's initramfs; dracut also knows systemd's own way. */
static bool
volume_bind(const char *device, bool has_clevis, char *fault, size_t size)
{
    const char *const clevis[] = {
        "clevis", "luks", "bind", "-y",   "-k",
        KEY_FILE, "-d",   device, "tpm2", "{\"pcr_ids\":\"7\"}",
        NULL};
    const char *const enroll[] = {"systemd-cryptenroll",
                                  "--unlock-key-file=" KEY_FILE,
                                  "--tpm2-device=auto",
                                  "--tpm2-pcrs=7",
                                  device,
                                  NULL};
    const char *const forget[] = {"cryptsetup", "luksRemoveKey", "--batch-mode",
                                  device,       KEY_FILE,        NULL};
    const struct nf_process bind = {.argv = has_clevis ? clevis : enroll,
                                    .root = NF_TARGET,
                                    .limit_s = 300};
    const struct nf_process remove = {
        .argv = forget, .root = NF_TARGET, .limit_s = 60};

    return nf_process_run(&bind, fault, size)
           && nf_process_run(&remove, fault, size);
}

bool
nf_volumes_bind(const struct nf_plan *plan, const void *key, size_t len,
                char *fault, size_t size)
{
    bool has_clevis = nf_process_exists(NF_TARGET, "clevis");
    int root = nf_root_open(NF_TARGET);

    if (access("/dev/tpmrm0", F_OK) != 0) {
        snprintf(fault, size, "the machine has no TPM 2.0 to keep the key");
        return false;
    }
    if (!has_clevis && !nf_process_exists(NF_TARGET, "systemd-cryptenroll")) {
        snprintf(fault, size,
                 "the archive has neither clevis nor "
                 "systemd-cryptenroll to bind the key to the TPM");
        return false;
    }
    bool is_bound = root >= 0 && nf_root_write(root, KEY_FILE, 0400, key, len);
    if (!is_bound) {
        snprintf(fault, size, "cannot write the key: %s", strerror(errno));
    }
    for (int i = 0; i < plan->crypt_count && is_bound; i++) {
        is_bound = volume_bind(plan->crypts[i].device, has_clevis, fault, size);
    }
    if (root >= 0) {
        nf_root_remove(root, KEY_FILE);
        close(root);
    }
    return is_bound;
}

/* --- GRUB ----------------------------------------------------------------- */

/* clang-format off */
static const struct platform {
    const char *machine, *target;   /* uname -m, grub-install --target */
    bool is_uefi;
} platforms[] = {
    { "x86_64",  "i386-pc",    false },
    { "x86_64",  "x86_64-efi", true },
    { "aarch64", "arm64-efi",  true },
};
/* clang-format on */

static bool
run(const char *const *argv, char *fault, size_t size)
{
    const struct nf_process process = {
        .argv = argv, .root = NF_TARGET, .limit_s = LOADER_LIMIT_S};
    return nf_process_run(&process, fault, size);
}

static bool
platform_exists(const struct platform *platform)
{
    char path[128];
    struct utsname here;

    snprintf(path, sizeof path, NF_TARGET "/usr/lib/grub/%s/modinfo.sh",
             platform->target);
    return uname(&here) == 0 && strcmp(here.machine, platform->machine) == 0
           && access(path, F_OK) == 0;
}

static bool
bios_install(const char *grub, const struct platform *platform,
             const struct nf_disk_set *site, char *fault, size_t size)
{
    char target[40];

    snprintf(target, sizeof target, "--target=%s", platform->target);
    for (int i = 0; i < site->disk_count; i++) {
        const char *const argv[] = {grub, target, "--recheck", site->disks[i],
                                    NULL};
        if (!run(argv, fault, size)) {
            return false;
        }
    }
    return true;
}

/* os-release(5): what the distribution's signed GRUB calls its folder of the
   ESP, where it looks for its configuration. */
static void
distribution_find(char *out, size_t size)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789._-";
    int root = nf_root_open(NF_TARGET);
    char *text = root >= 0 ? nf_root_read(root, "/etc/os-release") : NULL;
    const char *at = text != NULL ? strstr(text, "\nID=") : NULL;

    if (at == NULL && text != NULL && strncmp(text, "ID=", 3) == 0) {
        at = text - 1;
    }
    at = at != NULL ? at + 4 : "linux";
    at += *at == '"';
    size_t len = strspn(at, allowed);
    snprintf(out, size, "%.*s", (int) (len < 32 ? len : 32), at);
    free(text);
    if (root >= 0) {
        close(root);
    }
}

/* Into every disk's ESP, the first one's last: it stays mounted.  The way of
   removable disks needs no variable of the firmware, which a new board or a
   second node with this disk would not have. */
static bool
uefi_install(const char *grub, const struct platform *platform,
             const struct nf_plan *plan, char *fault, size_t size)
{
    char target[40];
    char id[64] = "--bootloader-id=";
    const char *const argv[] = {
        grub,        target,       "--efi-directory=/boot/efi",
        id,          "--no-nvram", "--force-extra-removable",
        "--recheck", NULL};

    distribution_find(id + strlen(id), sizeof id - strlen(id));
    snprintf(target, sizeof target, "--target=%s", platform->target);
    for (int i = plan->esp_count - 1; i >= 0; i--) {
        if (plan->esp_count > 1
            && (umount2(NF_TARGET "/boot/efi", 0) != 0
                || mount(plan->esps[i], NF_TARGET "/boot/efi", "vfat", 0,
                         "umask=0077")
                       != 0))
        {
            snprintf(fault, size, "cannot mount %s: %s", plan->esps[i],
                     strerror(errno));
            return false;
        }
        if (!run(argv, fault, size)) {
            return false;
        }
    }
    return true;
}

/* GRUB for each firmware that the archive has it for; the machine's own is
   needed. */
static bool
grub_install(const struct nf_plan *plan, const struct nf_disk_set *site,
             char *fault, size_t size)
{
    const char *grub = nf_process_exists(NF_TARGET, "grub-install")
                           ? "grub-install"
                           : "grub2-install";
    bool is_bootable = false;

    if (!nf_process_exists(NF_TARGET, grub)) {
        snprintf(fault, size, "the archive has no grub-install");
        return false;
    }
    for (size_t i = 0; i < sizeof platforms / sizeof platforms[0]; i++) {
        const struct platform *platform = &platforms[i];
        if (!platform_exists(platform)
            || (platform->is_uefi && plan->esp_count == 0)) {
            continue;
        }
        if (!(platform->is_uefi
                  ? uefi_install(grub, platform, plan, fault, size)
                  : bios_install(grub, platform, site, fault, size)))
        {
            return false;
        }
        is_bootable = is_bootable || platform->is_uefi == site->is_uefi;
    }
    if (!is_bootable) {
        snprintf(fault, size, "the archive has no GRUB for this machine's %s",
                 site->is_uefi ? "UEFI" : "BIOS");
    }
    return is_bootable;
}

/* A program of the new system when it has it. */
struct optional {
    const char *argv[8];
};

static bool
first_run(const struct optional *ways, size_t n, const char *what, char *fault,
          size_t size)
{
    for (size_t i = 0; i < n; i++) {
        if (nf_process_exists(NF_TARGET, ways[i].argv[0])) {
            return run(ways[i].argv, fault, size);
        }
    }
    snprintf(fault, size, "the archive has nothing that makes its %s", what);
    return false;
}

bool
nf_loader_install(const struct nf_plan *plan, const struct nf_disk_set *site,
                  char *fault, size_t size)
{
    static const struct optional initramfs[] = {
        {{"update-initramfs", "-u", "-k", "all", NULL}},
        {{"dracut", "--force", "--regenerate-all", NULL}},
    };
    static const struct optional menu[] = {
        {{"update-grub", NULL}},
        {{"grub2-mkconfig", "-o", "/boot/grub2/grub.cfg", NULL}},
    };
    bool is_stacked = plan->array_count > 0 || plan->crypt_count > 0
                      || plan->group[0] != '\0';

    /* an initramfs that came along finds a plain file system by itself */
    return (!is_stacked || first_run(initramfs, 2, "initramfs", fault, size))
           && grub_install(plan, site, fault, size)
           && first_run(menu, 2, "boot menu", fault, size);
}
