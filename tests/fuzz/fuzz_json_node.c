/* JSON documents against a table with every kind of field. */
#include <stdint.h>
#include <stdlib.h>

#include "json/field.h"

struct thing {
    char text[16], hostname[64];
    int64_t number;
    bool is_on;
    uint8_t word, macs_n, ips_n;
    nf_mac_t mac, macs[8];
    nf_ip4_t ip, netmask, ips[3];
    struct nf_text extra;
    uint32_t canary;
};

#define AT(member) .offset = offsetof(struct thing, member)

static const char *const words[] = {"one", "two", NULL};

/* clang-format off */
static const struct nf_json_field fields[] = {
    {"text",     NF_JSON_TEXT,     AT(text),     .size = 16, .bit = 1, .may_be_empty = true},
    {"hostname", NF_JSON_HOSTNAME, AT(hostname), .size = 64, .bit = 2},
    {"number",   NF_JSON_NUMBER,   AT(number),   .min = -5, .max = 500, .bit = 4},
    {"is_on",    NF_JSON_SWITCH,   AT(is_on),    .bit = 8},
    {"word",     NF_JSON_WORD,     AT(word),     .words = words, .bit = 16},
    {"mac",      NF_JSON_MAC,      AT(mac),      .bit = 32},
    {"macs",     NF_JSON_MACS,     AT(macs),     .size = 8, .count_offset = offsetof(struct thing, macs_n), .bit = 64},
    {"ip",       NF_JSON_IP,       AT(ip),       .bit = 128, .may_be_empty = true},
    {"netmask",  NF_JSON_NETMASK,  AT(netmask),  .bit = 256},
    {"ips",      NF_JSON_IPS,      AT(ips),      .size = 3, .count_offset = offsetof(struct thing, ips_n), .bit = 512},
    {"extra",    NF_JSON_OBJECT,   AT(extra),    .max = 256, .bit = 1024},
    {"ignored",  NF_JSON_IGNORED,  .bit = 2048},
    {0},
};
/* clang-format on */

static void
demand(bool is_true)
{
    if (!is_true) {
        abort();
    }
}

static void
check(const struct thing *thing, const struct nf_json_reader *reader)
{
    demand(thing->canary == 0x5afe);
    demand(nf_text_is_printable(nf_text(thing->text)));
    demand(thing->macs_n <= 8 && thing->ips_n <= 3);
    demand(thing->number >= -5 && thing->number <= 500);
    demand(thing->word < 2 && thing->extra.len <= 256);
    if (reader->has & 2) {
        demand(nf_text_is_hostname(nf_text(thing->hostname)));
    }
    if (reader->has & 256) {
        demand(nf_ip4_is_netmask(thing->netmask));
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (int source = 0; source < 2; source++) {
        struct thing thing = {.canary = 0x5afe};
        struct nf_fault fault = {0};
        struct nf_json_reader reader = {.fields = fields,
                                        .source = (enum nf_json_source) source,
                                        .arena = nf_arena_new()};
        struct nf_text text = {(const char *) data, size};
        if (nf_json_read(&reader, text, &thing, &fault) == NF_OK) {
            check(&thing, &reader);
        } else {
            demand(nf_text_is_printable(nf_text(fault.reason)));
            demand(fault.reason[0] != '\0');
        }
        nf_arena_free(reader.arena);
    }
    return 0;
}
