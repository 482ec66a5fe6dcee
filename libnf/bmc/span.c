#include "bmc/span.h"

enum {
    BITS_LEAST = 1,
};

static const uint32_t first_of_hosts = 0x01000000; /* 1.0.0.0 */
static const uint32_t last_of_hosts = 0xdfffffff;  /* before multicast */

static bool
read_network(struct nf_text ip_text, struct nf_text bits_text,
             struct nf_span *span)
{
    uint64_t bits;
    nf_ip4_t ip;

    if (!nf_ip4_parse(ip_text, &ip) || !nf_text_number(bits_text, 32, &bits)
        || bits < BITS_LEAST)
    {
        return false;
    }
    uint32_t rest = (uint32_t) ((uint64_t) 0xffffffff >> bits);
    bool has_broadcast = bits < 31;
    span->first = nf_ip4_number(ip);
    span->last = span->first | rest;
    if ((span->first & rest) != 0) {
        return false;
    }
    span->first += has_broadcast;
    span->last -= has_broadcast;
    return true;
}

static bool
read_span(struct nf_text text, struct nf_span *span)
{
    struct nf_text rest = text, head = nf_text_cut(&rest, '/');
    nf_ip4_t first, last;

    if (rest.data != NULL) {
        return read_network(head, rest, span);
    }
    rest = text;
    head = nf_text_cut(&rest, '-');
    if (!nf_ip4_parse(head, &first)
        || !nf_ip4_parse(rest.data != NULL ? rest : head, &last))
    {
        return false;
    }
    *span = (struct nf_span){nf_ip4_number(first), nf_ip4_number(last)};
    return true;
}

static bool
overlaps(const struct nf_spans *spans, const struct nf_span *span)
{
    for (size_t i = 0; i < spans->n; i++) {
        if (span->first <= spans->each[i].last
            && spans->each[i].first <= span->last) {
            return true;
        }
    }
    return false;
}

nf_error_t
nf_spans_add(struct nf_spans *spans, struct nf_text text,
             struct nf_fault *fault)
{
    struct nf_span span;

    if (!read_span(text, &span)) {
        return nf_refuse(fault, "",
                         "must be an IPv4 address, FIRST-LAST or NETWORK/BITS");
    }
    if (span.last < span.first) {
        return nf_refuse(fault, "", "ends before it begins");
    }
    if (span.first < first_of_hosts || span.last > last_of_hosts) {
        return nf_refuse(fault, "", "has addresses that no machine can have");
    }
    if (spans->n == NF_SPANS_MAX) {
        return nf_refuse(fault, "", "is one range too many: the maximum is %d",
                         NF_SPANS_MAX);
    }
    if (overlaps(spans, &span)) {
        return nf_refuse(fault, "", "overlaps an earlier range");
    }
    if (span.last - span.first >= NF_SPANS_ADDRESSES - spans->total) {
        return nf_refuse(fault, "", "exceeds the maximum of %d addresses",
                         NF_SPANS_ADDRESSES);
    }
    spans->total += span.last - span.first + 1;
    spans->each[spans->n++] = span;
    return NF_OK;
}

nf_ip4_t
nf_spans_at(const struct nf_spans *spans, uint32_t number)
{
    const struct nf_span *span = spans->each;

    while (number > span->last - span->first) {
        number -= span->last - span->first + 1;
        span++;
    }
    return nf_ip4_of(span->first + number);
}
