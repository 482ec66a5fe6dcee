#ifndef NF_RENDER_TOKEN_H
#define NF_RENDER_TOKEN_H

/*
 * The token of one install attempt.  It follows from the site's key, the log's
 * generation, the task and the attempt, so nothing is stored, the next attempt
 * makes the last one's worthless, and so does a restored store, which gives
 * numbers of tasks again.
 */

#include "base/error.h"
#include "base/text.h"

enum {
    NF_TOKEN_TEXT = 33, /* 160 bits in base32, and a NUL */
};

struct nf_attempt {
    uint64_t generation, task;
    uint16_t number;
};

/* Lower-case base32 (RFC 4648 section 6, no padding) of a keyed BLAKE2b. */
void nf_token_make(const uint8_t key[static 32], struct nf_attempt attempt,
                   char text[static NF_TOKEN_TEXT]);

/* Whether text is that token; the time tells nothing of how much fits. */
bool nf_token_check(const uint8_t key[static 32], struct nf_attempt attempt,
                    struct nf_text text);

/* Blank out in place what looks like a token, also where its letters are
 * written as %XX: for what goes to a log. */
void nf_token_mask(char *text, size_t len);

/* The site's key, from the file `nf store init` made. */
nf_error_t nf_site_key_read(const char *path, uint8_t key[static 32]);

#endif
