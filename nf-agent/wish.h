#ifndef NF_AGENT_WISH_H
#define NF_AGENT_WISH_H

/*
 * What an order says of the disk that is to be chosen.
 */

#include "choice.h"

#include <jansson.h>

/*
 * Reads "disk" and of "layout" what chooses: hints, raid1, table; and need_mb,
 * for which the server has added up what the installer will make.  The name of
 * the first member that is wrong, or NULL.
 */
const char *nf_wish_read(const json_t *order, struct nf_wish *wish);

#endif
