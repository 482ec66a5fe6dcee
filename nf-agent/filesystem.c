#include "filesystem.h"

#include "log.h"
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    DEVICE_WAIT_TENTHS = 100,
    HEAD = 4096,
    FSCK_REPAIRED = 1 << 1, /* e2fsck's exit status 1 */
};

int
nf_device_hold(const char *device, char *fault, size_t size)
{
    for (int tenth = 0; tenth < DEVICE_WAIT_TENTHS; tenth++) {
        int fd = open(device, O_RDONLY | O_CLOEXEC);
        if (fd >= 0) {
            return fd;
        }
        usleep(100000);
    }
    snprintf(fault, size, "the device %s did not appear: %s", device,
             strerror(errno));
    return -1;
}

static bool
grow(const char *name, const char *const *argv, unsigned fine, char *fault,
     size_t size)
{
    const struct nf_process process = {.argv = argv, .fine = fine};

    if (!nf_process_exists(NULL, name)) {
        nf_log(NF_LOG_NOTICE,
               "this RAM disk has no %s: the system grows its file system "
               "itself, or it stays as large as its image",
               name);
        return true;
    }
    return nf_process_run(&process, fault, size);
}

/* resize2fs takes a file system only just after its check. */
static bool
ext4_before(const char *device, const char *directory, char *fault, size_t size)
{
    const char *const check[] = {"e2fsck", "-f", "-p", device, NULL};
    const char *const resize[] = {"resize2fs", device, NULL};

    (void) directory;
    return grow("e2fsck", check, FSCK_REPAIRED, fault, size)
           && (!nf_process_exists(NULL, "e2fsck")
               || grow("resize2fs", resize, 0, fault, size));
}

static bool
xfs_after(const char *device, const char *directory, char *fault, size_t size)
{
    const char *const resize[] = {"xfs_growfs", directory, NULL};

    (void) device;
    return grow("xfs_growfs", resize, 0, fault, size);
}

typedef bool (*grow_t)(const char *device, const char *directory, char *fault,
                       size_t size);

/* clang-format off */
static const struct kind {
    const char *name;
    size_t at;                  /* of the superblock's magic */
    const char *magic;
    size_t len;
    grow_t before, after;       /* it is mounted */
} kinds[] = {
    { "ext4", 1024 + 56, "\x53\xef", 2, ext4_before, NULL },
    { "xfs",  0,         "XFSB",     4, NULL,        xfs_after },
};
/* clang-format on */

static const struct kind *
kind_find(int device)
{
    uint8_t head[HEAD] = {0};
    bool is_read = pread(device, head, sizeof head, 0) == sizeof head;

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0] && is_read; i++) {
        if (memcmp(head + kinds[i].at, kinds[i].magic, kinds[i].len) == 0) {
            return &kinds[i];
        }
    }
    return NULL;
}

static bool
held_mount(int held, const char *device, const char *directory, char *fault,
           size_t size)
{
    const struct kind *kind = kind_find(held);

    if (kind == NULL) {
        snprintf(fault, size, "%s holds neither ext4 nor XFS", device);
        return false;
    }
    if (kind->before != NULL && !kind->before(device, directory, fault, size)) {
        return false;
    }
    mkdir(directory, 0700);
    if (mount(device, directory, kind->name, 0, NULL) != 0) {
        snprintf(fault, size, "cannot mount %s: %s", device, strerror(errno));
        return false;
    }
    return kind->after == NULL || kind->after(device, directory, fault, size);
}

bool
nf_filesystem_mount(const char *device, const char *directory, char *fault,
                    size_t size)
{
    int held = nf_device_hold(device, fault, size);

    if (held < 0) {
        return false;
    }
    bool is_mounted = held_mount(held, device, directory, fault, size);
    close(held);
    return is_mounted;
}
