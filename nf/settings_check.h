#ifndef NF_SETTINGS_CHECK_H
#define NF_SETTINGS_CHECK_H

/*
 * What is wrong with settings that are valid by themselves: they name
 * something that this machine does not have.  All of it is logged.
 */

#include "model/settings.h"

/* How many of them there are.  The settings are complete. */
unsigned nf_settings_count_missing(const struct nf_settings *settings);

#endif
