#ifndef NF_BMC_DEVICE_FILE_H
#define NF_BMC_DEVICE_FILE_H

/*
 * Devices and credentials in files of lines NAME=VALUE: what stands behind the
 * first '=' counts, blanks and quotes too.  Others must not be able to read
 * them.
 */

#include "base/address.h"
#include "base/error.h"
#include "driver.h"

/* user= and password=, into the device; of SNMP community=, or user=, auth=,
 * auth_password=, priv= and priv_password=.  NF_IO (errno says why),
 * NF_INVALID: fault says what. */
nf_error_t nf_credentials_read(const char *path, struct nf_device *device,
                               struct nf_fault *fault);

/*
 * The BMC of the node with this MAC: the file folder/{12 hex digits}, which has
 * driver= and address= too, and may have pin=.  NF_NOT_FOUND, NF_INVALID: fault
 * says what.
 */
nf_error_t nf_device_file_read(const char *folder, nf_mac_t mac,
                               struct nf_device *device,
                               struct nf_fault *fault);

#endif
