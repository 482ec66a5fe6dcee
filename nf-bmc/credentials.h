#ifndef NF_BMC_CREDENTIALS_H
#define NF_BMC_CREDENTIALS_H

/*
 * A user and a password from a file of two lines, "user=..." and
 * "password=...": what stands behind the first '=' counts, blanks and quotes
 * too.
 */

#include "base/error.h"
#include "driver.h"

/* Into the device.  NF_IO (errno says why), NF_INVALID: fault says what. */
nf_error_t nf_credentials_read(const char *path, struct nf_device *device,
                               struct nf_fault *fault);

#endif
