#ifndef NF_MODEL_CREDENTIAL_H
#define NF_MODEL_CREDENTIAL_H

/*
 * A credential set: the user and password that one or many devices take.  The
 * password itself is kept apart, sealed, and has no printer (store/secrets.h).
 */

#include <assert.h>

#include "base/out.h"
#include "base/text.h"
#include "base/time.h"

enum {
    NF_CREDENTIAL_NAME = 32, /* with its end; so the others */
    NF_CREDENTIAL_USER = 64,
    NF_CREDENTIAL_PASSWORD = 128,
    NF_CREDENTIAL_JSON_MAX = 512,
    NF_CREDENTIALS_MAX = 100000,
};

/* clang-format off */
/* Stored: a number never gets another meaning.  None: not of SNMPv3. */
#define NF_CREDENTIAL_AUTHS(X)                                                \
    X(NF_AUTH_NONE,   0, "")                                                  \
    X(NF_AUTH_MD5,    1, "MD5")                                               \
    X(NF_AUTH_SHA,    2, "SHA")                                               \
    X(NF_AUTH_SHA224, 3, "SHA-224")                                           \
    X(NF_AUTH_SHA256, 4, "SHA-256")                                           \
    X(NF_AUTH_SHA384, 5, "SHA-384")                                           \
    X(NF_AUTH_SHA512, 6, "SHA-512")
#define NF_CREDENTIAL_PRIVS(X)                                                \
    X(NF_PRIV_NONE, 0, "")                                                    \
    X(NF_PRIV_DES,  1, "DES")                                                 \
    X(NF_PRIV_AES,  2, "AES")
/* clang-format on */

#define X(name, number, word) name = (number),
enum nf_credential_auth {
    NF_CREDENTIAL_AUTHS(X) NF_AUTH_COUNT
};
enum nf_credential_priv {
    NF_CREDENTIAL_PRIVS(X) NF_PRIV_COUNT
};
#undef X

extern const char *const nf_credential_auths[NF_AUTH_COUNT + 1];
extern const char *const nf_credential_privs[NF_PRIV_COUNT + 1];

/* Stored as it is. */
struct nf_credential {
    uint64_t revision; /* number of the event that told of it last */
    nf_time_t created_at;
    nf_time_t updated_at;
    uint8_t is_enrolled; /* of one device, which its node has brought */
    uint8_t auth, priv;  /* of SNMPv3: enum nf_credential_auth, _priv */
    uint8_t reserved[5]; /* 0 */
    char name[NF_CREDENTIAL_NAME];
    char user[NF_CREDENTIAL_USER];
};

static_assert(sizeof(struct nf_credential) == 128, "stored: see docs/store.md");

/* Letters, digits, '-', '_' and '.', at most 31: part of a path. */
bool nf_credential_is_name(struct nf_text name);

void nf_credential_json(const struct nf_credential *credential,
                        struct nf_out *out);

#endif
