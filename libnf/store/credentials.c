/*
 * credentials: name -> struct nf_credential
 */
#include "store/credentials.h"

#include <sodium/utils.h>
#include <stdio.h>

#include "store/key.h"
#include "store/secrets.h"

enum {
    SECRET_NAME = 16 + NF_CREDENTIAL_NAME
};

static struct nf_bytes
key_of(const char *name)
{
    return (struct nf_bytes){name, strlen(name)};
}

static bool
is_sound(const struct nf_credential *credential, const char *name)
{
    return credential->is_enrolled <= 1 && credential->auth < NF_AUTH_COUNT
           && credential->priv < NF_PRIV_COUNT
           && nf_text_is_ended(credential->name, sizeof(credential->name))
           && nf_text_is_ended(credential->user, sizeof(credential->user))
           && strcmp(credential->name, name) == 0;
}

bool
nf_credentials_get(struct nf_read *r, const char *name,
                   struct nf_credential *credential)
{
    struct nf_bytes value;

    if (!nf_credential_is_name(nf_text(name))
        || !nf_read_get(r, NF_CREDENTIALS, key_of(name), &value))
    {
        return false;
    }
    if (value.len == sizeof(*credential)) {
        memcpy(credential, value.data, sizeof(*credential));
    }
    if (value.len != sizeof(*credential) || !is_sound(credential, name)) {
        nf_read_fail(r, NF_CORRUPT);
        return false;
    }
    return true;
}

bool
nf_credentials_put(struct nf_write *w, const struct nf_credential *credential)
{
    return nf_write_put(w, NF_CREDENTIALS, key_of(credential->name),
                        (struct nf_bytes){credential, sizeof(*credential)});
}

static void
secret_name(const char *name, char text[static SECRET_NAME])
{
    snprintf(text, SECRET_NAME, "credential/%s", name);
}

static void
priv_name(const char *name, char text[static SECRET_NAME])
{
    snprintf(text, SECRET_NAME, "credential/%s/priv", name);
}

bool
nf_credentials_delete(struct nf_write *w, const char *name)
{
    char secret[SECRET_NAME];

    secret_name(name, secret);
    return nf_credentials_forget_priv(w, name) && nf_secrets_delete(w, secret)
           && nf_write_delete(w, NF_CREDENTIALS, key_of(name));
}

bool
nf_credentials_seal(struct nf_write *w, const uint8_t key[static 32],
                    const char *name, struct nf_text password)
{
    char secret[SECRET_NAME];

    secret_name(name, secret);
    return nf_secrets_put(w, key, secret, password);
}

bool
nf_credentials_seal_priv(struct nf_write *w, const uint8_t key[static 32],
                         const char *name, struct nf_text password)
{
    char secret[SECRET_NAME];

    priv_name(name, secret);
    return nf_secrets_put(w, key, secret, password);
}

bool
nf_credentials_forget_priv(struct nf_write *w, const char *name)
{
    char secret[SECRET_NAME];

    priv_name(name, secret);
    return nf_secrets_delete(w, secret);
}

static bool
open_secret(struct nf_read *r, const uint8_t key[static 32], const char *secret,
            char password[static NF_CREDENTIAL_PASSWORD])
{
    char opened[NF_SECRET_MAX + 1];
    bool is_open =
        nf_secrets_get(r, key, secret, opened)
        && nf_text_copy(password, NF_CREDENTIAL_PASSWORD, nf_text(opened));
    sodium_memzero(opened, sizeof(opened));
    return is_open;
}

bool
nf_credentials_open(struct nf_read *r, const uint8_t key[static 32],
                    const char *name,
                    char password[static NF_CREDENTIAL_PASSWORD])
{
    char secret[SECRET_NAME];

    secret_name(name, secret);
    return open_secret(r, key, secret, password);
}

bool
nf_credentials_open_priv(struct nf_read *r, const uint8_t key[static 32],
                         const char *name,
                         char password[static NF_CREDENTIAL_PASSWORD])
{
    char secret[SECRET_NAME];

    priv_name(name, secret);
    return open_secret(r, key, secret, password);
}
