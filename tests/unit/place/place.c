/* Which port of which switch a node is at. */
#include "world.h"

#include "change/device.h"
#include "change/link.h"
#include "place/place.h"
#include "store/devices.h"
#include "store/hardware.h"
#include "store/ports.h"

static void
put_device(const char *name, enum nf_managed_driver driver)
{
    struct nf_managed_device device = {.driver = (uint8_t) driver};
    bool is_new;

    snprintf(device.name, sizeof(device.name), "%s", name);
    snprintf(device.address, sizeof(device.address), "%s.example", name);
    assert_int_equal(CHANGE(nf_change_device_put(&c, &device, &is_new)), NF_OK);
}

static void
put_node(unsigned n, unsigned other)
{
    struct nf_node_edit edit = {
        .node = {.mac = mac_of(n), .macs = {mac_of(other)}, .macs_n = 1},
        .has = NF_HAS_MAC | NF_HAS_MACS};

    assert_int_equal(CHANGE(nf_change_node_create(&c, &edit)), NF_OK);
}

static int
make_switches(void **state)
{
    (void) world_make(state);
    put_device("sw1", NF_MANAGED_IOS);
    put_device("sw2", NF_MANAGED_NXOS);
    put_device("bmc-1", NF_MANAGED_REDFISH);
    put_node(1, 2);
    return 0;
}

/* what: further members of the port's JSON. */
static void
see(const char *device, const char *port, const char *what, unsigned n)
{
    nf_mac_t mac = mac_of(n);
    char json[256];
    NF_WRITE(w, world.s.store);

    snprintf(json, sizeof(json),
             "{\"name\":\"%s\",\"mode\":\"access\",\"vlan\":1%s}", port, what);
    assert_true(nf_ports_put(&w, device, port, nf_text(json), &mac, n > 0,
                             world.now++));
    assert_int_equal(nf_write_commit(&w), NF_OK);
}

static void
report(const char *nics)
{
    char json[512];
    NF_WRITE(w, world.s.store);

    snprintf(json, sizeof(json), "{\"nics\":[%s]}", nics);
    struct nf_hardware hardware = {.reported_at = 1, .json = nf_text(json)};
    assert_true(nf_hardware_put(&w, mac_of(1), &hardware));
    assert_int_equal(nf_write_commit(&w), NF_OK);
}

static const char *
said(enum nf_place place, const struct nf_port_link *link, struct nf_out *out)
{
    static char text[512];

    out->data[out->len] = '\0';
    if (place != NF_PLACE_FOUND) {
        return out->data;
    }
    snprintf(text, sizeof(text), "%s %s by %s", link->device, link->port,
             nf_link_ways[link->by]);
    return text;
}

static const char *
found(enum nf_place *place)
{
    static char words[512];
    struct nf_out out = nf_out(words, sizeof(words) - 1);
    struct nf_port_link link;
    NF_READ(r, world.s.store);

    *place = nf_place_find(&r, mac_of(1), &link, &out);
    assert_int_equal(r.err, NF_OK);
    return said(*place, &link, &out);
}

#define PLACE(kind, words)                                                     \
    do {                                                                       \
        enum nf_place place;                                                   \
        assert_string_equal(found(&place), words);                             \
        assert_int_equal(place, kind);                                         \
    } while (0)

static void
an_address_leads_to_its_port(void **state)
{
    (void) state;
    PLACE(NF_PLACE_NONE, "no switch has learnt 52:54:00:00:00:01");
    see("sw1", "Gi1/0/1", "", 1);
    PLACE(NF_PLACE_FOUND, "sw1 Gi1/0/1 by mac");
    see("sw1", "Gi1/0/9", "", 7);
    PLACE(NF_PLACE_FOUND, "sw1 Gi1/0/1 by mac");
}

static void
another_card_leads_there_too(void **state)
{
    (void) state;
    see("sw1", "Gi1/0/2", "", 2);
    PLACE(NF_PLACE_FOUND, "sw1 Gi1/0/2 by mac");
}

/* A server has cards at two switches, and boots by one. */
static void
the_card_that_it_boots_by_decides(void **state)
{
    (void) state;
    see("sw1", "Gi1/0/1", "", 1);
    see("sw2", "Eth4", "", 2);
    PLACE(NF_PLACE_FOUND, "sw1 Gi1/0/1 by mac");
    report("{\"mac\":\"52:54:00:00:00:02\",\"lldp\":{\"switch\":\"sw1\","
           "\"port\":\"Gi1/0/2\"}},{\"mac\":\"52:54:00:00:00:01\",\"lldp\":"
           "{\"switch\":\"sw2\",\"port\":\"Eth4\"}}");
    PLACE(NF_PLACE_FOUND, "sw2 Eth4 by lldp");
}

static void
two_ports_are_both_named(void **state)
{
    (void) state;
    see("sw1", "Gi1/0/1", "", 1);
    see("sw2", "Eth4", "", 1);
    PLACE(NF_PLACE_TWO, "two ports can be the machine's own: Gi1/0/1 of sw1 "
                        "and Eth4 of sw2");
}

static void
uplinks_are_no_candidates(void **state)
{
    (void) state;
    see("sw2", "Eth48", ",\"macs\":9", 1);
    PLACE(NF_PLACE_UPLINK, "no port can be the machine's own: Eth48 of sw2 is "
                           "a port with many addresses behind it");
    see("sw1", "Gi1/0/24", ",\"bridge\":true", 1);
    see("sw1", "Gi1/0/1", "", 1);
    PLACE(NF_PLACE_FOUND, "sw1 Gi1/0/1 by mac");
}

static void
a_switch_that_is_no_device_any_more_says_nothing(void **state)
{
    (void) state;
    see("sw3", "Gi1/0/1", "", 1);
    see("bmc-1", "Gi1/0/1", "", 1);
    PLACE(NF_PLACE_NONE, "no switch has learnt 52:54:00:00:00:01");
}

static void
where_it_was_last_counts_when_it_is_nowhere(void **state)
{
    (void) state;
    see("sw1", "Gi1/0/1", "", 1);
    see("sw1", "Gi1/0/1", "", 0);
    PLACE(NF_PLACE_FOUND, "sw1 Gi1/0/1 by mac");
    see("sw1", "Gi1/0/3", "", 1);
    see("sw1", "Gi1/0/3", "", 0);
    PLACE(NF_PLACE_FOUND, "sw1 Gi1/0/3 by mac");
    see("sw2", "Eth4", "", 1);
    see("sw2", "Eth4", "", 0);
    PLACE(NF_PLACE_TWO, "two ports can be the machine's own: Gi1/0/3 of sw1 "
                        "and Eth4 of sw2");
    see("sw2", "Eth5", "", 1);
    PLACE(NF_PLACE_FOUND, "sw2 Eth5 by mac");
}

static void
what_the_switch_told_it_goes_before(void **state)
{
    (void) state;
    see("sw2", "Eth4", "", 1);
    report("{\"name\":\"a\",\"mac\":\"525400000001\",\"lldp\":{\"switch\":"
           "\"SW1.example.org\",\"port\":\"GigabitEthernet1/0/7\"}}");
    PLACE(NF_PLACE_FOUND, "sw1 GigabitEthernet1/0/7 by lldp");
    see("sw1", "Gi1/0/7", "", 0);
    PLACE(NF_PLACE_FOUND, "sw1 Gi1/0/7 by lldp");
    report("{\"lldp\":{\"switch\":\"sw1\",\"port\":\"7\","
           "\"port_description\":\"Gi1/0/7\"}}");
    PLACE(NF_PLACE_FOUND, "sw1 Gi1/0/7 by lldp");
    report("{\"lldp\":{\"switch\":\"sw1\",\"port\":\"nothing\"}},"
           "{\"lldp\":{\"switch\":\"sw9\",\"port\":\"Gi1/0/7\"}},{}");
    PLACE(NF_PLACE_FOUND, "sw2 Eth4 by mac");
    report("{\"lldp\":{\"switch\":\"sw1\",\"port\":\"Gi1/0/7\"}},"
           "{\"lldp\":{\"switch\":\"sw2\",\"port\":\"Eth4\"}}");
    PLACE(NF_PLACE_TWO, "two ports can be the machine's own: Gi1/0/7 of sw1 "
                        "and Eth4 of sw2");
}

static void
a_person_goes_before_all(void **state)
{
    struct nf_port_link link = {
        .node = mac_of(1), .device = "sw2", .port = "Ethernet9"};
    bool is_new;

    (void) state;
    see("sw1", "Gi1/0/1", "", 1);
    see("sw2", "Eth9", "", 7);
    report("{\"lldp\":{\"switch\":\"sw1\",\"port\":\"Gi1/0/1\"}}");
    assert_int_equal(CHANGE(nf_change_link_put(&c, &link, &is_new)), NF_OK);
    PLACE(NF_PLACE_FOUND, "sw2 Eth9 by hand");
}

static const char *
named(const char *name, enum nf_place *place)
{
    static char words[512];
    struct nf_out out = nf_out(words, sizeof(words) - 1);
    struct nf_port_link link;
    NF_READ(r, world.s.store);

    *place = nf_place_named(&r, mac_of(1), nf_text(name), &link, &out);
    assert_int_equal(r.err, NF_OK);
    return said(*place, &link, &out);
}

#define NAMED(kind, name, words)                                               \
    do {                                                                       \
        enum nf_place place;                                                   \
        assert_string_equal(named(name, &place), words);                       \
        assert_int_equal(place, kind);                                         \
    } while (0)

static void
a_task_may_name_the_port(void **state)
{
    (void) state;
    see("sw2", "Eth 1/1", "", 0);
    NAMED(NF_PLACE_FOUND, "sw1 Gi1/0/1", "sw1 Gi1/0/1 by hand");
    NAMED(NF_PLACE_FOUND, "sw2 Ethernet1/1", "sw2 Eth 1/1 by hand");
    NAMED(NF_PLACE_NONE, "Eth 1/1",
          "the task does not say which switch Eth 1/1 belongs to");
    NAMED(NF_PLACE_NONE, "", "the task's switch.port is not a port name");
    see("sw2", "Eth4", "", 1);
    NAMED(NF_PLACE_FOUND, "Eth 1/1", "sw2 Eth 1/1 by hand");
    see("sw2", "Eth4", "", 0);
    assert_int_equal(CHANGE(nf_change_device_delete(&c, "sw2")), NF_OK);
    NAMED(NF_PLACE_FOUND, "Gi1/0/1", "sw1 Gi1/0/1 by hand");
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, make_switches, world_drop)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_address_leads_to_its_port),
        TEST(another_card_leads_there_too),
        TEST(the_card_that_it_boots_by_decides),
        TEST(two_ports_are_both_named),
        TEST(uplinks_are_no_candidates),
        TEST(a_switch_that_is_no_device_any_more_says_nothing),
        TEST(where_it_was_last_counts_when_it_is_nowhere),
        TEST(what_the_switch_told_it_goes_before),
        TEST(a_person_goes_before_all),
        TEST(a_task_may_name_the_port),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
