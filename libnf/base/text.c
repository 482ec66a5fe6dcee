#include "base/text.h"

bool
nf_text_starts(struct nf_text text, struct nf_text prefix)
{
    return text.len >= prefix.len
           && (prefix.len == 0
               || memcmp(text.data, prefix.data, prefix.len) == 0);
}

bool
nf_text_ends(struct nf_text text, struct nf_text suffix)
{
    return text.len >= suffix.len
           && memcmp(text.data + text.len - suffix.len, suffix.data, suffix.len)
                  == 0;
}

bool
nf_text_has_only(struct nf_text text, const char *allowed)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '\0' || strchr(allowed, text.data[i]) == NULL) {
            return false;
        }
    }
    return text.len > 0;
}

struct nf_text
nf_text_cut(struct nf_text *rest, char mark)
{
    struct nf_text head = *rest;
    const char *at = head.len == 0 ? NULL : memchr(head.data, mark, head.len);

    if (at == NULL) {
        *rest = (struct nf_text){0};
        return head;
    }
    head.len = (size_t) (at - head.data);
    *rest = (struct nf_text){at + 1, rest->len - head.len - 1};
    return head;
}

bool
nf_text_copy(char *to, size_t size, struct nf_text text)
{
    if (text.len >= size
        || (text.len > 0 && memchr(text.data, 0, text.len) != NULL))
    {
        return false;
    }
    if (text.len > 0) {
        memcpy(to, text.data, text.len);
    }
    to[text.len] = '\0';
    return true;
}

/*
 * The lead byte decides the length and the bounds of the second byte; every
 * later byte is 80..BF (RFC 3629, section 4).
 */
static size_t
utf8_length(unsigned char lead, unsigned char *low, unsigned char *high)
{
    *low = 0x80;
    *high = 0xbf;
    if (lead >= 0xc2 && lead <= 0xdf) {
        return 2;
    }
    if (lead >= 0xe0 && lead <= 0xef) {
        *low = lead == 0xe0 ? 0xa0 : 0x80;
        *high = lead == 0xed ? 0x9f : 0xbf;
        return 3;
    }
    if (lead >= 0xf0 && lead <= 0xf4) {
        *low = lead == 0xf0 ? 0x90 : 0x80;
        *high = lead == 0xf4 ? 0x8f : 0xbf;
        return 4;
    }
    return lead < 0x80 ? 1 : 0;
}

/* The length of the character at s, or 0 when it is not well-formed. */
static size_t
utf8_step(const unsigned char *s, size_t left)
{
    unsigned char low, high;
    size_t len = utf8_length(s[0], &low, &high);

    if (len == 0 || len > left) {
        return 0;
    }
    for (size_t i = 1; i < len; i++) {
        if (s[i] < (i == 1 ? low : 0x80) || s[i] > (i == 1 ? high : 0xbf)) {
            return 0;
        }
    }
    return len;
}

bool
nf_text_is_utf8(struct nf_text text)
{
    const unsigned char *s = (const unsigned char *) text.data;

    for (size_t at = 0, n; at < text.len; at += n) {
        n = s[at] < 0x80 ? 1 : utf8_step(s + at, text.len - at);
        if (n == 0) {
            return false;
        }
    }
    return true;
}

/* C0, DEL and C1; of a character of n bytes. */
static bool
is_control(const unsigned char *s, size_t n)
{
    return s[0] < 0x20 || s[0] == 0x7f
           || (n == 2 && s[0] == 0xc2 && s[1] < 0xa0);
}

bool
nf_text_is_printable(struct nf_text text)
{
    const unsigned char *s = (const unsigned char *) text.data;

    for (size_t at = 0, n; at < text.len; at += n) {
        n = utf8_step(s + at, text.len - at);
        if (n == 0 || is_control(s + at, n)) {
            return false;
        }
    }
    return true;
}

/* What may stand for the character at s, which has n bytes, 0: is none. */
static struct nf_text
printable_for(const char *s, size_t n)
{
    if (n == 1 && strchr("\t\n\v\f\r", *s) != NULL && *s != '\0') {
        return NF_TEXT(" ");
    }
    return n == 0 || is_control((const unsigned char *) s, n)
               ? NF_TEXT("?")
               : (struct nf_text){s, n};
}

void
nf_text_copy_words(char *to, size_t size, struct nf_text words)
{
    static const char cut[] = "...";
    size_t len = 0, end = 0; /* end: the last place where the mark fits */

    for (size_t at = 0, n; at < words.len; at += n == 0 ? 1 : n) {
        n = utf8_step((const unsigned char *) words.data + at, words.len - at);
        struct nf_text one = printable_for(words.data + at, n);
        if (len + one.len >= size) {
            memcpy(to + end, cut, sizeof(cut));
            return;
        }
        memcpy(to + len, one.data, one.len);
        len += one.len;
        end = len + sizeof(cut) <= size ? len : end;
    }
    to[len] = '\0';
}

static bool
is_alnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z')
           || (c >= 'A' && c <= 'Z');
}

bool
nf_text_is_hostname(struct nf_text text)
{
    if (text.len == 0 || text.len > 63) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        bool at_edge = i == 0 || i == text.len - 1 || text.data[i - 1] == '.'
                       || text.data[i + 1] == '.';
        if (!is_alnum(c) && (at_edge || (c != '-' && c != '.'))) {
            return false;
        }
    }
    return true;
}

bool
nf_text_number(struct nf_text text, uint64_t max, uint64_t *out)
{
    uint64_t value = 0;

    if (text.len == 0 || text.len > 19) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return false;
        }
        value = value * 10 + (uint64_t) (text.data[i] - '0');
    }
    if (value > max) {
        return false;
    }
    *out = value;
    return true;
}

bool
nf_text_hex(struct nf_text text, uint64_t *out)
{
    static const char digits[] = "0123456789abcdef";
    uint64_t value = 0;

    if (text.len == 0 || text.len > 16) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        const char *digit = memchr(digits, text.data[i], 16);
        if (digit == NULL) {
            return false;
        }
        value = value << 4 | (uint64_t) (digit - digits);
    }
    *out = value;
    return true;
}

void
nf_text_scrub(char *c_string)
{
    for (char *c = c_string; *c != '\0'; c++) {
        if (*c < 0x20 || *c > 0x7e) {
            *c = '?';
        }
    }
}

bool
nf_bytes_equal_secret(struct nf_bytes a, struct nf_bytes b)
{
    const unsigned char *x = a.data, *y = b.data;
    unsigned char differs = a.len != b.len;

    for (size_t i = 0; i < a.len && i < b.len; i++) {
        differs |= x[i] ^ y[i];
    }
    return differs == 0;
}

uint64_t
nf_text_hash(uint64_t before, struct nf_text text)
{
    for (size_t i = 0; i < text.len; i++) {
        before = (before ^ (uint8_t) text.data[i]) * 0x100000001b3u;
    }
    return before;
}
