#include "model/worker_key.h"

#include <assert.h>
#include <sodium.h>
#include <stdio.h>

static_assert(crypto_box_PUBLICKEYBYTES == NF_WORKER_KEY, "of crypto_box");
static_assert(sodium_base64_ENCODED_LEN(NF_WORKER_KEY,
                                        sodium_base64_VARIANT_ORIGINAL)
                  == NF_WORKER_KEY_TEXT,
              "with its '='");

bool
nf_worker_key_parse(struct nf_text text, uint8_t key[static NF_WORKER_KEY])
{
    uint8_t bytes[NF_WORKER_KEY];
    size_t len = 0;

    if (text.len != NF_WORKER_KEY_TEXT - 1
        || sodium_base642bin(bytes, sizeof(bytes), text.data, text.len, NULL,
                             &len, NULL, sodium_base64_VARIANT_ORIGINAL)
               != 0
        || len != sizeof(bytes))
    {
        return false;
    }
    memcpy(key, bytes, sizeof(bytes));
    return true;
}

void
nf_worker_key_format(const uint8_t key[static NF_WORKER_KEY],
                     char text[static NF_WORKER_KEY_TEXT])
{
    sodium_bin2base64(text, NF_WORKER_KEY_TEXT, key, NF_WORKER_KEY,
                      sodium_base64_VARIANT_ORIGINAL);
}

void
nf_worker_key_fingerprint(const uint8_t key[static NF_WORKER_KEY],
                          char text[static NF_WORKER_FINGERPRINT])
{
    uint8_t hash[crypto_hash_sha256_BYTES];
    size_t at = (size_t) snprintf(text, NF_WORKER_FINGERPRINT, "SHA256:");

    crypto_hash_sha256(hash, key, NF_WORKER_KEY);
    sodium_bin2base64(text + at, NF_WORKER_FINGERPRINT - at, hash, sizeof(hash),
                      sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
}
