#include "method.h"

#include "filesystem.h"
#include "log.h"
#include "process.h"
#include "root.h"
#include "target.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY_FILE "/run/nodefoundry.key"

enum {
    SPARE_MB = 1024, /* for partitions that the layout doesn't name */
};

/* --- what an earlier attempt left behind ---------------------------------- */

static void
quietly(const char *const *argv)
{
    char ignored[200];
    const struct nf_process process = {.argv = argv, .limit_s = 60};

    (void) nf_process_run(&process, ignored, sizeof ignored);
}

static void
mappings_close(void)
{
    struct dirent *entry;
    DIR *directory = opendir("/dev/mapper");

    while (directory != NULL && (entry = readdir(directory)) != NULL) {
        if (strncmp(entry->d_name, "crypt_", 6) == 0) {
            quietly((const char *const[]){"cryptsetup", "close", entry->d_name,
                                          NULL});
        }
    }
    if (directory != NULL) {
        closedir(directory);
    }
}

/* Lets go of the disks: nothing of ours holds them any more. */
static void
volumes_release(void)
{
    char device[NF_DEVICE_SIZE];

    if (access("/dev/mapper/control", F_OK) == 0
        && nf_process_exists(NULL, "lvm")) {
        quietly((const char *const[]){"lvm", "vgchange", "-q", "-an", NULL});
        mappings_close();
    }
    for (int i = 0; i < NF_PLAN_VOLUMES_MAX; i++) {
        snprintf(device, sizeof device, "/dev/md%d", NF_PLAN_ARRAY_FIRST + i);
        if (access(device, F_OK) == 0) {
            quietly((const char *const[]){"mdadm", "--quiet", "--stop", device,
                                          NULL});
        }
    }
}

/* --- partitioning --------------------------------------------------------- */

static int64_t
layout_need(const struct nf_layout *layout)
{
    int64_t mb = SPARE_MB;

    for (int i = 0; i < layout->count; i++) {
        mb += layout->parts[i].size_mb;
    }
    return mb * 1024 * 1024;
}

/* What the layout makes beside its partitions depends on the machine. */
static int64_t
esp_of(const struct nf_layout *layout, bool is_uefi)
{
    for (int i = 0; i < layout->count; i++) {
        if (layout->parts[i].fs == NF_FS_VFAT) {
            return layout->parts[i].size_mb << 20;
        }
    }
    return layout->is_msdos && !is_uefi ? 0 : (int64_t) NF_PLAN_ESP_MB << 20;
}

static void
site_take(struct nf_installation *in)
{
    struct nf_disk_set *site = &in->site;

    site->disk_count = in->choice.count;
    for (int i = 0; i < in->choice.count; i++) {
        const struct nf_block *disk = &in->choice.disks[i];
        snprintf(site->disks[i], NF_RAID_DISK_SIZE, "%s", disk->device);
        if (site->disk_size == 0 || disk->size < site->disk_size) {
            site->disk_size = disk->size;
        }
    }
}

static bool
site_find(struct nf_installation *in)
{
    const struct nf_layout *layout = &in->order->layout;
    struct nf_wish wish = in->order->wish;
    int64_t need = layout_need(layout);

    in->site = (struct nf_disk_set){
        .is_uefi = access("/sys/firmware/efi", F_OK) == 0,
        .key_file = KEY_FILE,
        .random = randombytes_buf,
    };
    wish.need = need > wish.need ? need : wish.need;
    wish.esp = esp_of(layout, in->site.is_uefi);
    if (!nf_install_disk(in, &wish)) {
        return false;
    }
    site_take(in);
    return true;
}

/* Before the first sector is written. */
static bool
tools_are_there(struct nf_installation *in)
{
    for (int i = 0; i < in->plan.command_count; i++) {
        const char *name = in->plan.commands[i].argv[0];
        if (!nf_process_exists(NULL, name)) {
            snprintf(in->fault, in->size,
                     "the layout needs %s, which this RAM disk does not have",
                     name);
            return false;
        }
    }
    return true;
}

/* Random, made here, and nowhere but in memory until the layout keeps it. */
static bool
key_make(struct nf_installation *in)
{
    if (in->order->layout.unlock == NF_UNLOCK_NONE) {
        return true;
    }
    randombytes_buf(in->key, sizeof in->key);
    int fd = open(KEY_FILE, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0400);
    bool is_made = fd >= 0 && write(fd, in->key, sizeof in->key) == NF_KEY_SIZE;
    if (fd >= 0) {
        close(fd);
    }
    if (!is_made) {
        snprintf(in->fault, in->size, "cannot keep a key in memory: %s",
                 strerror(errno));
    }
    return is_made;
}

/* A new mirror copies itself from one disk to the other.  That can wait: it
   goes on by itself, unbridled, in the new system. */
static void
mirrors_slow(const struct nf_installation *in)
{
    FILE *limit = in->plan.array_count > 0
                      ? fopen("/proc/sys/dev/raid/speed_limit_max", "we")
                      : NULL;

    if (limit != NULL) {
        fputs("1000\n", limit); /* KiB in a second */
        fclose(limit);
    }
}

static bool
command_run(struct nf_installation *in, const struct nf_plan_command *command)
{
    const struct nf_process process = {
        .argv = command->argv,
        .input = command->input,
        .input_len = command->input != NULL ? strlen(command->input) : 0,
    };
    int held = command->waits != NULL
                   ? nf_device_hold(command->waits, in->fault, in->size)
                   : -1;
    bool is_done = (command->waits == NULL || held >= 0)
                   && nf_process_run(&process, in->fault, in->size);

    if (held >= 0) {
        close(held);
    }
    return is_done;
}

static bool
plan_run(struct nf_installation *in)
{
    for (int i = 0; i < in->plan.command_count; i++) {
        if (!command_run(in, &in->plan.commands[i])) {
            return false;
        }
        nf_progress_part(in->progress, i + 1, in->plan.command_count);
        mirrors_slow(in);
    }
    return true;
}

/* It is known that the archive is there before the old system goes. */
static bool
disks_divide(struct nf_installation *in)
{
    volumes_release();
    if (!nf_install_ask(in)) {
        return false;
    }
    nf_install_leave(in);
    return site_find(in)
           && nf_plan_make(&in->plan, &in->order->layout, &in->site, in->fault,
                           in->size)
           && tools_are_there(in) && key_make(in) && plan_run(in);
}

/* --- downloading ---------------------------------------------------------- */

static bool
held_mount(struct nf_installation *in, const struct nf_volume *volume,
           const char *path)
{
    int held = nf_device_hold(volume->device, in->fault, in->size);

    if (held < 0) {
        return false;
    }
    bool is_mounted = mount(volume->device, path, nf_fs_word(volume->fs), 0,
                            volume->fs == NF_FS_VFAT ? "umask=0077" : NULL)
                      == 0;
    if (!is_mounted) {
        snprintf(in->fault, in->size, "cannot mount %s on %s: %s",
                 volume->device, volume->mount, strerror(errno));
    }
    close(held);
    return is_mounted;
}

/* The new system's own folders are made before anything is mounted there. */
static bool
volume_mount(struct nf_installation *in, const struct nf_volume *volume)
{
    char path[sizeof NF_TARGET + NF_MOUNT_SIZE];
    int root = nf_root_open(NF_TARGET);
    bool is_made = root >= 0
                   && (strcmp(volume->mount, "/") == 0
                       || nf_root_mkdir(root, volume->mount, 0755));

    if (!is_made) {
        snprintf(in->fault, in->size, "cannot make %s: %s", volume->mount,
                 strerror(errno));
    }
    if (root >= 0) {
        close(root);
    }
    snprintf(path, sizeof path, NF_TARGET "%s",
             strcmp(volume->mount, "/") == 0 ? "" : volume->mount);
    return is_made && held_mount(in, volume, path);
}

static bool
volumes_mount(struct nf_installation *in)
{
    mkdir(NF_TARGET, 0755);
    for (int i = 0; i < in->plan.volume_count; i++) {
        const struct nf_volume *volume = &in->plan.volumes[i];
        if (volume->fs != NF_FS_SWAP && !volume_mount(in, volume)) {
            return false;
        }
    }
    /* the folder that a root file system comes with is for its owner only */
    return chmod(NF_TARGET, 0755) == 0;
}

static bool
archive_unpack(struct nf_installation *in)
{
    if (!volumes_mount(in) || !nf_install_ask(in)
        || !nf_stream_start(&in->stream, in->fault, in->size))
    {
        return false;
    }
    /* GNU tar drops '/' and ".." of names by itself */
    const struct nf_process tar = {
        .argv = (const char *const[]){"tar", "--extract", "--file=-",
                                      "--numeric-owner", "--same-permissions",
                                      "--xattrs", "--xattrs-include=*",
                                      "--acls", "--warning=no-timestamp",
                                      "--directory=" NF_TARGET, NULL},
        .in = in->stream.fd,
        .tick = nf_install_tell,
        .ctx = in,
    };
    (void) nf_process_run(&tar, in->fault, in->size);
    return nf_install_received(in);
}

/* --- the rest ------------------------------------------------------------- */

static bool
tables_write(struct nf_installation *in)
{
    if (access(NF_TARGET "/etc", F_OK) != 0
        || access(NF_TARGET "/usr", F_OK) != 0) {
        snprintf(
            in->fault, in->size,
            "the archive is not a root file system: it has no /etc or no /usr");
        return false;
    }
    return nf_volumes_write(&in->plan, &in->order->layout, in->key,
                            sizeof in->key, in->fault, in->size)
           && nf_target_enter(in->fault, in->size);
}

static bool
key_bind(struct nf_installation *in)
{
    return in->order->layout.unlock != NF_UNLOCK_TPM2
           || nf_volumes_bind(&in->plan, in->key, sizeof in->key, in->fault,
                              in->size);
}

/* The scripts come before the loader: what they change is booted too. */
static bool
finalize(struct nf_installation *in)
{
    bool is_done =
        nf_install_scripts(in) && key_bind(in)
        && nf_loader_install(&in->plan, &in->site, in->fault, in->size);

    sodium_memzero(in->key, sizeof in->key);
    unlink(KEY_FILE);
    return is_done;
}

/* clang-format off */
static const struct nf_install_step steps[] = {
    { NF_STAGE_PARTITIONING, disks_divide },
    { NF_STAGE_DOWNLOADING,  archive_unpack },
    { NF_STAGE_INSTALLING,   tables_write },
    { NF_STAGE_CONFIGURING,  nf_install_configure },
    { NF_STAGE_FINALIZING,   finalize },
};
/* clang-format on */

static void
archive_release(void)
{
    unlink(KEY_FILE);
    volumes_release();
}

const struct nf_install_method nf_method_archive = {
    steps, sizeof steps / sizeof steps[0], archive_release};
