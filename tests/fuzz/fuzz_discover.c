/*
 * What answers at an address where a BMC is looked for: a packet, or the
 * service root of something.  The first byte says which.
 */

#include "bmc/discover.h"
#include "bmc/span.h"
#include "must.h"
#include "json/tree.h"

static void
check(const struct nf_found *found)
{
    char text[NF_FOUND_JSON_MAX];
    struct nf_out out = nf_out(text, sizeof(text));
    nf_arena_t *arena = nf_arena_new();
    struct nf_value value;
    struct nf_fault fault;

    check_text(found->version, sizeof(found->version));
    check_text(found->vendor, sizeof(found->vendor));
    check_text(found->product, sizeof(found->product));
    check_text(found->uuid, sizeof(found->uuid));
    nf_found_json(found, &out);
    must(!out.full && nf_text_is_printable(nf_out_text(&out)));
    must(nf_json_tree(nf_out_text(&out), arena, &value, &fault) == NF_OK);
    nf_arena_free(arena);
}

static void
check_span(struct nf_text text)
{
    struct nf_spans spans = {0};
    struct nf_fault fault;

    if (nf_spans_add(&spans, text, &fault) == NF_OK) {
        must(spans.total > 0 && spans.total <= NF_SPANS_ADDRESSES);
        must(nf_ip4_number(nf_spans_at(&spans, spans.total - 1))
             == spans.each[0].last);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct nf_found found = {.ip = {{10, 0, 0, 6}}};
    struct nf_text rest = {(const char *) data + 1, size - 1};

    if (size == 0) {
        return 0;
    }
    switch (data[0] % 4) {
    case 0:
        (void) nf_discover_take(&found, 5,
                                (struct nf_bytes){data + 1, size - 1});
        break;
    case 1:
        (void) nf_discover_service(&found, 200, rest);
        break;
    case 2:
        (void) nf_discover_service(&found, 401, rest);
        break;
    default:
        check_span(rest);
        return 0;
    }
    check(&found);
    return 0;
}
