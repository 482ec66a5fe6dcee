#include "port/port.h"

void
nf_vlans_add(struct nf_vlans *vlans, unsigned first, unsigned last)
{
    for (unsigned vlan = first == 0 ? 1 : first;
         vlan <= last && vlan <= NF_VLAN_MAX; vlan++)
    {
        vlans->bits[vlan / 64] |= (uint64_t) 1 << vlan % 64;
    }
}

void
nf_vlans_remove(struct nf_vlans *vlans, unsigned vlan)
{
    if (vlan <= NF_VLAN_MAX) {
        vlans->bits[vlan / 64] &= ~((uint64_t) 1 << vlan % 64);
    }
}

unsigned
nf_vlans_count(const struct nf_vlans *vlans)
{
    unsigned n = 0;

    for (size_t i = 0; i < 64; i++) {
        n += (unsigned) __builtin_popcountll(vlans->bits[i]);
    }
    return n;
}

bool
nf_vlans_equal(const struct nf_vlans *a, const struct nf_vlans *b)
{
    return memcmp(a->bits, b->bits, sizeof(a->bits)) == 0;
}

void
nf_vlans_print(const struct nf_vlans *vlans, struct nf_out *out)
{
    const char *comma = "";

    for (unsigned first = 1; first <= NF_VLAN_MAX; first++) {
        unsigned last = first;
        if (!nf_vlans_has(vlans, first)) {
            continue;
        }
        while (last < NF_VLAN_MAX && nf_vlans_has(vlans, last + 1)) {
            last++;
        }
        nf_out_printf(out, "%s%u", comma, first);
        if (last > first) {
            nf_out_printf(out, "-%u", last);
        }
        comma = ",";
        first = last;
    }
}

static struct nf_text
trim(struct nf_text text)
{
    while (text.len > 0 && text.data[0] == ' ') {
        text.data++;
        text.len--;
    }
    while (text.len > 0 && text.data[text.len - 1] == ' ') {
        text.len--;
    }
    return text;
}

static bool
parse_range(struct nf_text text, struct nf_vlans *vlans)
{
    struct nf_text rest = trim(text);
    struct nf_text from = trim(nf_text_cut(&rest, '-'));
    uint64_t first, last;

    if (!nf_text_number(from, NF_VLAN_MAX, &first) || first == 0) {
        return false;
    }
    last = first;
    if (rest.data != NULL
        && (!nf_text_number(trim(rest), NF_VLAN_MAX, &last) || last < first))
    {
        return false;
    }
    nf_vlans_add(vlans, (unsigned) first, (unsigned) last);
    return true;
}

bool
nf_vlans_parse(struct nf_text text, struct nf_vlans *vlans)
{
    struct nf_vlans read = {{0}};
    struct nf_text rest = trim(text);

    if (nf_text_equal(rest, NF_TEXT("all"))) {
        nf_vlans_add(&read, 1, NF_VLAN_MAX);
        rest.data = NULL;
    } else if (rest.len == 0 || nf_text_equal(rest, NF_TEXT("none"))) {
        rest.data = NULL;
    }
    while (rest.data != NULL) {
        if (!parse_range(nf_text_cut(&rest, ','), &read)) {
            return false;
        }
    }
    *vlans = read;
    return true;
}
