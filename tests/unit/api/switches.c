/* Switches as devices, what they log in with, and which nodes are at them. */
#include "site.h"

#include "change/link.h"
#include "change/switch.h"
#include "store/credentials.h"
#include "store/links.h"
#include "store/ports.h"

#define SWITCH     "/api/v1/devices/sw1"
#define SET        "/api/v1/credentials/lab"
#define LINK       "/api/v1/nodes/525400000001/port"
#define HASH       "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU"
#define SNMP(more) "{\"driver\":\"snmp\",\"address\":\"10.0.0.2\"" more "}"
#define AT(port)   "{\"switch\":\"sw1\",\"port\":\"" port "\"}"

struct row {
    const char *path, *body;
    unsigned status;
    const char *words;
};

static void
check(const struct row rows[], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        ask(rows[i].body == NULL ? NF_DELETE : NF_PUT, rows[i].path,
            rows[i].body);
        EXPECT(rows[i].status, rows[i].words);
    }
}
#define CHECK(rows) check(rows, sizeof(rows) / sizeof((rows)[0]))

/* --- devices -----------------------------------------------------------------
 */

static void
each_driver_has_its_pin(void **state)
{
#define D(name, driver, pin)                                                   \
    "/api/v1/devices/" name, "{\"driver\":\"" driver "\",\"address\":\"" name  \
                             "\",\"pin\":\"" pin "\"}"
    static const struct row rows[] = {
        {D("a", "ios", "SHA256:" HASH), 201, "\"kind\":\"switch\""},
        {D("b", "nxos", "SHA256:" HASH), 201, "\"driver\":\"nxos\""},
        {D("c", "vrp", "SHA256:" HASH), 201, "\"pin\":\"SHA256:" HASH "\""},
        {D("d", "comware", "SHA256:" HASH), 201, ""},
        {D("e", "eapi", "sha256//" HASH "="), 201, "\"kind\":\"switch\""},
        {D("f", "redfish", "sha256//" HASH "="), 201, "\"kind\":\"bmc\""},
        {D("g", "snmp", "SHA256:" HASH), 400, "checks no key"},
        {D("g", "ipmi", "sha256//" HASH "="), 400, "checks no key"},
        {D("g", "ios", "sha256//" HASH "="), 400, "SHA256:..."},
        {D("g", "ios", "SHA256:" HASH "="), 400, "SHA256:..."},
        {D("g", "ios", "SHA256:x"), 400, "SHA256:..."},
        {D("g", "ios", "SHA256:"), 400, "SHA256:..."},
        {D("g", "ios", "SHA256:" HASH " "), 400, "\"field\":\"pin\""},
        {D("g", "eapi", "SHA256:" HASH), 400, "sha256//..."},
        {D("g", "eapi", "sha256//" HASH), 400, "sha256//..."},
        {D("g", "redfish", "sha256//" HASH "=="), 400, "sha256//..."},
    };

    (void) state;
    CHECK(rows);
}

static void
a_switch_is_no_nodes_own(void **state)
{
    (void) state;
    create(1);
    ask(NF_PUT, SWITCH, SNMP(",\"node\":\"525400000001\""));
    EXPECT(400, "\"field\":\"node\"");
    EXPECT(400, "`nf port link 525400000001 SWITCH PORT`");
}

static void
devices_are_listed_by_kind(void **state)
{
    (void) state;
    ask(NF_PUT, SWITCH, SNMP(""));
    ask(NF_PUT, "/api/v1/devices/sw2",
        "{\"driver\":\"ios\",\"address\":\"10.0.0.3\"}");
    ask(NF_PUT, "/api/v1/devices/zbmc",
        "{\"driver\":\"ipmi\",\"address\":\"10.0.0.4\"}");
    ask(NF_GET, "/api/v1/devices?kind=bmc", NULL);
    EXPECT(200, "[{\"name\":\"zbmc\"");
    ask(NF_GET, "/api/v1/devices?kind=switch&limit=1", NULL);
    EXPECT(200, "[{\"name\":\"sw1\"");
    assert_null(strstr(answer.text, "sw2"));
    assert_true(text_is(answer.call.link,
                        "</api/v1/devices?limit=1&after=sw1&kind=switch>; "
                        "rel=\"next\""));
    ask(NF_GET, "/api/v1/devices?kind=switch&limit=1&after=sw1", NULL);
    EXPECT(200, "[{\"name\":\"sw2\"");
    assert_int_equal(answer.call.link.len, 0);
    ask(NF_GET, "/api/v1/devices?kind=router", NULL);
    EXPECT(400, "\"field\":\"kind\"");
}

/* --- credential sets ---------------------------------------------------------
 */

static void
a_community_has_no_user(void **state)
{
    static const struct row rows[] = {
        {SET, "{\"password\":\"public\"}", 201, "\"name\":\"lab\",\"origin\""},
        {SET, "{\"user\":\"\",\"password\":\"public\"}", 200, ""},
        {SWITCH, SNMP(",\"credentials\":\"lab\""), 201, ""},
        {"/api/v1/devices/x",
         "{\"driver\":\"ipmi\",\"address\":\"a\",\"credentials\":\"lab\"}", 409,
         "has no user, and the driver ipmi needs one"},
        {"/api/v1/devices/x",
         "{\"driver\":\"ios\",\"address\":\"a\",\"credentials\":\"lab\"}", 409,
         "has no user, and the driver ios needs one"},
        {SET, "{\"user\":\"u\",\"password\":\"public\"}", 200,
         "\"user\":\"u\""},
        {"/api/v1/devices/x",
         "{\"driver\":\"ios\",\"address\":\"a\",\"credentials\":\"lab\"}", 201,
         ""},
        {SET, "{\"password\":\"public\"}", 409, "is required by x"},
    };

    (void) state;
    CHECK(rows);
}

#define V3(more)                                                               \
    "{\"user\":\"u\",\"password\":\"auth-s3cret\",\"auth\":\"SHA-256\","       \
    "\"priv\":\"AES\"" more "}"
#define PRIV ",\"priv_password\":\"priv-s3cret\""

static bool
open_priv(char password[static NF_CREDENTIAL_PASSWORD])
{
    NF_READ(r, world.s.store);

    return nf_credentials_open_priv(&r, site.key, "lab", password);
}

static void
snmp_v3_has_two_passwords(void **state)
{
    char password[NF_CREDENTIAL_PASSWORD];
    static const struct row rows[] = {
        {SET, V3(""), 400, "\"field\":\"priv_password\""},
        {SET, V3(",\"priv_password\":\"short\""), 400, "8 bytes"},
        {SET, V3(",\"user\":\"\"" PRIV), 400, ""},
        {SET, "{\"user\":\"u\",\"password\":\"12345678\",\"auth\":\"SHA\"}",
         400, "\"field\":\"priv\""},
        {SET, "{\"user\":\"u\",\"password\":\"12345678\",\"priv\":\"AES\"}",
         400, "\"field\":\"auth\""},
        {SET, "{\"user\":\"u\",\"password\":\"12345678\"" PRIV "}", 400,
         "requires auth and priv"},
        {SET, "{\"user\":\"u\",\"password\":\"12345678\",\"auth\":\"ROT13\"}",
         400, "\"field\":\"auth\""},
        {SET, V3(PRIV), 201, "\"auth\":\"SHA-256\",\"priv\":\"AES\""},
    };

    (void) state;
    CHECK(rows);
    assert_null(strstr(answer.text, "s3cret"));
    assert_true(open_priv(password));
    assert_string_equal(password, "priv-s3cret");
    ask(NF_PUT, SET, "{\"user\":\"v\",\"auth\":\"SHA\",\"priv\":\"AES\"}");
    EXPECT(200, "\"user\":\"v\",\"auth\":\"SHA\"");
    assert_true(open_priv(password));
    assert_string_equal(password, "priv-s3cret");
    ask(NF_GET, "/api/v1/events", NULL);
    assert_null(strstr(answer.text, "s3cret"));
}

static void
its_second_password_goes_with_it(void **state)
{
    char password[NF_CREDENTIAL_PASSWORD];

    (void) state;
    ask(NF_PUT, SET, V3(PRIV));
    ask(NF_PUT, SET, "{\"user\":\"u\"}"); /* SNMPv3 no more */
    EXPECT(200, "\"user\":\"u\",\"origin\"");
    assert_false(open_priv(password));
    ask(NF_PUT, SET, V3(""));
    EXPECT(400, "\"field\":\"priv_password\"");
    ask(NF_PUT, SET, V3(PRIV));
    assert_true(open_priv(password));
    assert_int_equal(ask(NF_DELETE, SET, NULL), 204);
    assert_false(open_priv(password));
}

/* --- links -------------------------------------------------------------------
 */

static void
a_node_is_linked_to_a_port(void **state)
{
    char tag[32];
    static const struct row before[] = {
        {LINK, AT("Gi1/0/1"), 404, "\"field\":\"switch\""},
        {SWITCH, SNMP(""), 201, ""},
        {"/api/v1/devices/bmc", "{\"driver\":\"ipmi\",\"address\":\"a\"}", 201,
         ""},
        {LINK, "{\"switch\":\"bmc\",\"port\":\"1\"}", 400, "is a BMC"},
        {LINK, "{\"switch\":\"sw1\"}", 400, "\"field\":\"port\""},
        {LINK, AT("Gi1\\n/0"), 400, "\"field\":\"port\""},
        {LINK, AT("Gi1;reload"), 400, "\"field\":\"port\""},
        {LINK, AT("Gi1/0/1"), 201, "\"port\":\"Gi1/0/1\",\"by\":\"hand\""},
        {LINK, AT("Gi1/0/1"), 200, "\"switch\":\"sw1\""},
        {"/api/v1/nodes/525400000002/port", AT("Gi1/0/1"), 409,
         "is the port of the node 525400000001"},
        {"/api/v1/nodes/525400000009/port", AT("Gi1/0/1"), 404, ""},
    };
    static const struct row after[] = {
        {SWITCH, NULL, 409, "the node 525400000001 is linked to a port of it"},
        {SWITCH, "{\"driver\":\"ipmi\",\"address\":\"10.0.0.2\"}", 409,
         "\"field\":\"driver\""},
        {LINK, NULL, 204, ""},
        {LINK, NULL, 404, "no manual link to a port"},
        {SWITCH, NULL, 204, ""},
    };

    (void) state;
    create(1);
    create(2);
    ask(NF_GET, LINK, NULL);
    EXPECT(404, "\"error\"");
    CHECK(before);
    ask(NF_GET, LINK, NULL);
    EXPECT(200, "{\"node\":\"525400000001\",\"switch\":\"sw1\"");
    snprintf(tag, sizeof(tag), "%.*s", (int) answer.call.etag.len,
             answer.call.etag.data);
    ask_with(NF_GET, LINK, NULL, (struct ask){.if_none_match = tag});
    assert_int_equal(answer.call.status, 304);
    ask_with(NF_PUT, LINK, AT("Gi1/0/2"), (struct ask){.if_match = "\"9\""});
    EXPECT(412, "it has changed in the meantime");
    ask_with(NF_DELETE, LINK, NULL, (struct ask){.if_match = "\"9\""});
    EXPECT(412, "it has changed in the meantime");
    ask_with(NF_PUT, LINK, AT("Gi1/0/2"), (struct ask){.if_match = tag});
    EXPECT(200, "Gi1/0/2");
    CHECK(after);
}

static void
scan(const char *const ports[], size_t n)
{
    struct nf_switch_seen seen = {.scanned_at = world.now,
                                  .ports = (uint32_t) n};
    NF_WRITE(w, world.s.store);

    nf_switches_put(&w, "sw1", &seen);
    for (size_t i = 0; i < n; i++) {
        char json[128];
        snprintf(json, sizeof(json), "{\"name\":\"%s\"}", ports[i]);
        nf_ports_put(&w, "sw1", ports[i], nf_text(json), NULL, 0, world.now);
    }
    assert_int_equal(nf_write_commit(&w), NF_OK);
}

static void
a_port_is_called_what_its_switch_calls_it(void **state)
{
    static const char *const ports[] = {"GigabitEthernet1/0/1",
                                        "GigabitEthernet1/0/2"};

    (void) state;
    create(1);
    ask(NF_PUT, SWITCH, SNMP(""));
    scan(ports, 2);
    ask(NF_PUT, LINK, AT("gi 1/0/2"));
    EXPECT(201, "\"port\":\"GigabitEthernet1/0/2\"");
    ask(NF_PUT, LINK, AT("Gi1/0/3"));
    EXPECT(404, "the switch has no such port");
}

/* What its port was; returns the revision. */
static uint64_t
keep(unsigned n)
{
    struct nf_port_kept kept = {.node = mac_of(n),
                                .is_open = 1,
                                .mode = 1,
                                .vlan = 7,
                                .device = "sw1",
                                .port = "Gi1/0/1"};

    assert_int_equal(CHANGE(nf_record_port_kept(&c, &kept) ? NF_OK : NF_BUG),
                     NF_OK);
    return kept.revision;
}

static void
what_is_kept_is_shown_beside_the_link(void **state)
{
    char tag[32];

    (void) state;
    create(1);
    ask(NF_PUT, SWITCH, SNMP(""));
    ask(NF_PUT, LINK, AT("Gi1/0/1"));
    snprintf(tag, sizeof(tag), "\"%llu\"", (unsigned long long) keep(1));
    ask(NF_GET, LINK, NULL);
    EXPECT(200, ",\"kept\":{\"node\":\"525400000001\",\"switch\":\"sw1\"");
    EXPECT(200, "\"open\":true");
    assert_true(text_is(answer.call.etag, tag));
    ask_with(NF_DELETE, LINK, NULL, (struct ask){.if_match = tag});
    assert_int_equal(answer.call.status, 204);
}

/* Of a switch that goes nothing is left that the next one of its name has. */
static void
ports_go_with_their_switch(void **state)
{
    static const char *const ports[] = {"1", "2", "3"};
    struct nf_switch_seen seen;
    struct nf_text json;

    (void) state;
    ask(NF_PUT, SWITCH, SNMP(""));
    scan(ports, 3);
    assert_int_equal(ask(NF_DELETE, SWITCH, NULL), 204);
    NF_READ(r, world.s.store);
    assert_false(nf_switches_get(&r, "sw1", &seen));
    assert_false(nf_ports_get(&r, "sw1", "1", &json));
    assert_false(nf_ports_get(&r, "sw1", "3", &json));
}

/* --- commands ----------------------------------------------------------------
 */

#define COMMANDS SWITCH "/commands"
#define PORT(args)                                                             \
    "{\"command\":\"port\",\"args\":{\"port\":\"Gi1/0/1\"" args "}}"

static void
a_command_says_which_switch(void **state)
{
    (void) state;
    ask(NF_PUT, SWITCH, SNMP(""));
    ask(NF_POST, COMMANDS, PORT(",\"mode\":\"access\",\"vlan\":7"));
    EXPECT(202, "\"target\":\"switch\"");
    EXPECT(202, "\"mac\":\"000000000000\"");
    EXPECT(202, "{\"switch\":\"sw1\",\"port\":\"Gi1/0/1\",\"mode\":\"access\","
                "\"vlan\":7}");
    ask(NF_POST, COMMANDS, PORT(",\"force\":true,\"admin\":\"down\""));
    EXPECT(202, "\"force\":true"); /* who reaches the API is an administrator */
    ask(NF_POST, COMMANDS, PORT(""));
    EXPECT(202, "\"command\":\"port\"");
}

/* It is in no event, and gone when it ends. */
static void
a_look_of_our_own_is_for_nobody_who_asks(void **state)
{
    uint64_t generation, number;

    (void) state;
    ask(NF_PUT, SWITCH, SNMP(""));
    assert_int_equal(CHANGE(nf_change_look(&c, "sw1", world.now)), NF_OK);
    ask(NF_POST, COMMANDS, "{\"command\":\"scan\"}");
    EXPECT(202, "{\"switch\":\"sw1\"}");
    struct nf_text id = answer.call.location;
    (void) nf_text_cut(&id, 's'); /* "/api/v1/commands/ID" */
    id.data++;
    id.len--;
    assert_true(nf_command_parse(id, &generation, &number));
    assert_true(number < nf_command_look);
}

static void
one_scan_is_for_all_who_ask(void **state)
{
    char first[128];

    (void) state;
    ask(NF_PUT, SWITCH, SNMP(""));
    ask(NF_PUT, "/api/v1/devices/sw2",
        "{\"driver\":\"ios\",\"address\":\"10.0.0.3\"}");
    ask(NF_POST, COMMANDS, "{\"command\":\"scan\"}");
    EXPECT(202, "{\"switch\":\"sw1\"}");
    snprintf(first, sizeof(first), "%.*s", (int) answer.call.location.len,
             answer.call.location.data);
    ask(NF_POST, COMMANDS, "{\"command\":\"scan\",\"args\":{}}");
    assert_true(text_is(answer.call.location, first));
    ask(NF_POST, "/api/v1/devices/sw2/commands", "{\"command\":\"scan\"}");
    EXPECT(202, "{\"switch\":\"sw2\"}");
    assert_false(text_is(answer.call.location, first));
}

static void
nonsense_is_asked_of_no_switch(void **state)
{
    static const struct {
        const char *name, *body;
        unsigned status;
        const char *words;
    } rows[] = {
        {"sw9", PORT(""), 404, "no such device"},
        {"a b", PORT(""), 404, "no such device"},
        {"bmc", PORT(""), 409, "is a BMC"},
        {"sw1", "{\"command\":\"reboot\"}", 400, "must be scan or port"},
        {"sw1", "{\"command\":\"vlan\",\"args\":{\"vlan\":\"restore\"}}", 400,
         "must be scan or port"},
        {"sw1", "{\"command\":\"port\"}", 400, "port: is missing"},
        {"sw1", "{\"command\":\"scan\",\"args\":{\"port\":\"1\"}}", 400,
         "port: is not for scan"},
        {"sw1", PORT(",\"switch\":\"sw2\""), 400, "\"field\":\"args\""},
        {"sw1", PORT(",\"vlan\":4095"), 400, "vlan: "},
        {"sw1", PORT(",\"vlan\":\"install\""), 400, "vlan: "},
        {"sw1", PORT(",\"mode\":\"trunk\""), 400, "tagged: is missing"},
        {"sw1", PORT(",\"mode\":\"access\",\"vlan\":1,\"tagged\":\"1\""), 400,
         "tagged: is for mode trunk only"},
        {"sw1", PORT(",\"zork\":1"), 400, "zork"},
        {"sw1", "{\"command\":\"port\",\"args\":{\"port\":\"1;reload\"}}", 400,
         "port: must be letters"},
        {"sw1", "{\"command\":\"port\",\"args\":{\"port\":\"1\\n2\"}}", 400,
         "port: "},
        {"sw1", "{\"command\":\"port\",\"args\":[]}", 400, "args"},
    };

    (void) state;
    ask(NF_PUT, SWITCH, SNMP(""));
    ask(NF_PUT, "/api/v1/devices/bmc",
        "{\"driver\":\"ipmi\",\"address\":\"a\"}");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char path[128];
        snprintf(path, sizeof(path), "/api/v1/devices/%s/commands",
                 rows[i].name);
        ask(NF_POST, path, rows[i].body);
        EXPECT(rows[i].status, rows[i].words);
    }
}

static void
arguments_that_are_too_long_are_refused(void **state)
{
    char body[1024], tagged[600] = "1";

    (void) state;
    ask(NF_PUT, SWITCH, SNMP(""));
    for (unsigned i = 3; strlen(tagged) < 458; i += 2) {
        size_t len = strlen(tagged);
        snprintf(tagged + len, sizeof(tagged) - len, ",%u", i);
    }
    snprintf(body, sizeof(body), PORT(",\"mode\":\"trunk\",\"tagged\":\"%s\""),
             tagged);
    ask(NF_POST, COMMANDS, body);
    EXPECT(400, "is too long");
}

static void
a_nodes_port_is_put_back(void **state)
{
    (void) state;
    create(1);
    ask(NF_POST, LINK "/restore", NULL);
    EXPECT(409, "are saved: no task has moved it");
    keep(1);
    ask(NF_POST, LINK "/restore", NULL);
    EXPECT(202, "\"target\":\"switch\"");
    EXPECT(202, "{\"vlan\":\"restore\"}");
    EXPECT(202, "\"mac\":\"525400000001\"");
    ask(NF_POST, "/api/v1/nodes/525400000009/port/restore", NULL);
    EXPECT(404, "node not found");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, site_make, site_drop)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_driver_has_its_pin),
        TEST(a_switch_is_no_nodes_own),
        TEST(devices_are_listed_by_kind),
        TEST(a_community_has_no_user),
        TEST(snmp_v3_has_two_passwords),
        TEST(its_second_password_goes_with_it),
        TEST(a_node_is_linked_to_a_port),
        TEST(a_port_is_called_what_its_switch_calls_it),
        TEST(what_is_kept_is_shown_beside_the_link),
        TEST(ports_go_with_their_switch),
        TEST(a_command_says_which_switch),
        TEST(a_look_of_our_own_is_for_nobody_who_asks),
        TEST(one_scan_is_for_all_who_ask),
        TEST(nonsense_is_asked_of_no_switch),
        TEST(arguments_that_are_too_long_are_refused),
        TEST(a_nodes_port_is_put_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
