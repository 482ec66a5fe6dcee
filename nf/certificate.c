#include "certificate.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

enum {
    YEARS_S = 10 * 366 * 86400,
    CLOCKS_DIFFER_S = 86400, /* of those who are to trust it */
};

static bool
add_extension(X509 *cert, int what, const char *value)
{
    X509V3_CTX context;

    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, cert, cert, NULL, NULL, 0);
    X509_EXTENSION *extension =
        X509V3_EXT_conf_nid(NULL, &context, what, value);
    bool is_added = extension != NULL && X509_add_ext(cert, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return is_added;
}

static bool
set_serial(X509 *cert)
{
    unsigned char serial[16];
    BIGNUM *number = NULL;

    if (RAND_bytes(serial, sizeof(serial)) == 1) {
        serial[0] &= 0x7f;
        number = BN_bin2bn(serial, sizeof(serial), NULL);
    }
    bool is_set =
        number != NULL
        && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert)) != NULL;
    BN_free(number);
    return is_set;
}

static bool
fill(X509 *cert, EVP_PKEY *key, const char *names)
{
    X509_NAME *subject = X509_get_subject_name(cert);

    return X509_set_version(cert, X509_VERSION_3) == 1 && set_serial(cert)
           && X509_gmtime_adj(X509_getm_notBefore(cert), -CLOCKS_DIFFER_S)
           && X509_gmtime_adj(X509_getm_notAfter(cert), YEARS_S)
           && X509_NAME_add_entry_by_txt(
                  subject, "CN", MBSTRING_ASC,
                  (const unsigned char *) "NodeFoundry's broker", -1, -1, 0)
                  == 1
           && X509_set_issuer_name(cert, subject) == 1
           && X509_set_pubkey(cert, key) == 1
           && add_extension(cert, NID_basic_constraints, "critical,CA:FALSE")
           && add_extension(cert, NID_ext_key_usage, "serverAuth")
           && add_extension(cert, NID_subject_alt_name, names)
           && X509_sign(cert, key, EVP_sha256()) != 0;
}

static bool
take(BIO *bio, char *to, size_t *len)
{
    int n = BIO_read(bio, to, NF_PEM_MAX);

    *len = n > 0 ? (size_t) n : 0;
    return n > 0 && n < NF_PEM_MAX;
}

bool
nf_certificate_make(const char *names, struct nf_certificate *made)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = X509_new();
    BIO *bio = BIO_new(BIO_s_secmem());

    bool is_made =
        key != NULL && cert != NULL && bio != NULL && fill(cert, key, names)
        && PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1
        && take(bio, made->key, &made->key_len)
        && PEM_write_bio_X509(bio, cert) == 1
        && take(bio, made->cert, &made->cert_len);
    BIO_free(bio);
    X509_free(cert);
    EVP_PKEY_free(key);
    return is_made;
}
