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

/* The image brings its partitions, and its first bytes say what they are made
 * for.  All that can be known of it is known before the disk is touched. */
static bool
disk_find(struct nf_installation *in)
{
    struct nf_wish wish = in->order->wish;
    struct nf_image *image = in->image = nf_image_new();

    if (image == NULL || !nf_install_ask(in)
        || !nf_stream_start(&in->stream, in->fault, in->size)
        || !nf_image_begin(image, in->stream.fd, in->fault, in->size))
    {
        return false;
    }
    wish.need = need_of(in) > wish.need ? need_of(in) : wish.need;
    wish.sector = nf_image_sector(image);
    if (!nf_install_disk(in, &wish)) {
        return false;
    }
    in->number =
        nf_image_fit(image, in->choice.disks[0].size, in->fault, in->size);
    return in->number != 0;
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
    bool is_done = false;

    if (disk < 0) {
        snprintf(in->fault, in->size, "cannot open %s: %s", in->disk,
                 strerror(errno));
        return false;
    }
    nf_log(NF_LOG_INFO, "writing the image to %s", in->disk);
    (void) (nf_image_wipe(disk, in->fault, in->size)
            && nf_image_copy(in->image, in->stream.fd, disk, nf_install_tell,
                             in, in->fault, in->size));
    if (nf_install_received(in)) {
        is_done = nf_image_finish(in->image, disk, in->fault, in->size)
                  && table_reread(in, disk);
    }
    close(disk);
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
