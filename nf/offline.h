#ifndef NF_OFFLINE_H
#define NF_OFFLINE_H

/*
 * The store of this bastion, for commands that read it without the API.
 */

#include "model/settings.h"
#include "store/store.h"

/* NULL: said why.  Close it with nf_store_close(). */
nf_store_t *nf_offline_open(void);

/* The same for who wants to know the settings too. */
nf_store_t *nf_offline_open_with(struct nf_settings *settings);

/* Print text and a newline; false, once, when stdout is gone. */
bool nf_offline_print(struct nf_text text);

#endif
