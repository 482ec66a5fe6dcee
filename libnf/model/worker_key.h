#ifndef NF_MODEL_WORKER_KEY_H
#define NF_MODEL_WORKER_KEY_H

/*
 * The public key of a worker, of libsodium's crypto_box: as text in messages
 * and documents, and as the fingerprint by which people compare it.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

enum {
    NF_WORKER_KEY = 32,         /* bytes */
    NF_WORKER_KEY_TEXT = 45,    /* standard base64, with its end */
    NF_WORKER_FINGERPRINT = 51, /* "SHA256:", base64 without '=', the end */
};

/* False: it is no standard base64 of 32 bytes; key is not written. */
bool nf_worker_key_parse(struct nf_text text,
                         uint8_t key[static NF_WORKER_KEY]);

void nf_worker_key_format(const uint8_t key[static NF_WORKER_KEY],
                          char text[static NF_WORKER_KEY_TEXT]);

/* As `ssh-keygen -l` shows one: "SHA256:" and its hash. */
void nf_worker_key_fingerprint(const uint8_t key[static NF_WORKER_KEY],
                               char text[static NF_WORKER_FINGERPRINT]);

#endif
