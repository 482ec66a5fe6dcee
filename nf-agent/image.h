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

/*
 * Copies what fd reads to the disk; its first MiB is kept back.  tell, unless
 * NULL, is called after each MiB.  False and a sentence when it doesn't fit.
 */
bool nf_image_copy(struct nf_image *image, int fd, int disk,
                   void (*tell)(void *ctx), void *ctx, char *fault,
                   size_t size);

/*
 * Grows the last partition to the disk, and writes what was kept back: the
 * disk is bootable only now.  Returns the partition's number; 0 on failure,
 * and then the disk stays as it is.
 */
int nf_image_finish(struct nf_image *image, int disk, char *fault, size_t size);

#endif
