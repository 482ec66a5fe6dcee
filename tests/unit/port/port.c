/* Ports of switches: their names, VLANs, differences, and whose a machine's
 * is. */
#include "scratch.h"

#include "port/port.h"

static char words[1024];

static struct nf_vlans
vlans_of(const char *text)
{
    struct nf_vlans vlans = {{0}};

    assert_true(nf_vlans_parse(nf_text(text), &vlans));
    return vlans;
}

static const char *
printed(const struct nf_vlans *vlans)
{
    struct nf_out out = nf_out(words, sizeof(words) - 1);

    nf_vlans_print(vlans, &out);
    words[out.len] = '\0';
    return words;
}

static void
a_set_of_vlans_is_read_and_printed(void **state)
{
    static const char *const rows[][2] = {
        {"", ""},
        {"none", ""},
        {"1", "1"},
        {"all", "1-4094"},
        {"4094", "4094"},
        {"7,5,6", "5-7"},
        {"1, 3 - 4 ,9", "1,3-4,9"},
        {" 10-20 ", "10-20"},
        {"1-63,64-127", "1-127"},
    };
    static const char *const wrong[] = {"0",    "4095", "1-", "-1", "5-3",
                                        "1,,2", "1,",   "x",  "1 2"};
    struct nf_vlans vlans;

    (void) state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        vlans = vlans_of(rows[i][0]);
        assert_string_equal(printed(&vlans), rows[i][1]);
    }
    vlans = vlans_of("42");
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        if (nf_vlans_parse(nf_text(wrong[i]), &vlans)) {
            fail_msg("%s was taken", wrong[i]);
        }
        assert_string_equal(printed(&vlans), "42");
    }
    nf_vlans_remove(&vlans, 42);
    nf_vlans_remove(&vlans, 70000);
    assert_int_equal(nf_vlans_count(&vlans), 0);
    assert_false(nf_vlans_has(&vlans, 70000));
}

static void
a_name_may_be_shortened(void **state)
{
    static const char *const same[][2] = {
        {"Gi1/0/1", "GigabitEthernet1/0/1"},
        {"gi 1/0/1", "GigabitEthernet1/0/1"},
        {"Eth1/1", "Ethernet1/1"},
        {"Et1", "Ethernet1"},
        {"GE1/0/1", "GigabitEthernet1/0/1"},
        {"XGE0/0/1", "XGigabitEthernet0/0/1"},
        {"XGE1/0/1", "Ten-GigabitEthernet1/0/1"},
        {"25GE1/0/1", "25GE1/0/1"},
        {"Po10", "port-channel10"},
        {"swp1", "swp1"},
    };
    static const char *const other[][2] = {
        {"Gi1/0/1", "Gi1/0/11"},
        {"Te1/0/1", "TwentyFiveGigE1/0/1"},
        {"Tw1/0/1", "Twe1/0/1"},
        {"Tw1/0/1", "TwentyFiveGigE1/0/1"},
        {"Gi1/0/1", "Te1/0/1"},
        {"Fa0/1", "Fo0/1"},
        {"1", "2"},
        {"", "Gi1"},
    };

    (void) state;
    for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
        assert_true(nf_port_is_named(nf_text(same[i][0]), nf_text(same[i][1])));
        assert_true(nf_port_is_named(nf_text(same[i][1]), nf_text(same[i][0])));
    }
    for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++) {
        if (nf_port_is_named(nf_text(other[i][0]), nf_text(other[i][1]))) {
            fail_msg("%s is not %s", other[i][0], other[i][1]);
        }
    }
}

static void
a_difference_is_told_in_words(void **state)
{
    struct nf_port_config was = {.mode = NF_PORT_TRUNK,
                                 .vlan = 1,
                                 .tagged = vlans_of("10,20-22"),
                                 .admin = NF_PORT_UP,
                                 .description = "server 7"};
    struct nf_port_config is = {.mode = NF_PORT_ACCESS,
                                .vlan = 100,
                                .admin = NF_PORT_DOWN,
                                .description = "a \"b\""};
    struct nf_out out = nf_out(words, sizeof(words) - 1);

    (void) state;
    assert_true(nf_port_config_equal(&was, &was));
    assert_false(nf_port_config_equal(&is, &was));
    nf_port_config_difference(&is, &was, &out);
    words[out.len] = '\0';
    assert_string_equal(words,
                        "mode is access, not trunk; VLAN is 100, not 1; tagged "
                        "VLANs are , not 10,20-22; it is down, not up; "
                        "description is \"a \\\"b\\\"\", not \"server 7\"");
}

static int
find(const struct nf_port_sighting *seen, size_t n)
{
    struct nf_out out = nf_out(words, sizeof(words) - 1);
    int found = nf_port_find_edge(seen, n, 4, &out);

    words[out.len] = '\0';
    return found;
}

static void
a_machine_is_at_the_only_port_that_is_an_edge(void **state)
{
    static const struct nf_port edge = {.name = "Gi1/0/7", .macs = 2},
                                second = {.name = "Gi1/0/8", .macs = 1},
                                busy = {.name = "Gi1/0/48", .macs = 300},
                                lag = {.name = "Gi1/0/47", .lag = "Po1"},
                                bridge = {.name = "Te1/1/1",
                                          .is_bridge_behind = true};
    const struct nf_port_sighting one[] = {
        {"core", &busy}, {"leaf-1", &edge}, {"leaf-2", &lag}};
    const struct nf_port_sighting two[] = {{"leaf-1", &edge},
                                           {"leaf-2", &second}};
    const struct nf_port_sighting none[] = {{"core", &busy},
                                            {"leaf-2", &bridge}};

    (void) state;
    assert_int_equal(find(one, 3), 1);
    assert_string_equal(words, "");
    assert_int_equal(find(two, 2), -1);
    assert_string_equal(words, "two ports can be the machine's own: Gi1/0/7 of "
                               "leaf-1 and Gi1/0/8 of leaf-2");
    assert_int_equal(find(none, 2), -1);
    assert_string_equal(words,
                        "no port can be the machine's own: Gi1/0/48 of core is "
                        "a port with many addresses behind it, Te1/1/1 of "
                        "leaf-2 is a link to another switch");
    assert_int_equal(find(NULL, 0), -1);
    assert_string_equal(words, "no switch has learnt the address");
}

static void
a_port_is_shown_as_json(void **state)
{
    const struct nf_port port = {.name = "Gi1/0/7",
                                 .config = {.mode = NF_PORT_TRUNK,
                                            .vlan = 1,
                                            .tagged = vlans_of("10-12"),
                                            .admin = NF_PORT_UP,
                                            .description = "x"},
                                 .link = NF_PORT_UP,
                                 .mbps = 1000,
                                 .macs = 1};
    struct nf_out out = nf_out(words, sizeof(words) - 1);

    (void) state;
    nf_port_json(&port, &out);
    words[out.len] = '\0';
    assert_string_equal(words,
                        "{\"name\":\"Gi1/0/7\",\"mode\":\"trunk\","
                        "\"vlan\":1,\"tagged\":\"10-12\",\"admin\":\"up\","
                        "\"description\":\"x\",\"link\":\"up\","
                        "\"forwards\":\"unknown\",\"mbps\":1000,\"macs\":1}");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_set_of_vlans_is_read_and_printed),
        cmocka_unit_test(a_name_may_be_shortened),
        cmocka_unit_test(a_difference_is_told_in_words),
        cmocka_unit_test(a_machine_is_at_the_only_port_that_is_an_edge),
        cmocka_unit_test(a_port_is_shown_as_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
