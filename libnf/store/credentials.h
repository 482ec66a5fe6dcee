#ifndef NF_STORE_CREDENTIALS_H
#define NF_STORE_CREDENTIALS_H

/*
 * Credential sets, by name.  The password of one stands among the secrets.
 */

#include "model/credential.h"
#include "store/txn.h"

/* False: there is none, or the scope has failed. */
bool nf_credentials_get(struct nf_read *r, const char *name,
                        struct nf_credential *credential);

bool nf_credentials_put(struct nf_write *w,
                        const struct nf_credential *credential);

/* And its passwords, if there are any. */
bool nf_credentials_delete(struct nf_write *w, const char *name);

/* Its password, sealed with the site's key; see store/secrets.h. */
bool nf_credentials_seal(struct nf_write *w, const uint8_t key[static 32],
                         const char *name, struct nf_text password);
bool nf_credentials_open(struct nf_read *r, const uint8_t key[static 32],
                         const char *name,
                         char password[static NF_CREDENTIAL_PASSWORD]);

/* The same for the password of SNMPv3's encryption; a set may have none. */
bool nf_credentials_seal_priv(struct nf_write *w, const uint8_t key[static 32],
                              const char *name, struct nf_text password);
bool nf_credentials_open_priv(struct nf_read *r, const uint8_t key[static 32],
                              const char *name,
                              char password[static NF_CREDENTIAL_PASSWORD]);
bool nf_credentials_forget_priv(struct nf_write *w, const char *name);

#endif
