#ifndef NF_BASE_TIME_H
#define NF_BASE_TIME_H

/*
 * Times as text, by RFC 3339 in UTC.
 */

#include "base/out.h"
#include "base/text.h"

enum {
    NF_TIME_TEXT = 25
};

#define NF_SECONDS(n) ((nf_time_t) (n) *1000)
#define NF_MINUTES(n) NF_SECONDS((n) *60)

/* "2026-01-22T10:00:00Z"; milliseconds are cut off. */
void nf_time_format(nf_time_t time, char text[static NF_TIME_TEXT]);

/* The same with milliseconds, "2026-01-22T10:00:00.123Z". */
void nf_time_format_ms(nf_time_t time, char text[static NF_TIME_TEXT]);

/* Years 1970 to 9999, 'Z' or an offset, an optional fraction. */
bool nf_time_parse(struct nf_text text, nf_time_t *time);

/* A length of time as people and Go print it: "5m30s", "72h3m0s". */
void nf_out_duration(struct nf_out *out, nf_time_t length);

#endif
