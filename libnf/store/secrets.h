#ifndef NF_STORE_SECRETS_H
#define NF_STORE_SECRETS_H

/*
 * Passwords of devices, sealed with a key that is not in the store: libsodium's
 * XChaCha20-Poly1305 with a random nonce each and the name as associated data,
 * so that one cannot be put in another's place.  They have no printer: nothing
 * but what uses one ever opens it.
 */

#include "store/txn.h"

enum {
    NF_SECRET_MAX = 256,
    NF_SECRET_NAME_MAX = 64,
};

/* key is the site's own; this one's is derived from it.  name such as
 * "task-0000001a/bmc", at most 64 bytes; secret without a NUL. */
bool nf_secrets_put(struct nf_write *w, const uint8_t key[static 32],
                    const char *name, struct nf_text secret);

/* False: there is none, or (r->err NF_CORRUPT) it is not of this key or name.
 * Wipe secret with sodium_memzero() after use. */
bool nf_secrets_get(struct nf_read *r, const uint8_t key[static 32],
                    const char *name, char secret[static NF_SECRET_MAX + 1]);

bool nf_secrets_delete(struct nf_write *w, const char *name);

#endif
