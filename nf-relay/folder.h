#ifndef NF_RELAY_FOLDER_H
#define NF_RELAY_FOLDER_H

/*
 * The files of a folder that are named by a node's MAC, some at a time.  Other
 * files there are the operator's.
 */

#include <dirent.h>

#include "base/address.h"

enum {
    NF_FOLDER_MAX = 64, /* names, before others get their turn */
};

/* Whether this is the name of a file of ours, and of which node. */
typedef bool nf_folder_name_t(const char *name, nf_mac_t *mac);

struct nf_folder {
    DIR *dir; /* NULL: nobody is reading it */
};

/* Begin to read, anew if need be.  False: see errno. */
bool nf_folder_open(struct nf_folder *folder, const char *path);
void nf_folder_close(struct nf_folder *folder);

/* The next ones; closes the folder at its end. */
size_t nf_folder_next(struct nf_folder *folder, nf_folder_name_t *name,
                      nf_mac_t macs[static NF_FOLDER_MAX]);

#endif
