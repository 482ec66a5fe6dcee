#ifndef NF_AGENT_IMAGE_H
#define NF_AGENT_IMAGE_H

/*
 * The image on its way from the server to the disk.
 */

#include "http.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Streams the body of http to the disk and grows the last partition, whose
 * number it returns.  The disk is made unbootable first and bootable last,
 * after the sum was found to be sha256 (when not ""): a machine never boots
 * half an image.  0 on failure, with a sentence in fault.
 */
int nf_image_write(struct nf_http *http, int disk, const char *sha256,
                   char *fault, size_t size);

#endif
