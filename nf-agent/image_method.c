#include "method.h"

#include "filesystem.h"
#include "image.h"
#include "log.h"
#include "target.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
    REREAD_TRIES = 20
};

/* What the disk must hold, as far as it is known before. */
static int64_t
need_of(const struct nf_installation *in)
{
    int64_t need = in->stream.expanded;
    return need > in->order->image_size ? need : in->order->image_size;
}

/* The image brings its partitions; here it is known whether they fit. */
static bool
disk_find(struct nf_installation *in)
{
    if (!nf_install_ask(in) || !nf_install_disk(in, need_of(in))) {
        return false;
    }
    int fd = open(in->disk, O_RDWR | O_CLOEXEC);
    int64_t have = fd >= 0 ? nf_disk_size(fd) : -1;
    if (fd < 0) {
        snprintf(in->fault, in->size, "cannot open %s: %s", in->disk,
                 strerror(errno));
        return false;
    }
    close(fd);
    if (have < need_of(in)) {
        snprintf(in->fault, in->size,
                 "%s is too small: it has %lld bytes, the image %lld", in->disk,
                 (long long) have, (long long) need_of(in));
        return false;
    }
    return true;
}

static bool
copied(struct nf_installation *in, struct nf_image *image, int disk)
{
    return nf_image_wipe(disk, in->fault, in->size)
           && nf_stream_start(&in->stream, in->fault, in->size)
           && nf_image_copy(image, in->stream.fd, disk, nf_install_tell, in,
                            in->fault, in->size);
}

/* EBUSY while a driver or udev still looks at the old partitions. */
static bool
table_reread(struct nf_installation *in, int disk)
{
    for (int i = 0; i < REREAD_TRIES; i++) {
        if (ioctl(disk, BLKRRPART) == 0) {
            return true;
        }
        usleep(100000);
    }
    snprintf(in->fault, in->size, "cannot reread the partitions of %s: %s",
             in->disk, strerror(errno));
    return false;
}

static bool
image_copy(struct nf_installation *in)
{
    int disk = open(in->disk, O_RDWR | O_CLOEXEC);
    struct nf_image *image = nf_image_new();

    if (disk < 0 || image == NULL) {
        snprintf(in->fault, in->size, "cannot open %s: %s", in->disk,
                 strerror(errno));
    } else {
        nf_log(NF_LOG_INFO, "writing the image to %s", in->disk);
        (void) copied(in, image, disk);
        if (nf_install_received(in)) {
            in->number = nf_image_finish(image, disk, in->fault, in->size);
        }
    }
    bool is_done = in->number != 0 && table_reread(in, disk);
    if (disk >= 0) {
        close(disk);
    }
    nf_image_free(image);
    return is_done;
}

static bool
root_mount(struct nf_installation *in)
{
    char root[NF_DISK_PATH_SIZE];

    nf_partition_path(in->disk, in->number, root);
    return nf_filesystem_mount(root, NF_TARGET, in->fault, in->size)
           && nf_target_enter(in->fault, in->size);
}

/* clang-format off */
static const struct nf_install_step steps[] = {
    { NF_STAGE_PARTITIONING, disk_find },
    { NF_STAGE_DOWNLOADING,  image_copy },
    { NF_STAGE_INSTALLING,   root_mount },
    { NF_STAGE_CONFIGURING,  nf_install_configure },
    { NF_STAGE_FINALIZING,   nf_install_scripts },
};
/* clang-format on */

const struct nf_install_method nf_method_image = {
    steps, sizeof steps / sizeof steps[0], NULL};
