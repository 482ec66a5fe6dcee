/* Switches by eAPI: what they are asked, and what their answers say. */
#include "scratch.h"

#include "port/eapi.h"

static struct nf_port ports[NF_PORTS_MAX];
static struct nf_port_mac macs[NF_CLI_MACS_MAX];
static struct nf_switch_told told;
static char shown[65536];

static struct nf_eapi eapi = {
    .password = "s3cret \"\\x",
    .facts = {.ports = ports, .macs = macs},
};

static void
begin(enum nf_switch_verb verb, const char *port)
{
    struct nf_switch_ask ask = {.verb = verb};

    snprintf(ask.port, sizeof(ask.port), "%s", port);
    (void) nf_mac_parse(NF_TEXT("525400123456"), &ask.mac);
    assert_int_equal(nf_eapi_begin(&eapi, &ask), NF_SWITCH_FINE);
}

static bool
reply(const char *body)
{
    char *copy = strdup(body); /* of its size, so that its end shows */
    bool goes_on =
        nf_eapi_reply(&eapi, 200, (struct nf_text){copy, strlen(body)}, &told);

    free(copy);
    return goes_on;
}

static const char *
request(void)
{
    struct nf_out out = nf_out(shown, sizeof(shown) - 1);

    nf_eapi_request(&eapi, &out);
    assert_false(out.full);
    shown[out.len] = '\0';
    return shown;
}

static void
must_have(const char *text, const char *words)
{
    if (strstr(text, words) == NULL) {
        fail_msg("%s does not have %s", text, words);
    }
}

static void
must_be(size_t port, const char *json)
{
    struct nf_out out = nf_out(shown, sizeof(shown) - 1);

    assert_true(port < told.ports_n);
    nf_port_json(&told.ports[port], &out);
    shown[out.len] = '\0';
    assert_string_equal(shown, json);
}

/* --- requests ----------------------------------------------------------------
 */

#define HEAD                                                                   \
    "{\"jsonrpc\":\"2.0\",\"method\":\"runCmds\",\"params\":{\"version\":1,"
#define ENABLE "{\"cmd\":\"enable\",\"input\":\"s3cret \\\"\\\\x\"}"

static void
all_that_a_verb_asks_is_one_request(void **state)
{
    (void) state;
    begin(NF_SWITCH_PORT, "Et1/1");
    assert_string_equal(
        request(),
        HEAD "\"format\":\"json\",\"cmds\":[\"show interfaces Et1/1 status\","
             "\"show interfaces Et1/1 switchport\","
             "\"show mac address-table interface Et1/1\","
             "\"show lldp neighbors Et1/1 detail\",\"show spanning-tree\"]},"
             "\"id\":\"nf-bmc\"}");
    begin(NF_SWITCH_FIND, "");
    must_have(request(), "[\"show mac address-table address 5254.0012.3456\"]");
    begin(NF_SWITCH_SAVE, "");
    assert_string_equal(request(),
                        HEAD "\"format\":\"text\",\"cmds\":[" ENABLE
                             ",\"write memory\"]},\"id\":\"nf-bmc\"}");
}

static void
only_what_differs_is_changed(void **state)
{
    struct nf_port_config is = {
        .mode = NF_PORT_ACCESS, .vlan = 1, .admin = NF_PORT_UP};
    struct nf_port_config wanted = {
        .mode = NF_PORT_TRUNK, .vlan = 100, .admin = NF_PORT_UP};
    struct nf_switch_ask ask = {.verb = NF_SWITCH_SET,
                                .port = "Ethernet1",
                                .is = &is,
                                .wanted = &wanted};

    (void) state;
    nf_vlans_add(&wanted.tagged, 200, 202);
    snprintf(wanted.description, sizeof(wanted.description), "node \\ 7");
    assert_int_equal(nf_eapi_begin(&eapi, &ask), NF_SWITCH_FINE);
    assert_string_equal(request(),
                        HEAD "\"format\":\"json\",\"cmds\":[" ENABLE
                             ",\"configure\",\"interface Ethernet1\","
                             "\"switchport trunk native vlan 100\","
                             "\"switchport trunk allowed vlan 100,200-202\","
                             "\"switchport mode trunk\","
                             "\"description node \\\\ 7\",\"end\"]},"
                             "\"id\":\"nf-bmc\"}");
    ask.is = &wanted;
    assert_int_equal(nf_eapi_begin(&eapi, &ask), NF_SWITCH_FINE);
    must_have(request(), "\"interface Ethernet1\",\"end\"]");
}

static void
a_port_is_one_port(void **state)
{
    static const char *const names[] = {
        "Ethernet1-3", "Ethernet", "", "Ethernet1.100", "Vlan1", "Ethernet1 "};

    (void) state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct nf_switch_ask ask = {.verb = NF_SWITCH_PORT};
        snprintf(ask.port, sizeof(ask.port), "%s", names[i]);
        if (nf_eapi_begin(&eapi, &ask) != NF_SWITCH_NO_PORT) {
            fail_msg("\"%s\"", names[i]);
        }
    }
}

/* --- answers -----------------------------------------------------------------
 */

static const char all_ports[] =
    "{\"jsonrpc\":\"2.0\",\"id\":\"nf-bmc\",\"result\":["
    "{\"interfaceStatuses\":{"
    "\"Ethernet1\":{\"vlanInformation\":{\"interfaceMode\":\"bridged\","
    "\"vlanId\":7,\"interfaceForwardingModel\":\"bridged\"},\"bandwidth\":"
    "25000000000,\"description\":\"web \\u0007\\n1\",\"linkStatus\":"
    "\"connected\"},"
    "\"Ethernet2/1\":{\"vlanInformation\":{\"interfaceMode\":\"trunk\","
    "\"interfaceForwardingModel\":\"bridged\",\"vlanExplanation\":\"trunk\"},"
    "\"bandwidth\":0,\"description\":\"\",\"linkStatus\":\"notconnect\"},"
    "\"Ethernet3\":{\"vlanInformation\":{\"interfaceForwardingModel\":"
    "\"dataLink\",\"vlanExplanation\":\"in Po49\"},\"linkStatus\":"
    "\"errdisabled\"},"
    "\"Ethernet4\":{\"vlanInformation\":{\"interfaceForwardingModel\":"
    "\"routed\",\"interfaceMode\":\"routed\",\"vlanExplanation\":\"routed\"},"
    "\"linkStatus\":\"disabled\"},"
    "\"Ethernet5\":{},\"Ethernet6\":{\"linkStatus\":\"connected\"},"
    "\"Vlan7\":{\"linkStatus\":\"connected\"},\"Ethernet1.5\":{},\"\":{},"
    "\"Port-Channel49\":{\"linkStatus\":\"connected\"}}},"
    "{\"sourceDetail\":\"\",\"switchports\":{"
    "\"Ethernet1\":{\"enabled\":true,\"switchportInfo\":{\"mode\":\"access\","
    "\"accessVlanId\":7,\"trunkingNativeVlanId\":1,\"trunkAllowedVlans\":"
    "\"ALL\"}},"
    "\"Ethernet2/1\":{\"enabled\":true,\"switchportInfo\":{\"mode\":\"trunk\","
    "\"accessVlanId\":1,\"trunkingNativeVlanId\":100,\"trunkAllowedVlans\":"
    "\"5-7,100\",\"tpidStatus\":true}},"
    "\"Ethernet4\":{\"enabled\":false,\"switchportInfo\":{\"mode\":\"access\","
    "\"accessVlanId\":1}},"
    "\"Ethernet5\":{\"enabled\":true,\"switchportInfo\":{\"mode\":"
    "\"dot1qTunnel\",\"accessVlanId\":9}},"
    "\"Ethernet6\":{\"enabled\":true,\"switchportInfo\":{\"mode\":\"trunk\","
    "\"accessVlanId\":1,\"trunkingNativeVlanId\":1,\"trunkAllowedVlans\":"
    "\"NONE\"}},"
    "\"Ethernet99\":{\"enabled\":true}}},"
    "{\"portChannels\":{\"Port-Channel49\":{\"activePorts\":{\"Ethernet6\":"
    "{\"timeBecameActive\":1646592377.46}},\"inactivePorts\":{\"Ethernet77\":"
    "{}}}}},"
    "{\"unicastTable\":{\"tableEntries\":["
    "{\"macAddress\":\"52:54:00:12:34:56\",\"interface\":\"Ethernet1\","
    "\"vlanId\":7,\"entryType\":\"dynamic\",\"lastMove\":1.5,\"moves\":1},"
    "{\"macAddress\":\"52:54:00:12:34:57\",\"interface\":\"Port-Channel49\","
    "\"vlanId\":5000},"
    "{\"macAddress\":\"52:54:00:12:34:58\",\"interface\":\"Router\"},"
    "{\"macAddress\":\"x\",\"interface\":\"Ethernet1\"},7]},"
    "\"multicastTable\":{\"tableEntries\":[]}},"
    "{\"lldpNeighbors\":{\"Ethernet1\":{\"lldpNeighborInfo\":["
    "{\"chassisId\":\"0011.2233.4455\",\"systemName\":\"\","
    "\"systemCapabilities\":{\"bridge\":true,\"telephone\":true}}]},"
    "\"Ethernet2/1\":{\"lldpNeighborInfo\":[{\"systemName\":\"spine\","
    "\"systemCapabilities\":{\"bridge\":true,\"router\":false}}]},"
    "\"Ethernet4\":{\"lldpNeighborInfo\":[]}}},"
    "{\"spanningTreeInstances\":{\"MST0\":{\"interfaces\":{"
    "\"Ethernet1\":{\"state\":\"discarding\"},"
    "\"Ethernet2/1\":{\"state\":\"learning\"}}},"
    "\"MST1\":{\"interfaces\":{\"Ethernet1\":{\"state\":\"forwarding\"}}}}}"
    "]}";

static void
ports_with_all_that_is_told(void **state)
{
    (void) state;
    begin(NF_SWITCH_PORTS, "");
    assert_false(reply(all_ports));
    assert_int_equal(told.cause, NF_SWITCH_FINE);
    assert_int_equal(told.ports_n, 7);
    must_be(0, "{\"name\":\"Ethernet1\",\"mode\":\"access\",\"vlan\":7,"
               "\"admin\":\"up\",\"description\":\"web ? 1\",\"link\":\"up\","
               "\"forwards\":\"up\",\"mbps\":25000,\"macs\":1,"
               "\"neighbor\":\"0011.2233.4455\"}");
    assert_false(told.ports[0].is_bridge_behind);
    must_be(1, "{\"name\":\"Ethernet2/1\",\"mode\":\"trunk\",\"vlan\":100,"
               "\"tagged\":\"5-7\",\"admin\":\"up\",\"link\":\"down\","
               "\"forwards\":\"down\",\"macs\":0,\"neighbor\":\"spine\","
               "\"bridge\":true}");
    assert_true(told.ports[1].is_bridge_behind);
    must_be(2, "{\"name\":\"Ethernet3\",\"mode\":\"other\",\"admin\":\"up\","
               "\"link\":\"down\",\"forwards\":\"unknown\","
               "\"lag\":\"Port-Channel49\",\"macs\":0}");
    must_be(3, "{\"name\":\"Ethernet4\",\"mode\":\"other\",\"admin\":\"down\","
               "\"link\":\"down\",\"forwards\":\"unknown\",\"macs\":0}");
    must_be(4, "{\"name\":\"Ethernet5\",\"mode\":\"other\",\"vlan\":9,"
               "\"admin\":\"up\",\"link\":\"unknown\",\"forwards\":\"unknown\","
               "\"macs\":0}");
    must_be(5, "{\"name\":\"Ethernet6\",\"mode\":\"trunk\",\"admin\":\"up\","
               "\"link\":\"up\",\"forwards\":\"unknown\","
               "\"lag\":\"Port-Channel49\",\"macs\":0}");
    assert_int_equal(told.macs_n, 2);
    assert_int_equal(told.macs[1].vlan, 0);
    assert_int_equal(told.ports[6].macs, 1);
}

static void
an_address_and_vlans_are_found(void **state)
{
    struct nf_out out = nf_out(shown, sizeof(shown) - 1);

    (void) state;
    begin(NF_SWITCH_FIND, "");
    assert_false(reply(
        "{\"result\":[{\"unicastTable\":{\"tableEntries\":["
        "{\"macAddress\":\"52:54:00:12:34:57\",\"interface\":\"Ethernet1\"},"
        "{\"macAddress\":\"52:54:00:12:34:56\",\"vlanId\":7,"
        "\"interface\":\"Ethernet2\"}]}}]}"));
    assert_int_equal(told.macs_n, 1);
    assert_string_equal(told.macs[0].port, "Ethernet2");
    begin(NF_SWITCH_VLANS, "");
    assert_false(reply("{\"result\":[{\"vlans\":{\"1\":{\"status\":\"active\"},"
                       "\"100\":{},\"200\":{\"status\":\"suspended\"},"
                       "\"0\":{},\"5000\":{},\"x\":{}}}]}"));
    nf_vlans_print(&told.vlans, &out);
    shown[out.len] = '\0';
    assert_string_equal(shown, "1,100");
}

/* --- what a switch refuses ---------------------------------------------------
 */

static void
what_can_be_done_without_is_left_out(void **state)
{
    (void) state;
    begin(NF_SWITCH_PORT, "Ethernet1");
    assert_true(reply(
        "{\"error\":{\"code\":1000,\"message\":\"CLI command 4 of 5 'show lldp "
        "neighbors Ethernet1 detail' failed: could not run command\","
        "\"data\":[{},{},{},{\"errors\":[\"LLDP is not enabled\"]}]}}"));
    must_have(request(), "interface Ethernet1\",\"show spanning-tree\"]");
    assert_true(reply("{\"error\":{\"code\":1003,\"message\":\"x\",\"data\":"
                      "[{},{},{},{\"errors\":[\"unconverted\"]}]}}"));
    must_have(request(), "\"show mac address-table interface Ethernet1\"]");
    assert_false(reply(
        "{\"result\":[{\"interfaceStatuses\":{\"Ethernet1\":{\"linkStatus\":"
        "\"connected\"}}},{\"switchports\":{\"Ethernet1\":{\"enabled\":true,"
        "\"switchportInfo\":{\"mode\":\"access\",\"accessVlanId\":7}}}},{}]}"));
    must_be(0, "{\"name\":\"Ethernet1\",\"mode\":\"access\",\"vlan\":7,"
               "\"admin\":\"up\",\"link\":\"up\",\"forwards\":\"unknown\","
               "\"macs\":0}");
}

static void
a_port_whose_vlans_are_not_told_is_not_taken_for_routed(void **state)
{
    static const char refusal[] =
        "{\"error\":{\"code\":1000,\"data\":[{},{\"errors\":[\"busy\"]}]}}";

    (void) state;
    begin(NF_SWITCH_PORT, "Ethernet1");
    assert_true(reply(refusal));
    assert_false(reply(
        "{\"result\":[{\"interfaceStatuses\":{\"Ethernet1\":"
        "{\"vlanInformation\":{\"interfaceForwardingModel\":\"bridged\"}}}},"
        "{},{},{}]}"));
    assert_int_equal(told.cause, NF_SWITCH_REFUSED);
    assert_string_equal(told.words, "busy");
    begin(NF_SWITCH_PORT, "Ethernet1");
    assert_true(reply(refusal));
    assert_false(reply(
        "{\"result\":[{\"interfaceStatuses\":{\"Ethernet1\":"
        "{\"vlanInformation\":{\"interfaceForwardingModel\":\"routed\"}}}},"
        "{},{},{}]}"));
    assert_int_equal(told.cause, NF_SWITCH_FINE);
}

/* clang-format off */
static const struct {
    enum nf_switch_verb verb;
    const char *body;
    enum nf_switch_cause cause;
    const char *words;
} failures[] = {
    {NF_SWITCH_VLANS, "", NF_SWITCH_MALFORMED, "not JSON"},
    {NF_SWITCH_VLANS, "[]", NF_SWITCH_MALFORMED, "not JSON"},
    {NF_SWITCH_VLANS, "{}", NF_SWITCH_MALFORMED, "not an eAPI answer"},
    {NF_SWITCH_VLANS, "{\"result\":[]}", NF_SWITCH_MALFORMED, "no result"},
    {NF_SWITCH_VLANS, "{\"result\":[7]}", NF_SWITCH_MALFORMED, "no result"},
    {NF_SWITCH_VLANS, "{\"result\":[{},{}]}", NF_SWITCH_MALFORMED,
     "to no command"},
    {NF_SWITCH_PORTS, "{\"result\":[{},{},{},{},{},{}]}", NF_SWITCH_MALFORMED,
     "no ports"},
    {NF_SWITCH_VLANS, "{\"error\":{\"code\":1002,\"data\":[{\"errors\":["
     "\"Invalid input\"]}]}}", NF_SWITCH_UNSUPPORTED, "Invalid input"},
    {NF_SWITCH_VLANS, "{\"error\":{\"code\":1005,\"message\":\"denied\"}}",
     NF_SWITCH_PRIVILEGE, "denied"},
    {NF_SWITCH_VLANS, "{\"error\":{\"code\":-32601,\"message\":\"m\"}}",
     NF_SWITCH_UNSUPPORTED, "m"},
    {NF_SWITCH_VLANS, "{\"error\":{}}", NF_SWITCH_REFUSED, ""},
    {NF_SWITCH_VLANS, "{\"error\":{\"message\":\"in: s3cret \\\"\\\\x.\"}}",
     NF_SWITCH_REFUSED, ""},
    {NF_SWITCH_PORT, "{\"error\":{\"code\":1002,\"data\":[{}]}}",
     NF_SWITCH_NO_PORT, ""},
    {NF_SWITCH_PORT, "{\"error\":{\"code\":1000,\"data\":[{\"errors\":["
     "\"Interface does not exist\"]}]}}", NF_SWITCH_NO_PORT, "does not exist"},
    {NF_SWITCH_PORT, "{\"error\":{\"code\":1000,\"data\":[{}]}}",
     NF_SWITCH_REFUSED, ""},
    {NF_SWITCH_PORT, "{\"result\":[{},{},{},{},{}]}", NF_SWITCH_NO_PORT, ""},
    {NF_SWITCH_SET, "{\"error\":{\"code\":1002,\"data\":[{}]}}",
     NF_SWITCH_PRIVILEGE, ""},
    {NF_SWITCH_SET, "{\"error\":{\"code\":1000,\"data\":[{},{\"errors\":["
     "\"locked\"]}]}}", NF_SWITCH_BUSY, "locked"},
    {NF_SWITCH_SET, "{\"error\":{\"code\":1002,\"data\":[{},{},{}]}}",
     NF_SWITCH_NO_PORT, ""},
    {NF_SWITCH_SET, "{\"error\":{\"code\":1002,\"data\":[{},{},{},{\"errors\":"
     "[\"a\",7,\"b\"]}]}}", NF_SWITCH_REFUSED, "a; b"},
    {NF_SWITCH_SET, "{\"error\":{\"code\":1005,\"data\":[{},{}]}}",
     NF_SWITCH_PRIVILEGE, ""},
    {NF_SWITCH_SET, "{\"result\":[]}", NF_SWITCH_FINE, ""},
    {NF_SWITCH_SAVE, "{\"result\":[{},{\"output\":\"Copy completed "
     "successfully.\\n\"}]}", NF_SWITCH_FINE, ""},
    {NF_SWITCH_SAVE, "{\"result\":[{},{\"output\":\"\"}]}", NF_SWITCH_FINE, ""},
    {NF_SWITCH_SAVE, "{\"result\":[{},{\"output\":\"% Error: no space\"}]}",
     NF_SWITCH_REFUSED, "no space"},
    {NF_SWITCH_SAVE, "{\"result\":[{}]}", NF_SWITCH_MALFORMED, "no result"},
};
/* clang-format on */

static void
failures_have_a_cause_and_words(void **state)
{
    static const struct nf_port_config config = {.mode = NF_PORT_ACCESS};

    (void) state;
    for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
        struct nf_switch_ask ask = {.verb = failures[i].verb,
                                    .port = "Ethernet1",
                                    .is = &config,
                                    .wanted = &config};
        assert_int_equal(nf_eapi_begin(&eapi, &ask), NF_SWITCH_FINE);
        assert_false(reply(failures[i].body));
        if (told.cause != failures[i].cause
            || strstr(told.words, failures[i].words) == NULL
            || (failures[i].words[0] == '\0' && told.words[0] != '\0'))
        {
            fail_msg("row %zu: %s, %s", i, nf_switch_causes[told.cause],
                     told.words);
        }
    }
}

static void
statuses_of_http_have_a_cause(void **state)
{
    static const struct {
        unsigned status;
        enum nf_switch_cause cause;
    } rows[] = {
        {401, NF_SWITCH_WRONG_PASSWORD}, {403, NF_SWITCH_PRIVILEGE},
        {404, NF_SWITCH_UNSUPPORTED},    {500, NF_SWITCH_MALFORMED},
        {503, NF_SWITCH_BUSY},
    };

    (void) state;
    begin(NF_SWITCH_VLANS, "");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_false(
            nf_eapi_reply(&eapi, rows[i].status, NF_TEXT("<html>"), &told));
        assert_int_equal(told.cause, rows[i].cause);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_that_a_verb_asks_is_one_request),
        cmocka_unit_test(only_what_differs_is_changed),
        cmocka_unit_test(a_port_is_one_port),
        cmocka_unit_test(ports_with_all_that_is_told),
        cmocka_unit_test(an_address_and_vlans_are_found),
        cmocka_unit_test(what_can_be_done_without_is_left_out),
        cmocka_unit_test(
            a_port_whose_vlans_are_not_told_is_not_taken_for_routed),
        cmocka_unit_test(failures_have_a_cause_and_words),
        cmocka_unit_test(statuses_of_http_have_a_cause),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
