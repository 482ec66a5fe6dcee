#include "base/out.h"

#include <stdarg.h>
#include <stdio.h>

void
nf_out_put(struct nf_out *out, struct nf_text text)
{
    if (out->full || text.len > out->cap - out->len) {
        out->full = true;
        return;
    }
    if (text.len > 0) {
        memcpy(out->data + out->len, text.data, text.len);
        out->len += text.len;
    }
}

void
nf_out_puts(struct nf_out *out, const char *c_string)
{
    nf_out_put(out, nf_text(c_string));
}

void
nf_out_putc(struct nf_out *out, char c)
{
    if (out->full || out->len == out->cap) {
        out->full = true;
        return;
    }
    out->data[out->len++] = c;
}

/* Every two digits: half as many divisions. */
static const char pairs[] = "0001020304050607080910111213141516171819"
                            "2021222324252627282930313233343536373839"
                            "4041424344454647484950515253545556575859"
                            "6061626364656667686970717273747576777879"
                            "8081828384858687888990919293949596979899";

void
nf_out_number(struct nf_out *out, int64_t number)
{
    char digits[24];
    char *at = digits + sizeof(digits);

    if (number >= 0 && number < 10) {
        nf_out_putc(out, (char) ('0' + number));
        return;
    }
    uint64_t left = number < 0 ? 0 - (uint64_t) number : (uint64_t) number;
    for (; left >= 10; left /= 100) {
        at -= 2;
        memcpy(at, &pairs[left % 100 * 2], 2);
    }
    if (left > 0) {
        *--at = (char) ('0' + left);
    }
    if (number < 0) {
        *--at = '-';
    }
    nf_out_put(out,
               (struct nf_text){at, (size_t) (digits + sizeof(digits) - at)});
}

void
nf_out_printf(struct nf_out *out, const char *format, ...)
{
    va_list args;
    size_t left = out->cap - out->len;

    if (out->full) {
        return;
    }
    va_start(args, format);
    int n = vsnprintf(out->data + out->len, left, format, args);
    va_end(args);
    if (n < 0 || (size_t) n >= left) {
        out->full = true; /* the last byte holds vsnprintf's NUL */
        return;
    }
    out->len += (size_t) n;
}

static void
put_control(struct nf_out *out, unsigned char c)
{
    static const char hex[] = "0123456789abcdef";
    const char escape[] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};

    nf_out_put(out, (struct nf_text){escape, sizeof(escape)});
}

/* Of a byte that does not stand for itself. */
static void
put_escape(struct nf_out *out, unsigned char c)
{
    switch (c) {
    case '"':
        nf_out_put(out, NF_TEXT("\\\""));
        return;
    case '\\':
        nf_out_put(out, NF_TEXT("\\\\"));
        return;
    case '\n':
        nf_out_put(out, NF_TEXT("\\n"));
        return;
    case '\t':
        nf_out_put(out, NF_TEXT("\\t"));
        return;
    default:
        if (c < 0x80) {
            put_control(out, c);
        } else {
            nf_out_put(out, NF_TEXT("\xef\xbf\xbd"));
        }
    }
}

void
nf_out_json(struct nf_out *out, struct nf_text text)
{
    bool is_utf8 = nf_text_is_utf8(text);
    size_t from = 0; /* what stands for itself is put in one */

    nf_out_putc(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char) text.data[i];
        if (c < 0x20 || c == '"' || c == '\\' || c == 0x7f
            || (c >= 0x80 && !is_utf8)) {
            nf_out_put(out, (struct nf_text){text.data + from, i - from});
            put_escape(out, c);
            from = i + 1;
        }
    }
    nf_out_put(out, (struct nf_text){text.data + from, text.len - from});
    nf_out_putc(out, '"');
}
