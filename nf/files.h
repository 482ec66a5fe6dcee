#ifndef NF_FILES_H
#define NF_FILES_H

/*
 * The boot files of this bastion, without the API.
 */

#include "model/file.h"
#include "model/settings.h"
#include "store/store.h"

struct nf_files {
    struct nf_settings settings;
    nf_store_t *store;
};

/* NULL: said why.  Close the store with nf_store_close(). */
struct nf_files *nf_files_open(void);

/*
 * Take in what fd holds as the boot file `path`; says why it could not.
 * *file is then what stands there, *is_changed whether it did not before.
 */
bool nf_files_take(struct nf_files *files, const char *path, int fd,
                   struct nf_file *file, bool *is_changed);

/* Milliseconds since 1970. */
nf_time_t nf_files_now(void);

#endif
