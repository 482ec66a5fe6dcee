#include "tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>

/* libmosquitto throws away what OpenSSL knows of a failure. */
static int
on_verify(int is_good, X509_STORE_CTX *context)
{
    SSL *ssl = X509_STORE_CTX_get_ex_data(context,
                                          SSL_get_ex_data_X509_STORE_CTX_idx());
    struct nf_tls *tls = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));

    if (is_good != 1) {
        snprintf(
            tls->words, sizeof(tls->words),
            "its certificate is not trusted: %s",
            X509_verify_cert_error_string(X509_STORE_CTX_get_error(context)));
    }
    return is_good;
}

/* At least one; all that there are. */
static bool
trust(SSL_CTX *context, const char *certificates)
{
    BIO *bio = BIO_new_mem_buf(certificates, -1);
    X509 *cert = NULL;
    int n = 0;

    while (bio != NULL
           && (cert = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL) {
        n += X509_STORE_add_cert(SSL_CTX_get_cert_store(context), cert);
        X509_free(cert);
    }
    BIO_free(bio);
    ERR_clear_error(); /* the end of the text is an error to it */
    return n > 0;
}

static bool
expect(SSL_CTX *context, const char *host)
{
    X509_VERIFY_PARAM *param = SSL_CTX_get0_param(context);

    /* What is given is trusted itself, whoever has signed it. */
    X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
    return X509_VERIFY_PARAM_set1_ip_asc(param, host) == 1
           || X509_VERIFY_PARAM_set1_host(param, host, 0) == 1;
}

bool
nf_tls_open(struct nf_tls *tls, const char *certificates, const char *host)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    bool is_trusting = context != NULL
                       && (certificates[0] == '\0'
                               ? SSL_CTX_set_default_verify_paths(context) == 1
                               : trust(context, certificates));

    *tls = (struct nf_tls){.context = context};
    if (!is_trusting) {
        snprintf(tls->words, sizeof(tls->words),
                 "has no certificate that can be read");
        return false;
    }
    SSL_CTX_set_app_data(context, tls);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, on_verify);
    if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1
        || !expect(context, host))
    {
        snprintf(tls->words, sizeof(tls->words), "out of memory");
        return false;
    }
    return true;
}

void
nf_tls_close(struct nf_tls *tls)
{
    SSL_CTX_free(tls->context);
    tls->context = NULL;
}
