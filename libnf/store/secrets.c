/*
 * secrets: name -> nonce, sealed text
 */
#include "store/secrets.h"

#include <assert.h>
#include <sodium.h>

enum {
    NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    TAG = crypto_aead_xchacha20poly1305_ietf_ABYTES,
    VALUE_MAX = NONCE + NF_SECRET_MAX + TAG,
    SUBKEY = 1,
};

static_assert(crypto_kdf_KEYBYTES == 32, "the site's key");

/* Keeps this key apart from all others made of the site's. */
static const char context[crypto_kdf_CONTEXTBYTES + 1] = "nfsecret";

static bool
is_name(struct nf_text name)
{
    return name.len > 0 && name.len <= NF_SECRET_NAME_MAX;
}

static struct nf_bytes
key_of(struct nf_text name)
{
    return (struct nf_bytes){name.data, name.len};
}

static void
derive(const uint8_t site[static 32], uint8_t key[static 32])
{
    crypto_kdf_derive_from_key(key, 32, SUBKEY, context, site);
}

bool
nf_secrets_put(struct nf_write *w, const uint8_t site[static 32],
               const char *text, struct nf_text secret)
{
    struct nf_text name = nf_text(text);
    uint8_t key[32], value[VALUE_MAX];
    unsigned long long len;

    if (!is_name(name) || secret.len > NF_SECRET_MAX
        || (secret.len > 0 && memchr(secret.data, 0, secret.len) != NULL))
    {
        nf_read_fail(&w->read, NF_BUG);
        return false;
    }
    derive(site, key);
    randombytes_buf(value, NONCE);
    crypto_aead_xchacha20poly1305_ietf_encrypt(
        value + NONCE, &len, (const uint8_t *) secret.data, secret.len,
        (const uint8_t *) name.data, name.len, NULL, value, key);
    sodium_memzero(key, sizeof(key));
    return nf_write_put(w, NF_SECRETS, key_of(name),
                        (struct nf_bytes){value, NONCE + len});
}

static bool
unseal(struct nf_bytes value, struct nf_text name,
       const uint8_t site[static 32], char secret[static NF_SECRET_MAX + 1])
{
    const uint8_t *nonce = value.data;
    unsigned long long len = 0;
    uint8_t key[32];

    if (value.len < NONCE + TAG || value.len > VALUE_MAX) {
        return false;
    }
    derive(site, key);
    int rc = crypto_aead_xchacha20poly1305_ietf_decrypt(
        (uint8_t *) secret, &len, NULL, nonce + NONCE, value.len - NONCE,
        (const uint8_t *) name.data, name.len, nonce, key);
    sodium_memzero(key, sizeof(key));
    secret[rc == 0 ? len : 0] = '\0';
    return rc == 0;
}

bool
nf_secrets_get(struct nf_read *r, const uint8_t site[static 32],
               const char *text, char secret[static NF_SECRET_MAX + 1])
{
    struct nf_text name = nf_text(text);
    struct nf_bytes value;

    if (!is_name(name) || !nf_read_get(r, NF_SECRETS, key_of(name), &value)) {
        return false;
    }
    if (!unseal(value, name, site, secret)) {
        nf_read_fail(r, NF_CORRUPT);
        return false;
    }
    return true;
}

bool
nf_secrets_delete(struct nf_write *w, const char *text)
{
    struct nf_text name = nf_text(text);

    return is_name(name) && nf_write_delete(w, NF_SECRETS, key_of(name));
}
