#include "flow/ipxe.h"

enum {
    KIND = 0x7f000000,
    PLACE = 0x7fffff00, /* all but the firmware's number */
};

/* clang-format off */
static const struct {
    uint32_t mask, number;
    const char *words;
} rows[] = {
    {PLACE, 0x2d0c6100, "the server answered 404, not found"},
    {PLACE, 0x410c6100, "the server answered 403, forbidden"},
    {PLACE, 0x020c6100, "the server answered 401, unauthorized"},
    {PLACE, 0x1d0c6400, "the server answered 4xx"},
    {PLACE, 0x1d0c6500, "the server answered 5xx"},
    {PLACE, 0x1d0c6200, "the file was cut short"},
    {PLACE, 0x3e116100, "the server's name is not known to DNS"},
    {PLACE, 0x3e116200, "DHCP gave it no DNS server"},
    {KIND,  0x02000000, "permission denied"},
    {KIND,  0x04000000, "it has no address"},
    {KIND,  0x0d000000, "connection aborted"},
    {KIND,  0x0e000000, "connection refused"},
    {KIND,  0x0f000000, "connection reset"},
    {KIND,  0x16000000, "file too large"},
    {KIND,  0x17000000, "host unreachable"},
    {KIND,  0x1c000000, "malformed answer"},
    {KIND,  0x1d000000, "input or output error"},
    {KIND,  0x26000000, "network down"},
    {KIND,  0x27000000, "connection aborted by the network"},
    {KIND,  0x28000000, "network unreachable"},
    {KIND,  0x2a000000, "no buffer left"},
    {KIND,  0x2d000000, "not found"},
    {KIND,  0x2e000000, "not a program that this firmware can start"},
    {KIND,  0x31000000, "not enough memory"},
    {KIND,  0x34000000, "no space left"},
    {KIND,  0x37000000, "its iPXE cannot do that"},
    {KIND,  0x38000000, "not connected: no link or no address"},
    {KIND,  0x3c000000, "its iPXE cannot do that"},
    {KIND,  0x3e000000, "no such host or device"},
    {KIND,  0x41000000, "not permitted"},
    {KIND,  0x43000000, "protocol error"},
    {KIND,  0x44000000, "its iPXE does not know that protocol"},
    {KIND,  0x4b000000, "timed out"},
    {KIND,  0x4c000000, "connection timed out"},
    {KIND,  0x7f000000, "refused by its firmware"},
};
/* clang-format on */

const char *
nf_ipxe_words(struct nf_text number)
{
    uint64_t value;

    if (nf_text_starts(number, NF_TEXT("0x"))) {
        number.data += 2;
        number.len -= 2;
    }
    if (number.len != 8 || !nf_text_hex(number, &value)) {
        return NULL;
    }
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if ((value & rows[i].mask) == rows[i].number) {
            return rows[i].words;
        }
    }
    return NULL;
}
