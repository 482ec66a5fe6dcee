#ifndef NF_CERTIFICATE_H
#define NF_CERTIFICATE_H

/*
 * A certificate that nobody but its own key vouches for: whoever is to trust
 * it is given it.
 */

#include "base/text.h"

enum {
    NF_PEM_MAX = 4096
};

/* Both as PEM. */
struct nf_certificate {
    char cert[NF_PEM_MAX], key[NF_PEM_MAX];
    size_t cert_len, key_len;
};

/*
 * A new key (P-256) and its certificate, good for ten years for these names,
 * as OpenSSL writes them: "IP:10.0.0.1,DNS:bastion".  The caller wipes the
 * key.  False: there is no memory or no randomness.
 */
bool nf_certificate_make(const char *names, struct nf_certificate *made);

#endif
