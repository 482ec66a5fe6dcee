#include "render/token.h"

#include <ctype.h>
#include <fcntl.h>
#include <sodium.h>
#include <unistd.h>

enum {
    HASH_BYTES = 20,
};

static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";

/* Keeps these hashes apart from all others made with the site's key. */
static const char domain[] = "nodefoundry install token 1";

static uint8_t *
put_big_endian(uint8_t *at, uint64_t number, size_t bytes)
{
    while (bytes-- > 0) {
        *at++ = (uint8_t) (number >> (8 * bytes));
    }
    return at;
}

/* Five bytes are eight letters; HASH_BYTES is four times five. */
static void
put_base32(char *text, const uint8_t *bytes)
{
    uint64_t five = 0;

    for (size_t i = 0; i < 5; i++) {
        five = five << 8 | bytes[i];
    }
    for (size_t i = 0; i < 8; i++) {
        text[i] = letters[five >> (35 - 5 * i) & 31];
    }
}

/* The first generation of a store of before has no number, and its tokens stay
 * what they were. */
void
nf_token_make(const uint8_t key[static 32], struct nf_attempt attempt,
              char text[static NF_TOKEN_TEXT])
{
    uint8_t message[sizeof(domain) + 8 + 2 + 8];
    uint8_t hash[HASH_BYTES];

    memcpy(message, domain, sizeof(domain));
    uint8_t *at = put_big_endian(message + sizeof(domain), attempt.task, 8);
    at = put_big_endian(at, attempt.number, 2);
    if (attempt.generation != 0) {
        at = put_big_endian(at, attempt.generation, 8);
    }
    crypto_generichash(hash, sizeof(hash), message, (size_t) (at - message),
                       key, 32);
    for (size_t i = 0; i < HASH_BYTES / 5; i++) {
        put_base32(text + 8 * i, hash + 5 * i);
    }
    text[NF_TOKEN_TEXT - 1] = '\0';
}

bool
nf_token_check(const uint8_t key[static 32], struct nf_attempt attempt,
               struct nf_text text)
{
    char right[NF_TOKEN_TEXT];

    nf_token_make(key, attempt, right);
    return nf_bytes_equal_secret((struct nf_bytes){text.data, text.len},
                                 (struct nf_bytes){right, NF_TOKEN_TEXT - 1});
}

/* How many bytes spell one letter of a token; 0: it is none. */
static size_t
letter_len(const char *text, size_t len)
{
    if (len >= 3 && text[0] == '%' && isxdigit((unsigned char) text[1])
        && isxdigit((unsigned char) text[2]))
    {
        return 3;
    }
    return len > 0 && text[0] != '\0' && strchr(letters, text[0]) != NULL;
}

void
nf_token_mask(char *text, size_t len)
{
    size_t start = 0, at = 0, n = 0;

    for (;;) {
        size_t step = letter_len(text + at, len - at);
        if (step == 0 && n >= NF_TOKEN_TEXT - 1) {
            memset(text + start, '-', at - start);
        }
        if (at == len) {
            return;
        }
        at += step == 0 ? 1 : step;
        n = step == 0 ? 0 : n + 1;
        start = step == 0 ? at : start;
    }
}

nf_error_t
nf_site_key_read(const char *path, uint8_t key[static 32])
{
    uint8_t bytes[33];
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        return NF_NOT_FOUND;
    }
    ssize_t n = read(fd, bytes, sizeof(bytes));
    close(fd);
    if (n != 32) {
        return NF_CORRUPT;
    }
    memcpy(key, bytes, 32);
    return NF_OK;
}
