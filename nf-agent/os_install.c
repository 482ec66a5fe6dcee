#include "operation.h"

#include "disk.h"
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
    DISK_WAIT_S = 10,
    REREAD_TRIES = 20,
};

struct install {
    const struct nf_boot *boot;
    const struct nf_order *order;
    struct nf_http http;
    char disk[NF_DISK_PATH_SIZE];
    char *fault;
    size_t size;
};

static bool
image_ask(struct install *in)
{
    if (!nf_http_open(&in->http, &in->order->image, NULL, in->fault, in->size))
    {
        return false;
    }
    if (in->http.status != 200 || in->http.length == 0) {
        snprintf(in->fault, in->size,
                 "the server answered the image with status %d and %lld bytes",
                 in->http.status, (long long) in->http.length);
        nf_http_close(&in->http);
        return false;
    }
    return true;
}

/* The order's disk, else the command line's, else the first that fits. */
static bool
disk_choose(struct install *in)
{
    const char *named =
        strcmp(in->order->disk, "auto") != 0 ? in->order->disk : in->boot->disk;

    if (strcmp(named, "auto") != 0) {
        snprintf(in->disk, sizeof in->disk, "%s", named);
        return true;
    }
    if (!nf_disk_find(in->http.length, DISK_WAIT_S, in->disk)) {
        snprintf(in->fault, in->size,
                 "no fixed disk with room for %lld bytes was found",
                 (long long) in->http.length);
        return false;
    }
    return true;
}

static int
disk_open(struct install *in)
{
    int fd = open(in->disk, O_RDWR | O_CLOEXEC);
    int64_t have = fd >= 0 ? nf_disk_size(fd) : -1;

    if (fd < 0) {
        snprintf(in->fault, in->size, "cannot open %s: %s", in->disk,
                 strerror(errno));
    } else if (have < in->http.length) {
        snprintf(in->fault, in->size,
                 "%s is too small: it has %lld bytes, the image %lld", in->disk,
                 (long long) have, (long long) in->http.length);
        close(fd);
        fd = -1;
    }
    return fd;
}

/* EBUSY while a driver or udev still looks at the old partitions. */
static bool
table_reread(struct install *in, int disk)
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

/* Writes the image to the chosen disk; the root partition's number, or 0. */
static int
disk_write(struct install *in)
{
    int disk = disk_choose(in) ? disk_open(in) : -1;
    if (disk < 0) {
        return 0;
    }
    nf_log(NF_LOG_INFO, "writing %lld bytes to %s", (long long) in->http.length,
           in->disk);
    int number =
        nf_image_write(&in->http, disk, in->order->sha256, in->fault, in->size);
    if (number != 0 && !table_reread(in, disk)) {
        number = 0;
    }
    close(disk);
    return number;
}

bool
nf_os_install(const struct nf_order *order, const struct nf_boot *boot,
              struct nf_progress *progress, char *fault, size_t size)
{
    static struct install in;
    char root[NF_DISK_PATH_SIZE];

    in = (struct install){
        .boot = boot, .order = order, .fault = fault, .size = size};
    nf_progress_stage(progress, NF_STAGE_PARTITIONING, NULL);
    nf_progress_stage(progress, NF_STAGE_DOWNLOADING, NULL);
    if (!image_ask(&in)) {
        return false;
    }
    int number = disk_write(&in);
    nf_http_close(&in.http);
    if (number == 0) {
        return false;
    }
    nf_partition_path(in.disk, number, root);
    nf_progress_stage(progress, NF_STAGE_CONFIGURING, NULL);
    nf_log(NF_LOG_INFO, "configuring %s", root);
    if (!nf_target_configure(root, boot, order, fault, size)) {
        return false;
    }
    nf_progress_stage(progress, NF_STAGE_FINALIZING, NULL);
    nf_log(NF_LOG_INFO, "installed; reporting");
    return true;
}
