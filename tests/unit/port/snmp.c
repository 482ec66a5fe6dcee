/* Switches by SNMP: what each way to number ports, VLANs and filtering
 * databases comes to, and that a change never leaves a port in no VLAN. */
#include "scratch.h"

#include <stdlib.h>

#include "port/snmp.h"

#define IF      "1.3.6.1.2.1.2.2.1."
#define IFX     "1.3.6.1.2.1.31.1.1.1."
#define STACK   "1.3.6.1.2.1.31.1.2.1.3."
#define BRIDGE  "1.3.6.1.2.1.17."
#define Q       BRIDGE "7.1."
#define LAG     "1.2.840.10006.300.43.1.2.1.1."
#define LLDP    "1.0.8802.1.1.2.1."
#define CISCO   "1.3.6.1.4.1.9.9."
#define JUNIPER "1.3.6.1.4.1.2636.3."

struct line {
    const char *oid;
    int64_t number;
    const char *text; /* NULL: the number counts */
    size_t len;       /* of text; 0: up to its end */
    unsigned vlan;    /* in whose view */
};

static struct nf_snmp_switch *sw;
static char words[4096];

static size_t
oid_of(const char *text, uint32_t oid[static NF_SNMP_OID])
{
    size_t n = 0;
    char *end;

    for (const char *at = text; *at != '\0'; at = *end == '.' ? end + 1 : end) {
        oid[n++] = (uint32_t) strtoul(at, &end, 10);
    }
    return n;
}

static bool
is_of(const struct line *line, const struct nf_snmp_walk *walk)
{
    uint32_t oid[NF_SNMP_OID];
    size_t n = oid_of(line->oid, oid);
    struct nf_snmp_row row = {
        .oid = oid,
        .n = n,
        .type = line->text == NULL ? NF_SNMP_INTEGER : NF_SNMP_OCTETS,
        .number = line->number,
        .octets = {line->text, line->text == NULL ? 0
                               : line->len != 0   ? line->len
                                                  : strlen(line->text)}};

    return line->vlan == walk->vlan && nf_snmp_take(sw, walk, &row);
}

static void
read_switch(uint32_t vendor, const struct line *lines, size_t n)
{
    uint32_t whose[] = {1, 3, 6, 1, 4, 1, vendor, 1};
    struct nf_snmp_walk walk = {0};
    struct nf_fault fault;

    sw = nf_snmp_new();
    nf_snmp_vendor(sw, whose, 8);
    while (nf_snmp_next(sw, NF_SNMP_ALL, &walk)) {
        size_t taken = 0;
        for (size_t i = 0; i < n; i++) {
            taken += is_of(&lines[i], &walk);
        }
        if (taken == 0 && walk.vlan == 13) {
            nf_snmp_skip_view(sw, &walk);
        }
    }
    assert_int_equal(nf_snmp_finish(sw, &fault), NF_OK);
}

#define READ(vendor, lines)                                                    \
    read_switch(vendor, lines, sizeof(lines) / sizeof((lines)[0]))

static const struct nf_port *
port(const char *name)
{
    size_t n;
    const struct nf_port *ports = nf_snmp_ports(sw, &n);

    for (size_t i = 0; i < n; i++) {
        if (strcmp(ports[i].name, name) == 0) {
            return &ports[i];
        }
    }
    fail_msg("there is no port %s", name);
    return NULL;
}

static const char *
tagged(const char *name)
{
    struct nf_out out = nf_out(words, sizeof(words) - 1);

    nf_vlans_print(&port(name)->config.tagged, &out);
    words[out.len] = '\0';
    return words;
}

static void
is_config(const char *name, enum nf_port_mode mode, unsigned vlan,
          const char *tags)
{
    assert_int_equal(port(name)->config.mode, mode);
    assert_int_equal(port(name)->config.vlan, vlan);
    assert_string_equal(tagged(name), tags);
}

/* "PORT/VLAN" of the i-th address. */
static const char *
learnt(size_t i)
{
    struct nf_port_mac mac;

    if (!nf_snmp_mac(sw, i, &mac)) {
        return "none";
    }
    snprintf(words, sizeof(words), "%02x %s/%u", mac.mac.b[5], mac.port,
             mac.vlan);
    return words;
}

/* --- bridge ports are not interfaces -----------------------------------------
 */

/* Bridge ports 1 and 2 are ifIndex 101 and 102, and a VLAN interface has the
 * ifIndex 1. */
#define TWO_PORTS                                                              \
    {IF "3.1", .number = 136}, {IF "3.101", .number = 6},                      \
        {IF "3.102", .number = 6}, {IFX "1.1", .text = "Vlan1"},               \
        {IFX "1.101", .text = "Ethernet1/1"},                                  \
        {IFX "1.102", .text = "Ethernet1/2"}, {IF "7.101", .number = 1},       \
        {IF "7.102", .number = 2}, {IF "8.101", .number = 1},                  \
        {IF "8.102", .number = 2}, {BRIDGE "1.4.1.2.1", .number = 101},        \
    {                                                                          \
        BRIDGE "1.4.1.2.2", .number = 102                                      \
    }

static const struct line numbered[] = {
    TWO_PORTS,
    {IFX "18.101", .text = "node 7"},
    {IFX "15.101", .number = 10000},
    {BRIDGE "2.15.1.3.1", .number = 5},
    {BRIDGE "2.15.1.3.2", .number = 2},
    {Q "4.3.1.5.1", .number = 1},
    {Q "4.3.1.5.10", .number = 1},
    {Q "4.3.1.5.20", .number = 1},
    {Q "4.3.1.2.1", .text = "\x40", .len = 1},
    {Q "4.3.1.2.10", .text = "\xc0\0", .len = 2},
    {Q "4.3.1.2.20", .text = "\x40", .len = 1},
    {Q "4.3.1.4.1", .text = "\x40", .len = 1},
    {Q "4.3.1.4.10", .text = "\x80", .len = 1},
    {Q "4.3.1.4.20", .text = "\0", .len = 1},
    {Q "4.2.1.3.0.10", .number = 500},
    {Q "4.5.1.1.1", .number = 10},
    {Q "4.5.1.1.2", .number = 1},
    {Q "2.2.1.2.500.82.84.0.0.0.1", .number = 1},
    {Q "2.2.1.2.500.82.84.0.0.0.2", .number = 2},
    {Q "2.2.1.2.500.82.84.0.0.0.3", .number = 0},  /* the switch's own */
    {Q "2.2.1.2.500.82.84.0.0.0.4", .number = 77}, /* in no table */
    {Q "2.2.1.2.500.1.0.94.0.0.5", .number = 1},   /* of a group */
    {Q "2.2.1.2.500.82.84.0.0.0.6", .number = -1},
    {Q "2.2.1.2.500.82.84.0.0.0", .number = 1},     /* cut */
    {Q "2.2.1.2.500.82.84.0.0.0.256", .number = 1}, /* no byte */
    {Q "2.2.1.2.10.82.84.0.0.0.7", .number = 1},    /* of no VLAN's database */
};

static void
bridge_ports_lead_to_interfaces(void **state)
{
    (void) state;
    READ(1, numbered);
    is_config("Ethernet1/1", NF_PORT_ACCESS, 10, "");
    is_config("Ethernet1/2", NF_PORT_TRUNK, 1, "10,20");
    assert_int_equal(port("Ethernet1/1")->index, 101);
    assert_int_equal(port("Ethernet1/1")->mbps, 10000);
    assert_string_equal(port("Ethernet1/1")->config.description, "node 7");
    assert_int_equal(port("Ethernet1/1")->config.admin, NF_PORT_UP);
    assert_int_equal(port("Ethernet1/2")->config.admin, NF_PORT_DOWN);
    assert_int_equal(port("Ethernet1/1")->forwards, NF_PORT_UP);
    assert_int_equal(port("Ethernet1/2")->forwards, NF_PORT_DOWN);
    assert_int_equal(nf_vlans_count(nf_snmp_vlans(sw)), 3);
    assert_string_equal(learnt(0), "01 Ethernet1/1/10");
    assert_string_equal(learnt(1), "02 Ethernet1/2/10");
    assert_string_equal(learnt(2), "04 /10");
    assert_string_equal(learnt(3), "07 Ethernet1/1/0");
    assert_string_equal(learnt(4), "none");
    assert_int_equal(port("Ethernet1/1")->macs, 2);
    nf_snmp_free(sw);
}

/* Comware tells dot1qPvid by ifIndex. */
static const struct line pvid_by_index[] = {
    TWO_PORTS,
    {Q "4.2.1.4.0.10", .text = "\x80", .len = 1},
    {Q "4.2.1.4.0.20", .text = "\x40", .len = 1},
    {Q "4.2.1.5.0.10", .text = "\x80", .len = 1},
    {Q "4.2.1.5.0.20", .text = "\x40", .len = 1},
    {Q "4.5.1.1.101", .number = 10},
    {Q "4.5.1.1.102", .number = 20},
};

static void
pvids_may_be_told_by_interface(void **state)
{
    (void) state;
    READ(25506, pvid_by_index);
    is_config("Ethernet1/1", NF_PORT_ACCESS, 10, "");
    is_config("Ethernet1/2", NF_PORT_ACCESS, 20, "");
    nf_snmp_free(sw);
}

/* Where no bridge tells its ports, they are interfaces. */
static const struct line unnumbered[] = {
    {IF "3.7", .number = 6},
    {IF "2.7", .text = "GigabitEthernet 0/7\0", .len = 20},
    {Q "4.2.1.4.0.5", .text = "\x02", .len = 1},
    {Q "4.2.1.5.0.5", .text = "\x02", .len = 1},
    {Q "4.5.1.1.7", .number = 5},
    {BRIDGE "4.3.1.2.82.84.0.0.0.1", .number = 7},
    {BRIDGE "4.3.1.2.82.84.0.0.0.2", .number = 9},
};

static void
ports_without_a_bridge_table_are_interfaces(void **state)
{
    (void) state;
    READ(6027, unnumbered);
    is_config("GigabitEthernet 0/7", NF_PORT_ACCESS, 5, "");
    assert_string_equal(learnt(0), "01 GigabitEthernet 0/7/0");
    assert_string_equal(learnt(1), "02 /0");
    nf_snmp_free(sw);
}

/* VLANs 1 and 2 share a database; a port that is in one of them says which. */
static const struct line shared[] = {
    TWO_PORTS,
    {Q "4.2.1.3.0.1", .number = 9},
    {Q "4.2.1.3.0.2", .number = 9},
    {Q "4.2.1.4.0.1", .text = "\xc0", .len = 1},
    {Q "4.2.1.4.0.2", .text = "\x40", .len = 1},
    {Q "4.2.1.5.0.1", .text = "\xc0", .len = 1},
    {Q "4.2.1.5.0.2", .text = "\0", .len = 1},
    {Q "4.5.1.1.1", .number = 1},
    {Q "4.5.1.1.2", .number = 1},
    {Q "2.2.1.2.9.82.84.0.0.0.1", .number = 1},
    {Q "2.2.1.2.9.82.84.0.0.0.2", .number = 2},
};

static void
a_shared_database_has_no_vlan(void **state)
{
    (void) state;
    READ(11, shared);
    assert_string_equal(learnt(0), "01 Ethernet1/1/1");
    assert_string_equal(learnt(1), "02 Ethernet1/2/0");
    nf_snmp_free(sw);
}

/* --- vendors -----------------------------------------------------------------
 */

static const struct line junos[] = {
    {IF "3.513", .number = 6},
    {IF "3.514", .number = 53},
    {IF "3.600", .number = 161},
    {IF "3.601", .number = 53},
    {IFX "1.513", .text = "xe-0/0/0"},
    {IFX "1.514", .text = "xe-0/0/0.0"},
    {IFX "1.600", .text = "ae0"},
    {IFX "1.601", .text = "ae0.0"},
    {BRIDGE "1.4.1.2.4097", .number = 514},
    {BRIDGE "1.4.1.2.4099", .number = 601},
    {Q "4.3.1.2.23", .text = "0,4097,4099"},
    {Q "4.3.1.2.24", .text = "4099"},
    {Q "4.3.1.4.23", .text = "4097"},
    {Q "4.3.1.4.24", .text = ""},
    {Q "4.5.1.1.4097", .number = 23},
    {JUNIPER "48.1.3.1.1.3.4", .number = 23},
    {JUNIPER "48.1.3.1.1.5.4", .number = 262144},
    {Q "2.2.1.2.262144.82.84.0.0.0.1", .number = 4097},
    {Q "2.2.1.2.327680.82.84.0.0.0.2", .number = 4097},
    {LLDP "3.7.1.3.513", .text = "513"},
    {LLDP "4.1.1.9.3.513.1", .text = "spine"},
    {LLDP "4.1.1.12.3.513.1", .text = "\x28\0", .len = 2},
};

static void
junos_has_units_and_lists_in_words(void **state)
{
    size_t n;

    (void) state;
    READ(2636, junos);
    (void) nf_snmp_ports(sw, &n);
    assert_int_equal(n, 2);
    is_config("xe-0/0/0", NF_PORT_ACCESS, 23, "");
    is_config("ae0", NF_PORT_TRUNK, 0, "23-24");
    assert_string_equal(learnt(0), "01 xe-0/0/0/23");
    assert_string_equal(learnt(1), "02 xe-0/0/0/0");
    assert_string_equal(port("xe-0/0/0")->neighbor, "spine");
    assert_true(port("xe-0/0/0")->is_bridge_behind);
    nf_snmp_free(sw);
}

static const struct line ios[] = {
    {IF "3.10101", .number = 6},
    {IF "3.10102", .number = 6},
    {IF "3.10103", .number = 6},
    {IF "3.10104", .number = 6},
    {IFX "1.10101", .text = "Gi0/1"},
    {IFX "1.10102", .text = "Gi0/2"},
    {IFX "1.10103", .text = "Gi0/3"},
    {IFX "1.10104", .text = "Gi0/4"},
    {CISCO "46.1.3.1.1.2.1.1", .number = 1},
    {CISCO "46.1.3.1.1.2.1.12", .number = 1},
    {CISCO "46.1.3.1.1.2.1.13", .number = 1},
    {CISCO "46.1.3.1.1.2.1.1002", .number = 1},
    {CISCO "68.1.2.2.1.2.10101", .number = 12},
    {CISCO "68.1.2.2.1.2.10103", .number = 1},
    {CISCO "46.1.6.1.1.13.10101", .number = 2},
    {CISCO "46.1.6.1.1.13.10102", .number = 1},
    {CISCO "46.1.6.1.1.13.10103", .number = 4}, /* auto */
    {CISCO "46.1.6.1.1.14.10102", .number = 1},
    {CISCO "46.1.6.1.1.14.10103", .number = 2},
    {CISCO "46.1.6.1.1.16.10104", .number = 4},
    {CISCO "46.1.6.1.1.5.10102", .number = 1},
    {CISCO "46.1.6.1.1.5.10104", .number = 13},
    {CISCO "46.1.6.1.1.4.10102", .text = "\x40\x0c", .len = 2},
    {CISCO "46.1.6.1.1.19.10102", .text = "\x80", .len = 1},
    /* The bridge of VLAN 1, and those of 12; that of 13 is silent. */
    {BRIDGE "1.4.1.2.3", .number = 10103},
    {BRIDGE "1.4.1.2.3", .number = 10103, .vlan = 1},
    {BRIDGE "1.4.1.2.3", .number = 10101, .vlan = 12},
    {BRIDGE "2.15.1.3.3", .number = 5, .vlan = 12},
    {BRIDGE "4.3.1.2.82.84.0.0.0.1", .number = 3},
    {BRIDGE "4.3.1.2.82.84.0.0.0.1", .number = 3, .vlan = 1},
    {BRIDGE "4.3.1.2.82.84.0.0.0.2", .number = 3, .vlan = 12},
    {BRIDGE "4.3.1.2.82.84.0.0.0.3", .number = 4, .vlan = 12},
};

static void
ios_has_a_bridge_for_each_vlan(void **state)
{
    (void) state;
    READ(9, ios);
    is_config("Gi0/1", NF_PORT_ACCESS, 12, "");
    is_config("Gi0/2", NF_PORT_TRUNK, 1, "12-13,3072");
    is_config("Gi0/3", NF_PORT_OTHER, 1, "");
    is_config("Gi0/4", NF_PORT_TRUNK, 13, "");
    assert_false(nf_vlans_has(nf_snmp_vlans(sw), 1002));
    assert_string_equal(learnt(0), "01 Gi0/3/1");
    assert_string_equal(learnt(1), "02 Gi0/1/12");
    assert_string_equal(learnt(2), "03 /12");
    assert_string_equal(learnt(3), "none");
    assert_int_equal(port("Gi0/1")->forwards, NF_PORT_UP);
    assert_int_equal(port("Gi0/3")->macs, 1);
    nf_snmp_free(sw);
}

/* --- neighbors and aggregates ------------------------------------------------
 */

static const struct line stacked[] = {
    TWO_PORTS,
    {IF "3.103", .number = 6},
    {IFX "1.103", .text = "Ethernet1/3"},
    {IF "3.900", .number = 161},
    {IFX "1.900", .text = "Port-Channel9"},
    {STACK "900.101", .number = 1},
    {STACK "1.101", .number = 1}, /* of a VLAN interface */
    {LAG "13.102", .number = 900},
    {LAG "13.103", .number = 103}, /* alone */
    /* Local ports by name, by description, by neither. */
    {LLDP "3.7.1.3.5001", .text = "Eth1/1"},
    {LLDP "3.7.1.3.5002", .text = "\x52\x54\0\0\0\x01", .len = 6},
    {LLDP "3.7.1.4.5002", .text = "Ethernet1/2"},
    {LLDP "4.1.1.9.0.5001.1", .text = "phone"},
    {LLDP "4.1.1.12.0.5001.1", .text = "\x04", .len = 1},
    {LLDP "4.1.1.9.0.5001.2", .text = "core"},
    {LLDP "4.1.1.12.0.5001.2", .text = "28 00 2 4"},
    {LLDP "4.1.1.5.0.5002.1", .text = "\x52\x54\0\0\0\x02", .len = 6},
    {LLDP "4.1.1.9.0.5002.1", .text = ""},
    {LLDP "4.1.1.9.0.103.1", .text = "host"},
};

static void
neighbors_and_aggregates_are_told(void **state)
{
    (void) state;
    READ(1, stacked);
    assert_string_equal(port("Ethernet1/1")->lag, "Port-Channel9");
    assert_string_equal(port("Ethernet1/2")->lag, "Port-Channel9");
    assert_string_equal(port("Ethernet1/3")->lag, "");
    assert_string_equal(port("Port-Channel9")->lag, "");
    assert_string_equal(port("Ethernet1/1")->neighbor, "core");
    assert_true(port("Ethernet1/1")->is_bridge_behind);
    assert_string_equal(port("Ethernet1/2")->neighbor, "52:54:00:00:00:02");
    assert_false(port("Ethernet1/2")->is_bridge_behind);
    assert_string_equal(port("Ethernet1/3")->neighbor, "host");
    nf_snmp_free(sw);
}

/* A strict agent tells all rows anew for each value of the TimeMark, without
 * an end: the first of them that repeats is the column's. */
static void
a_table_that_repeats_is_over(void **state)
{
    static const char *const again[][2] = {
        {Q "4.2.1.4.0.10", Q "4.2.1.4.1.10"},
        {LLDP "4.1.1.9.0.7.1", LLDP "4.1.1.9.1.7.1"},
        {Q "4.3.1.2.10", NULL},
        {Q "4.2.1.4.7.20", Q "4.2.1.4.9.30"},
    };

    (void) state;
    for (size_t i = 0; i < sizeof(again) / sizeof(again[0]); i++) {
        struct nf_snmp_walk walk = {0};
        sw = nf_snmp_new();
        while (nf_snmp_next(sw, NF_SNMP_ALL, &walk)) {
            struct line first = {.oid = again[i][0], .text = "x"};
            struct line second = {.oid = again[i][1], .text = "y"};
            if (is_of(&first, &walk) && second.oid != NULL) {
                assert_int_equal(is_of(&second, &walk), i == 3);
            }
        }
        nf_snmp_free(sw);
    }
}

/* --- changing ----------------------------------------------------------------
 */

/* A switch of VLANs 1, 10 and 20, whose first port's lists are these bits. */
struct model {
    unsigned char all[4095], bare[4095];
    unsigned pvid, alone; /* how often it was in no VLAN */
    int64_t admin;
    char sequence[512];
};

static void
apply(struct model *model, const struct nf_snmp_var *var)
{
    unsigned last = var->oid[var->oid_n - 1];
    char *end = model->sequence + strlen(model->sequence);
    size_t room = sizeof(model->sequence) - strlen(model->sequence);

    if (var->oid[6] == 17 && var->oid[10] == 5) {
        model->pvid = (unsigned) var->number;
        snprintf(end, room, "pvid %u=%u ", last, model->pvid);
    } else if (var->oid[6] == 17) {
        unsigned char *list = var->oid[12] == 2 ? model->all : model->bare;
        list[last] = (unsigned char) var->octets.data[0];
        snprintf(end, room, "%s %u=%02x ", var->oid[12] == 2 ? "all" : "bare",
                 last, list[last]);
    } else if (var->oid[6] == 31) {
        snprintf(end, room, "alias=%.*s ", (int) var->octets.len,
                 var->octets.data);
    } else {
        snprintf(end, room, "admin=%d ", (int) var->number);
    }
    bool is_in = false;
    for (unsigned vlan = 1; vlan <= NF_VLAN_MAX; vlan++) {
        is_in |= (model->all[vlan] & 0x80) != 0;
    }
    model->alone += !is_in;
}

static void
answer_reads(struct nf_snmp_change *change, const struct model *model)
{
    static struct nf_snmp_set set;

    while (nf_snmp_change_reads(change, &set)) {
        for (size_t i = 0; i < set.n; i++) {
            const struct nf_snmp_var *var = &set.vars[i];
            unsigned vlan = var->oid[var->oid_n - 1];
            const unsigned char *list =
                var->oid[12] == 2 ? model->all : model->bare;
            struct nf_snmp_row row = {var->oid,
                                      var->oid_n,
                                      NF_SNMP_OCTETS,
                                      0,
                                      {(const char *) &list[vlan], 1}};
            assert_true(nf_snmp_change_read(change, &row));
            assert_false(nf_snmp_change_read(change, &row)); /* twice */
        }
    }
}

/* How many requests it took; what they were is in model->sequence. */
static unsigned
change_port(struct model *model, const struct nf_port_config *wanted)
{
    static struct nf_snmp_set set;
    struct nf_snmp_change *change;
    struct nf_fault fault;
    unsigned requests = 0;

    *model = (struct model){.all = {[1] = 0x40, [10] = 0xc0, [20] = 0x40},
                            .bare = {[1] = 0x40, [10] = 0x80},
                            .pvid = 10};
    assert_int_equal(
        nf_snmp_change_new(sw, port("Ethernet1/1"), wanted, &change, &fault),
        NF_OK);
    answer_reads(change, model);
    for (; nf_snmp_change_next(change, &set); requests++) {
        for (size_t i = 0; i < set.n; i++) {
            apply(model, &set.vars[i]);
        }
    }
    nf_snmp_change_free(change);
    assert_int_equal(model->alone, 0);
    return requests;
}

static void
a_port_joins_before_it_leaves(void **state)
{
    static struct model model;
    struct nf_port_config wanted;

    (void) state;
    READ(1, numbered);
    wanted = port("Ethernet1/1")->config;
    assert_int_equal(change_port(&model, &wanted), 0);
    wanted.vlan = 20;
    assert_int_equal(change_port(&model, &wanted), 1);
    assert_string_equal(model.sequence, "all 20=c0 bare 20=80 pvid 1=20 "
                                        "bare 10=00 all 10=40 ");
    wanted.mode = NF_PORT_TRUNK;
    wanted.vlan = 0;
    nf_vlans_add(&wanted.tagged, 10, 10);
    nf_vlans_add(&wanted.tagged, 1, 1);
    assert_int_equal(change_port(&model, &wanted), 1);
    assert_string_equal(model.sequence, "all 1=c0 bare 10=00 ");
    wanted = port("Ethernet1/1")->config;
    wanted.admin = NF_PORT_DOWN;
    strcpy(wanted.description, "x");
    wanted.vlan = 1;
    assert_int_equal(change_port(&model, &wanted), 3);
    assert_string_equal(model.sequence,
                        "admin=2 alias=x all 1=c0 bare 1=c0 pvid 1=1 "
                        "bare 10=00 all 10=40 ");
    nf_snmp_free(sw);
}

static void
refuses(const char *name, const struct nf_port_config *wanted, const char *why)
{
    struct nf_snmp_change *change;
    struct nf_fault fault;

    assert_int_equal(
        nf_snmp_change_new(sw, port(name), wanted, &change, &fault),
        NF_INVALID);
    assert_non_null(strstr(fault.reason, why));
}

static void
what_cannot_be_is_refused(void **state)
{
    struct nf_port_config wanted;

    (void) state;
    READ(1, numbered);
    wanted = port("Ethernet1/1")->config;
    wanted.vlan = 30;
    refuses("Ethernet1/1", &wanted, "VLAN 30 does not exist");
    wanted.vlan = 0;
    refuses("Ethernet1/1", &wanted, "in no VLAN");
    wanted.mode = NF_PORT_OTHER;
    refuses("Ethernet1/1", &wanted, "access or trunk");
    nf_snmp_free(sw);
    READ(2636, junos);
    wanted = port("xe-0/0/0")->config;
    wanted.vlan = 24;
    refuses("xe-0/0/0", &wanted, "no VLANs that SNMP can change");
    nf_snmp_free(sw);
    READ(9, ios);
    wanted = port("Gi0/2")->config;
    wanted.mode = NF_PORT_ACCESS;
    refuses("Gi0/2", &wanted, "only the VLAN of access ports");
    nf_snmp_free(sw);
}

/* Long lists take several requests, each of which may be the last. */
static void
a_long_change_stays_within_a_datagram(void **state)
{
    static struct line lines[300] = {TWO_PORTS};
    static char oids[2 * 128 + 2][64], list[512] = {'\x80'};
    static struct nf_snmp_set set;
    struct nf_snmp_change *change;
    struct nf_fault fault;
    size_t n = 12, requests = 0, listed = 0;

    (void) state;
    for (unsigned vlan = 1; vlan <= 128; vlan++) {
        snprintf(oids[vlan], 64, Q "4.3.1.2.%u", vlan);
        lines[n++] = (struct line){oids[vlan], 0, list, sizeof(list), 0};
        list[0] = 0;
    }
    list[0] = '\x80';
    read_switch(1, lines, n);
    struct nf_port_config wanted = {.mode = NF_PORT_TRUNK, .vlan = 0};
    nf_vlans_add(&wanted.tagged, 2, 127);
    assert_int_equal(
        nf_snmp_change_new(sw, port("Ethernet1/1"), &wanted, &change, &fault),
        NF_OK);
    while (nf_snmp_change_reads(change, &set)) {
        for (size_t i = 0; i < set.n; i++, listed++) {
            struct nf_snmp_row row = {set.vars[i].oid,
                                      set.vars[i].oid_n,
                                      NF_SNMP_OCTETS,
                                      0,
                                      {list, sizeof(list)}};
            assert_true(nf_snmp_change_read(change, &row));
        }
    }
    for (; nf_snmp_change_next(change, &set); requests++) {
        assert_in_range(set.n, 1, 2);
    }
    assert_true(requests > listed / 3);
    nf_snmp_change_free(change);
    nf_snmp_free(sw);
}

static void
too_much_is_refused(void **state)
{
    struct nf_snmp_walk walk = {0};
    struct nf_fault fault;
    uint32_t oid[NF_SNMP_OID];
    size_t n = oid_of(IF "3.1", oid);

    (void) state;
    sw = nf_snmp_new();
    assert_true(nf_snmp_next(sw, NF_SNMP_ALL, &walk));
    for (uint32_t i = 1; i <= NF_PORTS_MAX + 1; i++) {
        oid[n - 1] = i;
        struct nf_snmp_row row = {oid, n, NF_SNMP_INTEGER, 6, {0}};
        assert_true(nf_snmp_take(sw, &walk, &row));
    }
    assert_int_equal(nf_snmp_finish(sw, &fault), NF_TOO_LARGE);
    assert_string_equal(fault.reason, "the switch has too many ports");
    nf_snmp_free(sw);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bridge_ports_lead_to_interfaces),
        cmocka_unit_test(pvids_may_be_told_by_interface),
        cmocka_unit_test(ports_without_a_bridge_table_are_interfaces),
        cmocka_unit_test(a_shared_database_has_no_vlan),
        cmocka_unit_test(junos_has_units_and_lists_in_words),
        cmocka_unit_test(ios_has_a_bridge_for_each_vlan),
        cmocka_unit_test(neighbors_and_aggregates_are_told),
        cmocka_unit_test(a_table_that_repeats_is_over),
        cmocka_unit_test(a_port_joins_before_it_leaves),
        cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(a_long_change_stays_within_a_datagram),
        cmocka_unit_test(too_much_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
