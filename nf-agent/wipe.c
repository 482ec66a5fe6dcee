#include "wipe.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/dm-ioctl.h>
#include <linux/fs.h>
#include <linux/major.h>
#include <linux/raid/md_u.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
    END =
        1024 * 1024, /* where every superblock lies, at one end or the other */
    DEPTH_MAX = 8,
    REREAD_TRIES = 20,
    PATH_SIZE = 512,
};

static const struct nf_tree here = {.root = "", .is_live = true};

/* --- what is made of it ---------------------------------------------------
 */

static bool
volume_remove(const char *name)
{
    struct dm_ioctl volume = {
        .version = {DM_VERSION_MAJOR, 0, 0},
        .data_size = sizeof volume,
    };
    char label[NF_LABEL_SIZE];
    int fd = open("/dev/mapper/control", O_RDWR | O_CLOEXEC);
    bool is_gone = false;

    if (nf_tree_label(&here, label, "sys/block/%s/dm/name", name)) {
        snprintf(volume.name, sizeof volume.name, "%.120s", label);
        is_gone = fd >= 0 && ioctl(fd, DM_DEV_REMOVE, &volume) == 0;
    }
    if (fd >= 0) {
        close(fd);
    }
    return is_gone;
}

static bool
array_stop(const char *name)
{
    char path[PATH_SIZE];

    snprintf(path, sizeof path, "/dev/%.120s", name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool is_gone = fd >= 0 && ioctl(fd, STOP_ARRAY, NULL) == 0;
    if (fd >= 0) {
        close(fd);
    }
    return is_gone;
}

static bool holders_release(const char *folder, int depth, char *fault,
                            size_t size);

static bool
holder_release(const char *name, int depth, char *fault, size_t size)
{
    char folder[PATH_SIZE];

    snprintf(folder, sizeof folder, "sys/block/%.120s", name);
    if (!holders_release(folder, depth + 1, fault, size)) {
        return false;
    }
    bool is_gone = strncmp(name, "dm-", 3) == 0  ? volume_remove(name)
                   : strncmp(name, "md", 2) == 0 ? array_stop(name)
                                                 : false;
    if (!is_gone) {
        snprintf(fault, size, "an older system's %s cannot be released: %s",
                 name, strerror(errno));
    }
    return is_gone;
}

/* From the top: a volume in a group on an array. */
static bool
holders_release(const char *folder, int depth, char *fault, size_t size)
{
    bool is_free = depth < DEPTH_MAX;
    struct nf_names names = nf_tree_list(&here, "%s/holders", folder);

    for (size_t i = 0; i < names.n && is_free; i++) {
        is_free = holder_release(names.names[i], depth, fault, size);
    }
    nf_names_free(&names);
    return is_free;
}

/* --- what is written on it ------------------------------------------------
 */

static bool
zeros_write(int fd, int64_t at, int64_t end)
{
    static const char zeros[END];

    while (at < end) {
        int64_t left = end - at;
        ssize_t n = pwrite(fd, zeros, (size_t) (left < END ? left : END), at);
        if (n <= 0) {
            return false;
        }
        at += n;
    }
    return true;
}

/* Both ends of a piece of the disk. */
static bool
ends_write(int fd, int64_t start, int64_t size)
{
    int64_t end = start + size;
    bool is_short = size <= 2 * END;

    return zeros_write(fd, start, is_short ? end : start + END)
           && (is_short || zeros_write(fd, end - END, end));
}

/* Its partitions, which sysfs tells in sectors of 512, then itself: the table
 * goes last. */
static bool
disk_write(int fd, const struct nf_block *disk)
{
    struct nf_names names = nf_tree_list(&here, "sys/block/%s", disk->name);
    bool is_done = true;

    for (size_t i = 0; i < names.n && is_done; i++) {
        int64_t start = nf_tree_number(&here, -1, "sys/block/%s/%s/start",
                                       disk->name, names.names[i]);
        int64_t size = nf_tree_number(&here, 0, "sys/block/%s/%s/size",
                                      disk->name, names.names[i]);
        is_done = start < 0 || size <= 2 /* an extended one is a shell */
                  || ends_write(fd, start * 512, size * 512);
    }
    nf_names_free(&names);
    return is_done && ends_write(fd, 0, disk->size) && fsync(fd) == 0;
}

/* EBUSY while udev still looks at what was there. */
static bool
table_forget(int fd)
{
    for (int i = 0; i < REREAD_TRIES; i++) {
        if (ioctl(fd, BLKRRPART) == 0 || errno == EINVAL || errno == ENOTTY) {
            return true; /* nothing that has partitions */
        }
        usleep(100000);
    }
    return false;
}

static bool
partitions_release(const struct nf_block *disk, char *fault, size_t size)
{
    char folder[PATH_SIZE];
    struct nf_names names = nf_tree_list(&here, "sys/block/%s", disk->name);

    snprintf(folder, sizeof folder, "sys/block/%.120s", disk->name);
    bool is_free = holders_release(folder, 0, fault, size);
    for (size_t i = 0; i < names.n && is_free; i++) {
        snprintf(folder, sizeof folder, "sys/block/%.120s/%.120s", disk->name,
                 names.names[i]);
        is_free = holders_release(folder, 0, fault, size);
    }
    nf_names_free(&names);
    return is_free;
}

static bool
disk_wipe(const struct nf_block *disk, char *fault, size_t size)
{
    if (!partitions_release(disk, fault, size)) {
        return false;
    }
    int fd = open(disk->device, O_RDWR | O_CLOEXEC);
    bool is_done = fd >= 0 && disk_write(fd, disk) && table_forget(fd);
    if (!is_done) {
        snprintf(fault, size, "%s cannot be cleared: %s", disk->device,
                 strerror(errno));
    }
    if (fd >= 0) {
        close(fd);
    }
    return is_done;
}

bool
nf_wipe(const struct nf_choice *choice, char *fault, size_t size)
{
    bool is_done = true;

    for (int i = 0; i < choice->count && is_done; i++) {
        is_done = disk_wipe(&choice->disks[i], fault, size);
    }
    return is_done;
}
