/*
 * Rows of a switch by SNMP.  Input: a byte that chooses the vendor and what is
 * asked about; then rows for each walk: the number of what follows in the
 * index (0: the column is over), these bytes two by two, a type, a length and
 * so many bytes of value.
 */

#include "must.h"
#include "port/snmp.h"

struct bytes {
    const uint8_t *at;
    size_t left;
};

static uint32_t
byte(struct bytes *bytes)
{
    if (bytes->left == 0) {
        return 0;
    }
    bytes->left--;
    return *bytes->at++;
}

static bool
read_row(struct bytes *bytes, const struct nf_snmp_walk *walk, uint32_t *oid,
         struct nf_snmp_row *row)
{
    uint32_t n = byte(bytes) % 16;

    memcpy(oid, walk->oid, walk->n * sizeof(*oid));
    for (uint32_t i = 0; i < n; i++) {
        oid[walk->n + i] = byte(bytes) * 256 + byte(bytes);
    }
    *row = (struct nf_snmp_row){.oid = oid, .n = walk->n + n};
    row->type = byte(bytes) % (NF_SNMP_OBJECT + 1);
    size_t len = byte(bytes);
    len = len < bytes->left ? len : bytes->left;
    row->octets = (struct nf_text){(const char *) bytes->at, len};
    for (size_t i = 0; i < len && i < 7; i++) {
        row->number = row->number * 256 + bytes->at[i];
    }
    bytes->at += len;
    bytes->left -= len;
    return n > 0;
}

static void
check_port(const struct nf_port *port)
{
    char text[8192];
    struct nf_out out = nf_out(text, sizeof(text));

    must(nf_text_is_ended(port->name, sizeof(port->name)));
    must(nf_text_is_printable(nf_text(port->name)));
    must(nf_text_is_printable(nf_text(port->config.description)));
    must(nf_text_is_printable(nf_text(port->neighbor)));
    must(port->config.vlan <= NF_VLAN_MAX);
    must(!nf_vlans_has(&port->config.tagged, 0));
    nf_port_json(port, &out);
}

static void
change(const struct nf_snmp_switch *sw, const struct nf_port *port,
       struct bytes *bytes)
{
    static struct nf_snmp_set set;
    struct nf_snmp_change *change;
    struct nf_fault fault;
    struct nf_port_config wanted = {.mode = byte(bytes) % NF_PORT_MODE_COUNT,
                                    .vlan = byte(bytes),
                                    .admin = byte(bytes) % 3};

    nf_vlans_add(&wanted.tagged, byte(bytes), byte(bytes));
    if (nf_snmp_change_new(sw, port, &wanted, &change, &fault) != NF_OK) {
        return;
    }
    while (nf_snmp_change_reads(change, &set)) {
        for (size_t i = 0; i < set.n; i++) {
            struct nf_snmp_row row = {.oid = set.vars[i].oid,
                                      .n = set.vars[i].oid_n,
                                      .type = NF_SNMP_OCTETS};
            size_t len = byte(bytes);
            row.octets.data = (const char *) bytes->at;
            row.octets.len = len < bytes->left ? len : bytes->left;
            must(nf_snmp_change_read(change, &row));
        }
    }
    while (nf_snmp_change_next(change, &set)) {
        must(set.n <= NF_SNMP_SET_MAX);
    }
    nf_snmp_change_free(change);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint32_t vendors[] = {9, 2636, 11, 25506};
    struct bytes bytes = {data, size};
    uint32_t first = byte(&bytes), oid[NF_SNMP_OID];
    uint32_t whose[] = {1, 3, 6, 1, 4, 1, vendors[first % 4]};
    struct nf_snmp_switch *sw = nf_snmp_new();
    struct nf_snmp_walk walk = {0};
    struct nf_snmp_row row;
    struct nf_port_mac mac;
    struct nf_fault fault;
    size_t n;

    nf_snmp_vendor(sw, whose, 7);
    while (nf_snmp_next(sw, first / 4 % 16 | NF_SNMP_CONFIG, &walk)) {
        if (walk.vlan != 0 && bytes.left == 0) {
            nf_snmp_skip_view(sw, &walk);
            continue;
        }
        while (read_row(&bytes, &walk, oid, &row)
               && nf_snmp_take(sw, &walk, &row)) {
        }
    }
    if (nf_snmp_finish(sw, &fault) == NF_OK) {
        const struct nf_port *ports = nf_snmp_ports(sw, &n);
        for (size_t i = 0; i < n; i++) {
            check_port(&ports[i]);
        }
        for (size_t i = 0; nf_snmp_mac(sw, i, &mac); i++) {
            must(mac.vlan <= NF_VLAN_MAX);
        }
        if (n > 0) {
            change(sw, &ports[size % n], &bytes);
        }
    }
    nf_snmp_free(sw);
    return 0;
}
