#ifndef NF_BASE_SERIAL_H
#define NF_BASE_SERIAL_H

/*
 * Serial numbers that are none: what vendors leave in the firmware of boards
 * that never got one, and what a thousand machines may have in common.
 */

#include <stdbool.h>

bool nf_serial_is_placeholder(const char *serial);

#endif
