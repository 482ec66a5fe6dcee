/* What is shown of the ports of switches, and of who is at them. */
#include "site.h"

#include "store/ports.h"

#define SWITCH   "/api/v1/devices/sw1"
#define LINK     "/api/v1/nodes/525400000001/port"
#define SNMP     "{\"driver\":\"snmp\",\"address\":\"10.0.0.2\"}"
#define AT(port) "{\"switch\":\"sw1\",\"port\":\"" port "\"}"

struct shown {
    const char *name, *more;
    nf_mac_t macs[3];
    size_t n;
};

static void
show(const char *device, const struct shown ports[], size_t n)
{
    struct nf_switch_seen seen = {.scanned_at = world.now,
                                  .ports = (uint32_t) n};
    NF_WRITE(w, world.s.store);

    nf_switches_put(&w, device, &seen);
    for (size_t i = 0; i < n; i++) {
        char json[1024], mac[NF_MAC_TEXT];
        struct nf_out out = nf_out(json, sizeof(json));
        nf_out_printf(&out, "{\"name\":\"%s\",\"mode\":\"access\"%s",
                      ports[i].name, ports[i].more);
        nf_out_puts(&out, ",\"addresses\":[");
        for (size_t k = 0; k < ports[i].n; k++) {
            nf_mac_format(ports[i].macs[k], mac);
            nf_out_printf(&out, "%s\"%s\"", k == 0 ? "" : ",", mac);
        }
        nf_out_puts(&out, "]}");
        nf_ports_put(&w, device, ports[i].name, nf_out_text(&out),
                     ports[i].macs, ports[i].n, world.now);
    }
    assert_int_equal(nf_write_commit(&w), NF_OK);
}

#define NODE(n) "\"node\":\"52540000000" #n "\""

static void
a_port_tells_whose_it_is(void **state)
{
    const struct shown ports[] = {
        {"Eth1", ",\"vlan\":7", {mac_of(1)}, 1},
        {"Eth2", ",\"macs\":2", {mac_of(2), mac_of(3)}, 2},
        {"Eth3", ",\"macs\":2", {mac_of(2), mac_of(99)}, 2},
        {"Eth4", ",\"macs\":1,\"bridge\":true", {mac_of(2)}, 1},
        {"Eth5", ",\"lag\":\"Po1\"", {mac_of(2)}, 1},
        {"Eth6", "", {mac_of(99)}, 1},
        {"Eth7", "", {mac_of(2)}, 1},
    };
    static const struct {
        const char *port, *has, *lacks;
    } rows[] = {
        {"Eth1", NODE(1) ",\"node_by\":\"mac\"}", NULL},
        {"Eth2", "\"macs\":2", "\"node\""}, /* of two nodes */
        {"eth 3", NODE(2) ",\"node_by\":\"mac\"}", NULL},
        {"Eth4", "\"bridge\":true", "\"node\""}, /* behind a switch */
        {"Eth5", "\"lag\":\"Po1\"", "\"node\""},
        {"Eth6", "\"name\":\"Eth6\"", "\"node\""},
        {"Eth7", NODE(3) ",\"node_by\":\"hand\"}", NULL},
    };

    (void) state;
    for (unsigned n = 1; n <= 3; n++) {
        create(n);
    }
    ask(NF_PUT, SWITCH, SNMP);
    show("sw1", ports, 7);
    ask(NF_PUT, "/api/v1/nodes/525400000003/port", AT("Eth7"));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char path[128];
        snprintf(path, sizeof(path), SWITCH "/ports?port=%s", rows[i].port);
        ask(NF_GET, path, NULL);
        EXPECT(200, rows[i].has);
        assert_true(rows[i].lacks == NULL
                    || strstr(answer.text, rows[i].lacks) == NULL);
    }
    ask(NF_GET, SWITCH "/ports?port=Eth8", NULL);
    EXPECT(404, "the switch has no such port");
    ask(NF_GET, SWITCH "/ports?port=", NULL);
    EXPECT(404, "the switch has no such port");
}

static void
ports_are_listed_by_pages(void **state)
{
    const struct shown ports[] = {
        {"Gi1/0/1", "", {}, 0}, {"Gi1/0/2", "", {}, 0}, {"Gi1/0/3", "", {}, 0}};

    (void) state;
    ask(NF_PUT, SWITCH, SNMP);
    ask(NF_GET, SWITCH "/ports", NULL);
    EXPECT(200, "{\"switch\":\"sw1\",\"state\":\"unknown\",\"total\":0,"
                "\"ports\":[]}");
    show("sw1", ports, 3);
    ask(NF_GET, SWITCH "/ports?limit=2", NULL);
    EXPECT(200, "\"total\":3,\"ports\":[{\"name\":\"Gi1/0/1\",");
    EXPECT(200, "\"scanned_at\":\"");
    assert_true(text_is(answer.call.link,
                        "<" SWITCH "/ports?limit=2&after=Gi1/0/2>; "
                        "rel=\"next\""));
    ask(NF_GET, SWITCH "/ports?limit=2&after=Gi1%2F0%2F2", NULL);
    EXPECT(200, "\"ports\":[{\"name\":\"Gi1/0/3\",");
    assert_int_equal(answer.call.link.len, 0);
    ask(NF_GET, SWITCH "/ports?limit=x", NULL);
    EXPECT(400, "\"field\":\"limit\"");
    ask(NF_GET,
        SWITCH
        "/ports?after="
        "0123456789012345678901234567890123456789012345678901234567890123",
        NULL);
    EXPECT(400, "\"field\":\"after\"");
    ask(NF_GET, "/api/v1/devices/sw9/ports", NULL);
    EXPECT(404, "no such device");
    ask(NF_PUT, "/api/v1/devices/bmc",
        "{\"driver\":\"ipmi\",\"address\":\"a\"}");
    ask(NF_GET, "/api/v1/devices/bmc/ports", NULL);
    EXPECT(409, "has no ports");
}

/* However long their lists of VLANs are, a page is bounded, and none is lost.
 */
static void
a_page_of_long_ports_is_short(void **state)
{
    enum {
        PORTS = 200
    };
    char path[160], seen[64] = "";
    unsigned n = 0, pages = 0;

    (void) state;
    ask(NF_PUT, SWITCH, SNMP);
    {
        NF_WRITE(w, world.s.store);
        for (unsigned i = 0; i < PORTS; i++) {
            char json[12000], name[16];
            snprintf(name, sizeof(name), "p%03u", i);
            int len = snprintf(json, sizeof(json),
                               "{\"name\":\"%s\",\"description\":\"", name);
            memset(json + len, 'x', 11000);
            snprintf(json + len + 11000, 8, "\"}");
            nf_ports_put(&w, "sw1", name, nf_text(json), NULL, 0, world.now);
        }
        assert_int_equal(nf_write_commit(&w), NF_OK);
    }
    do {
        snprintf(path, sizeof(path), SWITCH "/ports?after=%s", seen);
        ask(NF_GET, path, NULL);
        assert_int_equal(answer.call.status, 200);
        assert_true(answer.len < 1 << 20);
        for (const char *at = answer.text;
             (at = strstr(at, "{\"name\":\"p")) != NULL; at++)
        {
            snprintf(seen, sizeof(seen), "%.4s", at + 9);
            n++;
        }
        pages++;
    } while (answer.call.link.len > 0 && pages < 10);
    assert_int_equal(n, PORTS);
    assert_true(pages > 1);
}

static void
existing_clients_are_told_of_ports(void **state)
{
    const struct shown ports[] = {
        {"Gi1/0/1", ",\"vlan\":7,\"link\":\"up\",\"mbps\":1000", {}, 0},
        {"Te1/1",
         ",\"link\":\"up\",\"mbps\":25000,\"vlan\":1,\"tagged\":\"5-7\"",
         {},
         0},
        {"Te1/2", ",\"link\":\"down\"", {}, 0},
        {"Te1/3", ",\"mbps\":2500", {}, 0},
    };

    (void) state;
    ask(NF_GET, "/api/v1/admin/switch/ports", NULL);
    EXPECT(404, "there is no switch");
    ask(NF_PUT, SWITCH, SNMP);
    show("sw1", ports, 4);
    ask(NF_GET, "/api/v1/admin/switch/ports", NULL);
    EXPECT(200, "[{\"port\":\"Gi1/0/1\",\"status\":\"up\",\"speed\":\"1G\","
                "\"vlans\":[7]},");
    EXPECT(200, "{\"port\":\"Te1/1\",\"status\":\"up\",\"speed\":\"25G\","
                "\"duplex\":\"full\",\"vlans\":[1,5,6,7]}");
    EXPECT(200, "{\"port\":\"Te1/2\",\"status\":\"down\",\"vlans\":[]}");
    EXPECT(200,
           "{\"port\":\"Te1/3\",\"status\":\"unknown\",\"speed\":\"2.5G\"");
    ask(NF_GET, "/api/v1/admin/switch/ports?limit=1", NULL);
    assert_true(text_is(answer.call.link,
                        "</api/v1/admin/switch/ports?limit=1&after=Gi1/0/1"
                        "&switch=sw1>; rel=\"next\""));
    ask(NF_GET, "/api/v1/admin/switch/port/GigabitEthernet1/0/1", NULL);
    EXPECT(200, "{\"port\":\"Gi1/0/1\",\"status\":\"up\"");
    ask(NF_GET, "/api/v1/admin/switch/port/Gi1/0/9", NULL);
    EXPECT(404, "no such port");
    ask(NF_GET, "/api/v1/admin/switch/port/", NULL);
    assert_int_equal(answer.call.status, 404);
    ask(NF_PUT, "/api/v1/devices/sw2",
        "{\"driver\":\"ios\",\"address\":\"10.0.0.3\"}");
    ask(NF_GET, "/api/v1/admin/switch/ports", NULL);
    EXPECT(400, "\"field\":\"switch\"");
    ask(NF_GET, "/api/v1/admin/switch/port/Te1/1", NULL);
    EXPECT(400, "there is more than one");
    ask(NF_GET, "/api/v1/admin/switch/port/Te1/1?switch=sw1", NULL);
    EXPECT(200, "{\"port\":\"Te1/1\"");
    ask(NF_GET, "/api/v1/admin/switch/ports?switch=sw2", NULL);
    EXPECT(200, "[]");
    ask(NF_GET, "/api/v1/admin/switch/ports?switch=sw9", NULL);
    EXPECT(404, "no such device");
}

static void
a_node_is_found_where_it_was_seen(void **state)
{
    const struct shown one[] = {{"Eth1", ",\"macs\":1", {mac_of(1)}, 1}};
    const struct shown two[] = {{"Eth9", ",\"macs\":1", {mac_of(1)}, 1}};

    (void) state;
    create(1);
    ask(NF_PUT, SWITCH, SNMP);
    ask(NF_PUT, "/api/v1/devices/sw2",
        "{\"driver\":\"ios\",\"address\":\"10.0.0.3\"}");
    ask(NF_GET, LINK, NULL);
    assert_int_equal(answer.call.status, 404);
    show("sw1", one, 1);
    ask(NF_GET, LINK, NULL);
    EXPECT(200, "\"switch\":\"sw1\",\"port\":\"Eth1\",\"by\":\"mac\"");
    assert_int_equal(answer.call.etag.len, 0);
    show("sw2", two, 1);
    ask(NF_GET, LINK, NULL);
    EXPECT(404, "Eth1 of sw1");
    EXPECT(404, "Eth9 of sw2");
    ask(NF_PUT, LINK, AT("Eth1"));
    EXPECT(201, "\"by\":\"hand\"");
}

/* --- what leads where --------------------------------------------------------
 */

static void
make_fabric(void)
{
    const struct shown first[] = {
        {"Eth1", ",\"macs\":1", {mac_of(1)}, 1},
        {"Eth2", ",\"neighbor\":\"SW2.example.org\",\"bridge\":true", {}, 0},
        {"Eth3", ",\"neighbor\":\"a \\\"b\\\\\"", {}, 0},
        {"Eth4", ",\"macs\":1", {mac_of(2)}, 1},
        {"Eth5", "", {}, 0},
    };
    const struct shown second[] = {
        {"Gi1", ",\"neighbor\":\"sw1\",\"bridge\":true", {}, 0}};

    create(1);
    create(2);
    create(3);
    ask(NF_PUT, SWITCH, SNMP);
    ask(NF_PUT, "/api/v1/devices/sw2",
        "{\"driver\":\"ios\",\"address\":\"10.0.0.3\"}");
    ask(NF_PUT, "/api/v1/devices/zbmc",
        "{\"driver\":\"ipmi\",\"address\":\"a\"}");
    show("sw1", first, 5);
    show("sw2", second, 1);
    ask(NF_PUT, "/api/v1/nodes/525400000003/port",
        "{\"switch\":\"sw2\",\"port\":\"Gi1\"}");
    ask(NF_PUT, "/api/v1/nodes/525400000002/port", AT("Eth5"));
}

static void
count(const char *what, unsigned wanted)
{
    unsigned n = 0;

    for (const char *at = answer.text; (at = strstr(at, what)) != NULL; at++) {
        n++;
    }
    if (n != wanted) {
        print_error("%s: %u times in %s\n", what, n, answer.text);
    }
    assert_int_equal(n, wanted);
}

#define LINKED(from, port, to, by)                                             \
    "{\"switch\":\"" from "\",\"port\":\"" port "\",\"to\":{" to               \
    "},\"by\":\"" by "\"}"
#define IS(kind, name) "\"kind\":\"" kind "\",\"name\":\"" name "\""
#define IS_NODE(n)     "\"kind\":\"node\",\"node\":\"52540000000" #n "\""

static void
the_topology_is_told(void **state)
{
    (void) state;
    ask(NF_GET, "/api/v1/topology", NULL);
    EXPECT(200, "{\"switches\":[],\"links\":[");
    make_fabric();
    ask(NF_GET, "/api/v1/topology", NULL);
    EXPECT(200, "{\"switches\":[{\"name\":\"sw1\",\"driver\":\"snmp\","
                "\"state\":\"unknown\",\"scanned_at\":\"");
    EXPECT(200, ",{\"name\":\"sw2\",\"driver\":\"ios\"");
    count("zbmc", 0);
    count(LINKED("sw1", "Eth1", IS_NODE(1), "mac"), 1);
    count(LINKED("sw1", "Eth2", IS("switch", "sw2"), "lldp"), 1);
    count(LINKED("sw1", "Eth3", IS("neighbor", "a \\\"b\\\\"), "lldp"), 1);
    count("\"port\":\"Eth4\"", 0); /* where node 2 is by hand counts */
    count(LINKED("sw1", "Eth5", IS_NODE(2), "hand"), 1);
    count(LINKED("sw2", "Gi1", IS_NODE(3), "hand"), 1);
    count("\"to\":", 5);
    ask(NF_GET, "/api/v1/topology?format=svg", NULL);
    EXPECT(400, "\"field\":\"format\"");
}

static void
the_topology_is_drawn(void **state)
{
    (void) state;
    make_fabric();
    assert_int_equal(ask(NF_DELETE, "/api/v1/nodes/525400000003/port", NULL),
                     204);
    ask(NF_GET, "/api/v1/topology?format=dot", NULL);
    EXPECT(200, "graph nodefoundry {\n");
    assert_string_equal(answer.call.type, "text/vnd.graphviz");
    count("  \"switch sw1\" [shape=box, label=\"sw1\"];\n", 1);
    count("  \"switch sw1\" -- \"node 525400000001\" [taillabel=\"Eth1\"];\n",
          1);
    count(
        "  \"neighbor a \\\"b\\\\\" [shape=diamond, label=\"a \\\"b\\\\\"];\n",
        1);
    count("\"switch sw1\" -- \"switch sw2\" [taillabel=\"Eth2\"];\n", 1);
    count("\"switch sw2\" -- ", 0); /* drawn from the other end */
    count("}\n", 1);
}

/* Over many buffers nothing is lost and nothing told twice. */
static void
a_large_topology_is_whole(void **state)
{
    enum {
        SWITCHES = 8,
        PORTS = 300
    };
    char device[16], path[64], body[96];
    struct shown *ports = calloc(PORTS, sizeof(*ports));
    char(*names)[32] = calloc(PORTS, sizeof(*names));

    (void) state;
    for (unsigned i = 0; i < PORTS; i++) {
        snprintf(names[i], sizeof(names[i]), "Ethernet%u", i);
        ports[i] = (struct shown){
            names[i],
            ",\"neighbor\":\"somebody with a name that is long\"",
            {},
            0};
    }
    for (unsigned i = 0; i < SWITCHES; i++) {
        snprintf(device, sizeof(device), "s%u", i);
        snprintf(path, sizeof(path), "/api/v1/devices/%s", device);
        snprintf(body, sizeof(body),
                 "{\"driver\":\"ios\",\"address\":\"10.0.0.%u\"}", i + 1);
        ask(NF_PUT, path, body);
        show(device, ports, PORTS);
    }
    ask(NF_GET, "/api/v1/topology", NULL);
    assert_int_equal(answer.call.status, 200);
    assert_true(answer.len > 2 * NF_STREAM_BUFFER);
    count("\"kind\":\"neighbor\"", SWITCHES * PORTS);
    count("\"port\":\"Ethernet299\"", SWITCHES);
    count("\"ports\":300}", SWITCHES);
    free(names);
    free(ports);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, site_make, site_drop)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_port_tells_whose_it_is),
        TEST(ports_are_listed_by_pages),
        TEST(a_page_of_long_ports_is_short),
        TEST(existing_clients_are_told_of_ports),
        TEST(a_node_is_found_where_it_was_seen),
        TEST(the_topology_is_told),
        TEST(the_topology_is_drawn),
        TEST(a_large_topology_is_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
