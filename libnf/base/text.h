#ifndef NF_BASE_TEXT_H
#define NF_BASE_TEXT_H

/*
 * Text and bytes that belong to someone else: a pointer and a length, never
 * NUL-terminated by promise.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Milliseconds since 1970-01-01 UTC; 0 means never. */
typedef int64_t nf_time_t;

struct nf_bytes {
    const void *data;
    size_t len;
};

struct nf_text {
    const char *data;
    size_t len;
};

#define NF_TEXT(literal) ((struct nf_text){(literal), sizeof(literal) - 1})

static inline struct nf_text
nf_text(const char *c_string)
{
    return (struct nf_text){c_string, strlen(c_string)};
}

static inline bool
nf_text_equal(struct nf_text a, struct nf_text b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

bool nf_text_starts(struct nf_text text, struct nf_text prefix);
bool nf_text_ends(struct nf_text text, struct nf_text suffix);

/* Whether there is something, and nothing but these characters. */
bool nf_text_has_only(struct nf_text text, const char *allowed);

/* FNV-1a of what went before and this: tells texts apart that are not made to
 * be alike.  Begins with NF_HASH. */
#define NF_HASH 0xcbf29ce484222325u
uint64_t nf_text_hash(uint64_t before, struct nf_text text);

/* Cut text at the first `mark`: returns what stands before it, and leaves in
 * *rest what follows (empty, data NULL, when there is no mark). */
struct nf_text nf_text_cut(struct nf_text *rest, char mark);

/* Copy into a C string buffer; false, and nothing is written, if too long or
 * if text contains a NUL. */
bool nf_text_copy(char *to, size_t size, struct nf_text text);

/*
 * Copy the words of a device or program, whatever they are: white space
 * becomes a blank, other control characters and what is no UTF-8 become '?',
 * and what is too long is cut behind a whole character and ends in "...".
 * size is 4 at least.
 */
void nf_text_copy_words(char *to, size_t size, struct nf_text words);

/* Whether a fixed field holds a C string: a NUL stands within its size. */
static inline bool
nf_text_is_ended(const char *field, size_t size)
{
    /* The rest of a field is zero, as a rule. */
    return field[size - 1] == '\0' || memchr(field, 0, size) != NULL;
}

/* Well-formed UTF-8 by RFC 3629: no surrogates, no overlong forms. */
bool nf_text_is_utf8(struct nf_text text);

/* UTF-8 without control characters (C0, DEL, C1): safe in one log line. */
bool nf_text_is_printable(struct nf_text text);

/* A host name of one or more labels by RFC 1123 2.1, at most 63 bytes. */
bool nf_text_is_hostname(struct nf_text text);

/* A decimal number without sign, blanks or leading '+'; false when it is not
 * one or is above max. */
bool nf_text_number(struct nf_text text, uint64_t max, uint64_t *out);

/* 1 to 16 hex digits in lower case, without a prefix. */
bool nf_text_hex(struct nf_text text, uint64_t *out);

/*
 * Replace in place every byte that is not printable ASCII by '?', so that
 * words from a device may stand in a log line or an event.
 */
void nf_text_scrub(char *c_string);

/* Whether two byte strings are equal, in time that tells nothing of where
 * they differ. */
bool nf_bytes_equal_secret(struct nf_bytes a, struct nf_bytes b);

#endif
