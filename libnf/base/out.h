#ifndef NF_BASE_OUT_H
#define NF_BASE_OUT_H

/*
 * Writing text into a bounded buffer that belongs to the caller.  Running
 * over the end sets `full` and writes nothing more: ask once, at the end.
 */

#include "base/text.h"

struct nf_out {
    char *data;
    size_t cap;
    size_t len;
    bool full;
};

static inline struct nf_out
nf_out(void *data, size_t cap)
{
    return (struct nf_out){.data = data, .cap = cap};
}

static inline struct nf_text
nf_out_text(const struct nf_out *out)
{
    return (struct nf_text){out->data, out->len};
}

void nf_out_put(struct nf_out *out, struct nf_text text);
void nf_out_puts(struct nf_out *out, const char *c_string);
void nf_out_putc(struct nf_out *out, char c);
void nf_out_number(struct nf_out *out, int64_t number);
void nf_out_printf(struct nf_out *out, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A JSON string with its quotes (RFC 8259 section 7).  Malformed UTF-8 comes
 * out as U+FFFD, so what is written always parses. */
void nf_out_json(struct nf_out *out, struct nf_text text);

#endif
