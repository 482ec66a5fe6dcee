#ifndef NF_BMC_TLS_H
#define NF_BMC_TLS_H

/*
 * TLS to a broker: who it must be, and why it is not.
 */

#include <openssl/ssl.h>

#include "base/text.h"

enum {
    NF_TLS_WORDS = 160
};

struct nf_tls {
    SSL_CTX *context;
    char words[NF_TLS_WORDS]; /* why the last certificate was refused; or "" */
};

/*
 * The broker's certificate must be good for host, a name or an address, and be
 * one of the PEM certificates or signed by one of them; "": by whom this host
 * trusts.  tls must stay where it is.  False: words say why.
 */
bool nf_tls_open(struct nf_tls *tls, const char *certificates,
                 const char *host);
void nf_tls_close(struct nf_tls *tls);

#endif
