/* What a scan found, in parts. */
#include "scratch.h"

#include "port/scan.h"
#include "port/seen.h"

static struct nf_port ports[200];
static struct nf_port_mac macs[200];
static char text[NF_SWITCH_SCAN_MAX + 1];

static struct nf_switch_told
found(size_t ports_n, size_t macs_n)
{
    memset(ports, 0, sizeof(ports));
    memset(macs, 0, sizeof(macs));
    for (size_t i = 0; i < ports_n; i++) {
        snprintf(ports[i].name, sizeof(ports[i].name), "Gi1/0/%zu", i + 1);
    }
    for (size_t i = 0; i < macs_n; i++) {
        macs[i].mac = (nf_mac_t){{0x52, 0x54, 0, 0, 0, (uint8_t) (i + 1)}};
    }
    return (struct nf_switch_told){
        .ports = ports, .ports_n = ports_n, .macs = macs, .macs_n = macs_n};
}

static bool
part(struct nf_switch_scan *scan)
{
    struct nf_out out = nf_out(text, NF_SWITCH_SCAN_MAX);
    bool is_there = nf_switch_scan_part(scan, &out);

    assert_false(out.full);
    text[out.len] = '\0';
    return is_there;
}

static size_t
count(const char *word)
{
    size_t n = 0;

    for (const char *at = text; (at = strstr(at, word)) != NULL; at++) {
        n++;
    }
    return n;
}

static void
each_port_has_its_addresses(void **state)
{
    struct nf_switch_told told = found(3, 12);
    struct nf_switch_scan scan;

    (void) state;
    for (size_t i = 0; i < 12; i++) {
        strcpy(macs[i].port, i < 2 ? "Gi1/0/1" : i < 3 ? "Po1" : "Gi1/0/2");
    }
    assert_true(nf_switch_scan_open(&scan, &told, NF_TEXT("a-7")));
    assert_true(part(&scan));
    assert_non_null(strstr(text, "{\"id\":\"a-7\",\"part\":0,\"ports\":["
                                 "{\"name\":\"Gi1/0/1\","));
    assert_non_null(
        strstr(text, "\"addresses\":[\"525400000001\",\"525400000002\"]}"));
    assert_int_equal(count("addresses"), 1); /* of nine none is told */
    assert_non_null(strstr(text, "],\"last\":true}"));
    assert_false(part(&scan));
    nf_switch_scan_close(&scan);
}

/* As whoever stores it reads it. */
static void
an_address_counts_once(void **state)
{
    struct nf_switch_told told = found(1, 12);
    struct nf_switch_scan scan;
    struct nf_port_seen seen;
    struct nf_fault fault;
    char *port, *end;

    (void) state;
    ports[0].config.mode = NF_PORT_TRUNK;
    ports[0].macs = 12;
    ports[0].is_bridge_behind = true;
    for (size_t i = 0; i < 12; i++) {
        strcpy(macs[i].port, "Gi1/0/1");
        macs[i].mac.b[5] = i % 2;
        macs[i].vlan = (unsigned) i;
    }
    assert_true(nf_switch_scan_open(&scan, &told, NF_TEXT("a-7")));
    assert_true(part(&scan));
    port = strchr(text, '[') + 1;
    end = strstr(port, "],\"last\"");
    assert_int_equal(
        nf_port_seen_read((struct nf_text){port, (size_t) (end - port)}, &seen,
                          &fault),
        NF_OK);
    assert_int_equal(seen.addresses_n, 2);
    assert_int_equal(seen.addresses[1].b[5], 1);
    assert_int_equal(seen.port.macs, 12);
    assert_true(seen.port.is_bridge_behind);
    nf_switch_scan_close(&scan);
}

static void
many_ports_are_parts(void **state)
{
    struct nf_switch_told told = found(129, 0);
    struct nf_switch_scan scan;

    (void) state;
    assert_true(nf_switch_scan_open(&scan, &told, NF_TEXT("a-7")));
    for (unsigned i = 0; i < 3; i++) {
        assert_true(part(&scan));
        assert_int_equal(count("\"name\""), i < 2 ? 64 : 1);
        assert_int_equal(count("\"last\":true"), i == 2);
    }
    assert_false(part(&scan));
    nf_switch_scan_close(&scan);
}

/* The longest ports: a part is never too long for the broker. */
static void
long_ports_are_more_parts(void **state)
{
    struct nf_switch_told told = found(64, 0);
    struct nf_switch_scan scan;
    size_t told_n = 0, parts = 0;

    (void) state;
    for (size_t i = 0; i < 64; i++) {
        memset(ports[i].config.description, '"', NF_PORT_WORDS - 1);
        for (unsigned vlan = 1; vlan <= NF_VLAN_MAX; vlan += 2) {
            nf_vlans_add(&ports[i].config.tagged, vlan, vlan);
        }
    }
    assert_true(nf_switch_scan_open(&scan, &told, NF_TEXT("a-7")));
    while (part(&scan)) {
        parts++;
        told_n += count("\"name\"");
        assert_int_equal(count("\"last\":true"), told_n == 64);
    }
    assert_int_equal(told_n, 64);
    assert_true(parts > 10);
    nf_switch_scan_close(&scan);
}

/* Wherever the room ends, how the part ends has its own. */
static void
no_part_is_full(void **state)
{
    (void) state;
    for (size_t n = 1; n < NF_PORT_WORDS; n++) {
        struct nf_switch_told told = found(200, 0);
        struct nf_switch_scan scan;
        for (size_t i = 0; i < 200; i++) {
            memset(ports[i].config.description, 'x', n);
            for (unsigned vlan = 1; vlan <= 400; vlan += 2) {
                nf_vlans_add(&ports[i].config.tagged, vlan, vlan);
            }
        }
        assert_true(nf_switch_scan_open(&scan, &told, NF_TEXT("a-7")));
        while (part(&scan)) {
        }
        nf_switch_scan_close(&scan);
    }
}

static void
a_switch_without_ports_is_one_part(void **state)
{
    struct nf_switch_told told = found(0, 0);
    struct nf_switch_scan scan;

    (void) state;
    assert_true(nf_switch_scan_open(&scan, &told, NF_TEXT("a-7")));
    assert_true(part(&scan));
    assert_string_equal(
        text, "{\"id\":\"a-7\",\"part\":0,\"ports\":[],\"last\":true}");
    assert_false(part(&scan));
    nf_switch_scan_close(&scan);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_port_has_its_addresses),
        cmocka_unit_test(an_address_counts_once),
        cmocka_unit_test(many_ports_are_parts),
        cmocka_unit_test(long_ports_are_more_parts),
        cmocka_unit_test(no_part_is_full),
        cmocka_unit_test(a_switch_without_ports_is_one_part),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
