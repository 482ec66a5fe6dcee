#ifndef NF_CHANGE_STRANGER_H
#define NF_CHANGE_STRANGER_H

/*
 * Room for machines that nobody has named.  For the files of this folder.
 */

#include "change/change.h"

/*
 * Let the oldest of them go until so many more machines, and so many more bytes
 * of inventory of the machine mac, which itself stays, fit what the settings
 * allow.  False: they do not, and cannot be made to in one change.
 */
bool nf_strangers_make_room(struct nf_change *c, nf_mac_t mac,
                            unsigned machines, size_t bytes);

#endif
