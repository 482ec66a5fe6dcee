#include "label.h"

#include "base/text.h"

#include <stdbool.h>
#include <string.h>

/* The bytes of the character that begins here, by its first byte. */
static size_t
character_len(unsigned char first)
{
    if (first < 0x80) {
        return 1;
    }
    return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

static bool
is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

void
nf_label_clean(const void *bytes, size_t len, char label[static NF_LABEL_SIZE])
{
    const char *in = bytes;
    size_t at = 0, n = 0;
    bool is_gap = false;

    while (at < len && in[at] != '\0') {
        size_t size = character_len((unsigned char) in[at]);
        if (is_blank(in[at])) {
            is_gap = n > 0;
            at++;
            continue;
        }
        if (size > len - at
            || !nf_text_is_printable((struct nf_text){in + at, size})) {
            at++;
            continue;
        }
        if (n + (is_gap ? 1 : 0) + size >= NF_LABEL_SIZE) {
            break;
        }
        if (is_gap) {
            label[n++] = ' ';
            is_gap = false;
        }
        memcpy(label + n, in + at, size);
        n += size;
        at += size;
    }
    label[n] = '\0';
}
