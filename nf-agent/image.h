#ifndef NF_AGENT_IMAGE_H
#define NF_AGENT_IMAGE_H

/*
 * A whole-disk image on its way to the disk.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct nf_image;

/* Makes room; NULL without memory. */
struct nf_image *nf_image_new(void);
void nf_image_free(struct nf_image *image);

/* Makes the disk unbootable: its tables at both ends are gone, of the old
   system too.  Erase nothing before it is known what comes instead. */
bool nf_image_wipe(int disk, char *fault, size_t size);

/* Reads the image's first MiB, its tables, from fd, and keeps it. */
bool nf_image_begin(struct nf_image *image, int fd, char *fault, size_t size);

/* Bytes of the sectors that its table counts in. */
int nf_image_sector(const struct nf_image *image);

/*
 * Grows the last partition to a disk of that size, in memory alone: whether
 * the image will do is known before the disk is touched.  The partition's
 * number; 0 and a sentence when it has no table that can be grown.
 */
int nf_image_fit(struct nf_image *image, int64_t disk_size, char *fault,
                 size_t size);

/*
 * Copies what fd still reads to the disk, behind what is kept.  tell, unless
 * NULL, is called after each MiB.  False and a sentence when it doesn't fit.
 */
bool nf_image_copy(struct nf_image *image, int fd, int disk,
                   void (*tell)(void *ctx), void *ctx, char *fault,
                   size_t size);

/* Writes what was kept: the disk is bootable only now. */
bool nf_image_finish(struct nf_image *image, int disk, char *fault,
                     size_t size);

#endif
