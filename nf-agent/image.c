#include "image.h"

#include "disk.h"
#include "gpt.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    BLOCK = 1024 * 1024
};

struct nf_image {
    int64_t at;
    uint8_t block[BLOCK];
    uint8_t first[BLOCK]; /* boot sector and tables; written last */
    size_t first_len;
    struct nf_gpt_backup backup;
};

struct nf_image *
nf_image_new(void)
{
    return calloc(1, sizeof(struct nf_image));
}

void
nf_image_free(struct nf_image *image)
{
    free(image);
}

static bool
write_at(int fd, const uint8_t *bytes, size_t len, int64_t at)
{
    while (len > 0) {
        ssize_t n = pwrite(fd, bytes, len, at);
        if (n <= 0) {
            return false;
        }
        bytes += n;
        len -= (size_t) n;
        at += n;
    }
    return true;
}

bool
nf_image_wipe(int disk, char *fault, size_t size)
{
    static const uint8_t zeros[BLOCK];
    int64_t disk_size = nf_disk_size(disk);
    size_t len = disk_size < BLOCK ? (size_t) disk_size : BLOCK;

    if (disk_size < 0 || !write_at(disk, zeros, len, 0)
        || !write_at(disk, zeros, len, disk_size - (int64_t) len)
        || fsync(disk) != 0)
    {
        snprintf(fault, size, "cannot write to the disk: %s", strerror(errno));
        return false;
    }
    return true;
}

/* Fills the block unless the image ends. */
static ssize_t
block_read(int fd, uint8_t *block)
{
    size_t n = 0;

    while (n < BLOCK) {
        ssize_t got = read(fd, block + n, BLOCK - n);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return -1;
        }
        if (got == 0) {
            break;
        }
        n += (size_t) got;
    }
    return (ssize_t) n;
}

bool
nf_image_begin(struct nf_image *image, int fd, char *fault, size_t size)
{
    ssize_t n = block_read(fd, image->first);

    if (n < 0) {
        snprintf(fault, size, "cannot read the image: %s", strerror(errno));
        return false;
    }
    image->first_len = (size_t) n;
    return true;
}

/* An MBR does not say what it counts in; all that are made count in 512. */
int
nf_image_sector(const struct nf_image *image)
{
    int sector = nf_gpt_sector(image->first, image->first_len);

    return sector != 0 ? sector : NF_SECTOR;
}

int
nf_image_fit(struct nf_image *image, int64_t disk_size, char *fault,
             size_t size)
{
    bool is_gpt = nf_gpt_sector(image->first, image->first_len) != 0;
    int number = 0;

    if (is_gpt) {
        number = nf_gpt_grow(image->first, image->first_len, disk_size,
                             &image->backup);
    } else if (image->first_len >= NF_SECTOR) {
        number = nf_mbr_grow(image->first, disk_size);
    }
    if (number == 0) {
        snprintf(fault, size,
                 is_gpt ? "the image's GPT is damaged or does not end with a "
                          "Linux partition"
                        : "the image has no MBR with a Linux partition at its "
                          "end, and no GPT");
    }
    return number;
}

/* Zeros stand in the first block's place. */
static bool
rest_copy(struct nf_image *image, int disk, ssize_t n)
{
    if (!write_at(disk, image->block, (size_t) n, image->at)) {
        return false;
    }
    image->at += n;
    return true;
}

bool
nf_image_copy(struct nf_image *image, int fd, int disk, void (*tell)(void *ctx),
              void *ctx, char *fault, size_t size)
{
    int64_t disk_size = nf_disk_size(disk);
    ssize_t n;

    image->at = (int64_t) image->first_len;
    while (image->first_len == BLOCK && (n = block_read(fd, image->block)) != 0)
    {
        if (n < 0) {
            snprintf(fault, size, "cannot read the image: %s", strerror(errno));
            return false;
        }
        if (image->at + n > disk_size) {
            snprintf(fault, size,
                     "the image is larger than the disk of %lld MiB",
                     (long long) (disk_size >> 20));
            return false;
        }
        if (!rest_copy(image, disk, n)) {
            snprintf(fault, size, "cannot write to the disk at byte %lld: %s",
                     (long long) image->at, strerror(errno));
            return false;
        }
        if (tell != NULL) {
            tell(ctx);
        }
    }
    return true;
}

bool
nf_image_finish(struct nf_image *image, int disk, char *fault, size_t size)
{
    /* all that the boot sector leads to must be on the disk before it */
    if (!write_at(disk, image->backup.bytes, image->backup.len,
                  image->backup.at)
        || fsync(disk) != 0
        || !write_at(disk, image->first, image->first_len, 0)
        || fsync(disk) != 0)
    {
        snprintf(fault, size, "cannot flush the disk: %s", strerror(errno));
        return false;
    }
    return true;
}
