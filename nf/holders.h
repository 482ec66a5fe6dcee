#ifndef NF_HOLDERS_H
#define NF_HOLDERS_H

/*
 * Who has a file open, by /proc.
 */

#include <stddef.h>

/* "nf-relay (4321, stopped), nginx (17)": processes other than this one that
 * have the file open, as many as there is room for; "" when none is seen. */
void nf_holders_of(const char *path, char *text, size_t size);

#endif
