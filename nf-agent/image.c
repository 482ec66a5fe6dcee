#include "image.h"

#include "disk.h"
#include "log.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    BLOCK = 1024 * 1024
};

struct copy {
    struct nf_http *http;
    int disk;
    int64_t at;
    int tenths; /* of the image, as last told */
    crypto_hash_sha256_state sum;
    uint8_t block[BLOCK];
    uint8_t first[BLOCK]; /* holds the boot sector; written last */
    size_t first_len;
};

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

/* Fills the block unless the image ends; 0 at its end, -1 on a short read. */
static ssize_t
block_read(struct copy *copy)
{
    size_t n = 0;

    while (n < BLOCK) {
        ssize_t got = nf_http_read(copy->http, copy->block + n, BLOCK - n);
        if (got < 0) {
            return -1;
        }
        if (got == 0) {
            break;
        }
        n += (size_t) got;
    }
    crypto_hash_sha256_update(&copy->sum, copy->block, n);
    return (ssize_t) n;
}

/* The first block is kept back; zeros stand in its place. */
static bool
block_write(struct copy *copy, size_t n)
{
    if (copy->at == 0) {
        memcpy(copy->first, copy->block, n);
        copy->first_len = n;
        memset(copy->block, 0, n);
    }
    if (!write_at(copy->disk, copy->block, n, copy->at)) {
        return false;
    }
    copy->at += (int64_t) n;
    return true;
}

static void
progress_tell(struct copy *copy)
{
    int tenths = (int) (copy->at * 10 / copy->http->length);
    if (tenths > copy->tenths) {
        copy->tenths = tenths;
        nf_log(NF_LOG_INFO, "written %d %% of %lld bytes", tenths * 10,
               (long long) copy->http->length);
    }
}

static bool
body_copy(struct copy *copy, char *fault, size_t size)
{
    ssize_t n;

    while ((n = block_read(copy)) > 0) {
        if (!block_write(copy, (size_t) n)) {
            snprintf(fault, size, "cannot write to the disk at byte %lld: %s",
                     (long long) copy->at, strerror(errno));
            return false;
        }
        progress_tell(copy);
    }
    if (n < 0) {
        snprintf(fault, size, "the image ended after %lld of %lld bytes",
                 (long long) copy->http->taken, (long long) copy->http->length);
    }
    return n == 0;
}

static bool
sum_check(struct copy *copy, const char *sha256, char *fault, size_t size)
{
    uint8_t sum[crypto_hash_sha256_BYTES];
    char hex[sizeof sum * 2 + 1];

    if (sha256[0] == '\0') {
        nf_log(NF_LOG_WARNING, "the server gave no sha256 of the image");
        return true;
    }
    crypto_hash_sha256_final(&copy->sum, sum);
    sodium_bin2hex(hex, sizeof hex, sum, sizeof sum);
    if (strcmp(hex, sha256) != 0) {
        snprintf(fault, size, "the image's sha256 is %s, not %s", hex, sha256);
        return false;
    }
    nf_log(NF_LOG_INFO, "sha256 is right");
    return true;
}

static int
copy_finish(struct copy *copy, char *fault, size_t size)
{
    int number = 0;

    if (copy->first_len >= NF_SECTOR) {
        number = nf_mbr_grow(copy->first, nf_disk_size(copy->disk));
    }
    if (number == 0) {
        snprintf(fault, size,
                 "the image has no MBR with a Linux partition at its end");
        return 0;
    }
    /* all that the boot sector leads to must be on the disk before it */
    if (fsync(copy->disk) != 0
        || !write_at(copy->disk, copy->first, copy->first_len, 0)
        || fsync(copy->disk) != 0)
    {
        snprintf(fault, size, "cannot flush the disk: %s", strerror(errno));
        return 0;
    }
    return number;
}

int
nf_image_write(struct nf_http *http, int disk, const char *sha256, char *fault,
               size_t size)
{
    int number = 0;
    struct copy *copy = calloc(1, sizeof *copy);

    if (copy == NULL) {
        snprintf(fault, size, "out of memory");
        return 0;
    }
    copy->http = http;
    copy->disk = disk;
    crypto_hash_sha256_init(&copy->sum);
    if (body_copy(copy, fault, size) && sum_check(copy, sha256, fault, size)) {
        number = copy_finish(copy, fault, size);
    }
    free(copy);
    return number;
}
