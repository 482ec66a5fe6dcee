#ifndef NF_BMC_TRY_SWITCH_H
#define NF_BMC_TRY_SWITCH_H

/*
 * `nf-bmc try` of a switch: one operation, its outcome printed as JSON.
 */

#include "switch.h"

/* words: the operation and its arguments.  The exit status of the program. */
int nf_try_switch(const struct nf_switch_driver *driver,
                  const struct nf_device *device, uint64_t deadline_s,
                  char *const *words);

#endif
