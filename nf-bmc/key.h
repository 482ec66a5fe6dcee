#ifndef NF_BMC_KEY_H
#define NF_BMC_KEY_H

/*
 * The worker's own key, in a file that nobody else can read: how to reach its
 * devices is sealed for it.  It stays the same for the life of the folder.
 */

#include "bmc/sealed.h"

/* From folder/key.  NF_NOT_FOUND; NF_IO: errno says why; NF_INVALID: fault
 * does. */
nf_error_t nf_key_read(const char *folder, struct nf_worker_keys *keys,
                       struct nf_fault *fault);

/* The same, and one is made where there is none. */
nf_error_t nf_key_open(const char *folder, struct nf_worker_keys *keys,
                       struct nf_fault *fault);

/* `nf-bmc key`: prints the public half.  The exit status. */
int nf_key_show(int argc, char **argv);

#endif
