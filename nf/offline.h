#ifndef NF_OFFLINE_H
#define NF_OFFLINE_H

/*
 * The store of this bastion, for commands that read it without the API.
 */

#include "store/store.h"

/* NULL: said why.  Close it with nf_store_close(). */
nf_store_t *nf_offline_open(void);

/* Print text and a newline; false, once, when stdout is gone. */
bool nf_offline_print(struct nf_text text);

#endif
