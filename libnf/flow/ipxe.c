#include "flow/ipxe.h"

enum {
    KIND = 0x7f000000,
    PLACE = 0x7fffff00, /* all but the firmware's number */
};

#define PROGRAM                                                                \
    "check that kernel and initrd are whole, not empty, and made for this "    \
    "machine's architecture"
#define MEMORY                                                                 \
    "kernel and initrd must fit into its memory: check how much it has"
#define SIGNED "check Secure Boot, which refuses a kernel that is not signed"

/* clang-format off */
static const struct {
    uint32_t mask, number;
    const char *words;
    const char *check; /* NULL: it says itself */
} rows[] = {
    {PLACE, 0x2d0c6100, "the server answered 404, not found", NULL},
    {PLACE, 0x410c6100, "the server answered 403, forbidden", NULL},
    {PLACE, 0x020c6100, "the server answered 401, unauthorized", NULL},
    {PLACE, 0x1d0c6400, "the server answered 4xx", NULL},
    {PLACE, 0x1d0c6500, "the server answered 5xx", NULL},
    {PLACE, 0x1d0c6200, "the file was cut short", NULL},
    {PLACE, 0x3e116100, "the server's name is not known to DNS", NULL},
    {PLACE, 0x3e116200, "DHCP gave it no DNS server", NULL},
    {KIND,  0x02000000, "permission denied", SIGNED},
    {KIND,  0x04000000, "it has no address", NULL},
    {KIND,  0x0d000000, "connection aborted", NULL},
    {KIND,  0x0e000000, "connection refused", NULL},
    {KIND,  0x0f000000, "connection reset", NULL},
    {KIND,  0x16000000, "file too large", MEMORY},
    {KIND,  0x17000000, "host unreachable", NULL},
    {KIND,  0x1c000000, "malformed answer", NULL},
    {KIND,  0x1d000000, "input or output error", NULL},
    {KIND,  0x26000000, "network down", NULL},
    {KIND,  0x27000000, "connection aborted by the network", NULL},
    {KIND,  0x28000000, "network unreachable", NULL},
    {KIND,  0x2a000000, "no buffer left", NULL},
    {KIND,  0x2d000000, "not found", NULL},
    {KIND,  0x2e000000, "not a program that this firmware can start", PROGRAM},
    {KIND,  0x31000000, "not enough memory", MEMORY},
    {KIND,  0x34000000, "no space left", MEMORY},
    {KIND,  0x37000000, "its iPXE cannot do that", NULL},
    {KIND,  0x38000000, "not connected: no link or no address", NULL},
    {KIND,  0x3c000000, "its iPXE cannot do that", NULL},
    {KIND,  0x3e000000, "no such host or device", NULL},
    {KIND,  0x41000000, "not permitted", NULL},
    {KIND,  0x43000000, "protocol error", NULL},
    {KIND,  0x44000000, "its iPXE does not know that protocol", NULL},
    {KIND,  0x4b000000, "timed out", NULL},
    {KIND,  0x4c000000, "connection timed out", NULL},
    {KIND,  0x7f000000, "refused by its firmware", SIGNED},
};
/* clang-format on */

/* Its row; the number of rows: there is none. */
static size_t
find(struct nf_text number)
{
    size_t i = 0, n = sizeof(rows) / sizeof(rows[0]);
    uint64_t value;

    if (nf_text_starts(number, NF_TEXT("0x"))) {
        number.data += 2;
        number.len -= 2;
    }
    if (number.len != 8 || !nf_text_hex(number, &value)) {
        return n;
    }
    while (i < n && (value & rows[i].mask) != rows[i].number) {
        i++;
    }
    return i;
}

const char *
nf_ipxe_words(struct nf_text number)
{
    size_t i = find(number);

    return i < sizeof(rows) / sizeof(rows[0]) ? rows[i].words : NULL;
}

const char *
nf_ipxe_check(const char *error)
{
    const char *at = strstr(error, NF_IPXE_ERROR);

    if (at == NULL) {
        return NULL;
    }
    struct nf_text rest = nf_text(at + strlen(NF_IPXE_ERROR));
    size_t i = find(nf_text_cut(&rest, ')'));

    return i < sizeof(rows) / sizeof(rows[0]) ? rows[i].check : NULL;
}
