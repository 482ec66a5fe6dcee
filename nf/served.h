#ifndef NF_SERVED_H
#define NF_SERVED_H

#include <stddef.h>

/* What `nf render` can print: the names in their order, NULL behind the last.
 */
const char *nf_served_kind(size_t i);

#endif
