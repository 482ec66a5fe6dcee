/* Machines that made themselves a login on their own BMC, and say so. */
#include "task_site.h"

#include <sodium.h>

#include "change/device.h"
#include "store/credentials.h"
#include "store/devices.h"

#define REPORT   "/api/v1/report"
#define DEVICE_1 "/api/v1/devices/bmc-525400000001"
#define SET_1    "/api/v1/credentials/bmc-525400000001"
#define PASSWORD "sixteen-letters!"

/* What a machine seals; NULL: as it should be. */
struct login {
    const char *password, *address, *mac, *serial;
    const uint8_t *key; /* of the site that it is for */
};

static const char *
or_usual(const char *given, const char *usual)
{
    return given != NULL ? given : usual;
}

static void
seal(struct login login, char text[static 1024])
{
    char json[512];
    uint8_t box[600], public[NF_ENROLL_KEY], secret[NF_ENROLL_KEY];

    nf_enroll_keys(login.key != NULL ? login.key : site.key, public, secret);
    int n = snprintf(
        json, sizeof(json),
        "{\"password\":\"%s\",\"address\":\"%s\",\"user\":"
        "\"nodefoundry\",\"mac\":\"%s\",\"serial\":\"%s\"}",
        or_usual(login.password, PASSWORD), or_usual(login.address, "10.0.0.5"),
        or_usual(login.mac, "52:54:00:00:00:01"), or_usual(login.serial, "A1"));
    assert_int_equal(
        crypto_box_seal(box, (uint8_t *) json, (unsigned) n, public), 0);
    sodium_bin2base64(text, 1024, box, (size_t) n + crypto_box_SEALBYTES,
                      sodium_base64_VARIANT_ORIGINAL);
}

/* Whatever it says of its BMC, the report is taken. */
static void
report_login(unsigned n, const char *more, const char *login, struct ask from)
{
    char body[2048];

    snprintf(body, sizeof(body),
             "{\"sn\":\"A%u\",\"mac\":\"5254%08x\",%s\"hardware\":{"
             "\"serial_number\":\"A%u\"},\"bmc_login\":%s}",
             n, n, more, n, login);
    ask_with(NF_POST, REPORT, body, from);
    EXPECT(200, "matched");
}

static void
report_sealed(unsigned n, struct login login, struct ask from)
{
    char sealed[1024], text[1200];

    seal(login, sealed);
    snprintf(text, sizeof(text),
             "{\"driver\":\"ipmi\",\"address\":\"10.0.0.5\",\"user\":"
             "\"nodefoundry\",\"channel\":1,\"sealed\":\"%s\"}",
             sealed);
    report_login(n, "", text, from);
}

static int
enroll_make(void **state)
{
    (void) site_make(state);
    nf_enroll_word("1", site.key, site.enroll);
    lease(11, 1);
    lease(12, 2);
    return 0;
}

static bool
is_password(const char *set, const char *wanted)
{
    char password[NF_CREDENTIAL_PASSWORD];
    NF_READ(r, world.s.store);

    return nf_credentials_open(&r, site.key, set, password)
           && strcmp(password, wanted) == 0;
}

static bool
store_has(const char *text)
{
    struct dump dump = dump_store(world.s.store);
    bool has = memmem(dump.data, dump.len, text, strlen(text)) != NULL;

    free(dump.data);
    return has;
}

/* The node's last words of its BMC, so many times. */
static void
refused(uint64_t times, const char *node, const char *why)
{
    char path[64];

    assert_int_equal(world_events(NF_EVENT_BMC_NOT_ENROLLED), times);
    ask(NF_GET, "/api/v1/events", NULL);
    EXPECT(200, why);
    snprintf(path, sizeof(path), "/api/v1/nodes/%s/timeline", node);
    ask(NF_GET, path, NULL);
    EXPECT(200, "Its BMC is not enrolled: ");
    EXPECT(200, why);
}

/* --- a device by itself -----------------------------------------------------
 */

static void
a_login_makes_device_set_and_link(void **state)
{
    (void) state;
    report_sealed(1, (struct login){0}, node_1);
    ask(NF_GET, DEVICE_1, NULL);
    EXPECT(200, "\"driver\":\"ipmi\",\"address\":\"10.0.0.5\",\"credentials\":"
                "\"bmc-525400000001\",\"node\":\"525400000001\",\"origin\":"
                "\"enrolled\"");
    ask(NF_GET, SET_1, NULL);
    EXPECT(200, "\"user\":\"nodefoundry\",\"origin\":\"enrolled\"");
    assert_true(is_password("bmc-525400000001", PASSWORD));
    assert_int_equal(world_events(NF_EVENT_BMC_NOT_ENROLLED), 0);
}

static void
nobody_is_shown_the_password(void **state)
{
    static const char *const paths[] = {"/api/v1/events",
                                        "/api/v1/nodes/525400000001/hardware",
                                        "/api/v1/nodes/525400000001",
                                        "/api/v1/nodes/525400000001/timeline",
                                        DEVICE_1,
                                        SET_1};

    (void) state;
    report_sealed(1, (struct login){0}, node_1);
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        assert_int_equal(ask(NF_GET, paths[i], NULL), 200);
        assert_false(says(PASSWORD));
        assert_false(says("bmc_login"));
        assert_false(says("sealed"));
    }
    assert_false(store_has(PASSWORD));
    assert_false(store_has("bmc_login"));
}

static void
what_is_said_again_changes_nothing(void **state)
{
    (void) state;
    report_sealed(1, (struct login){0}, node_1);
    uint64_t last = world_last();
    report_sealed(1, (struct login){0}, node_1);
    assert_int_equal(world_last(), last);
}

static void
a_new_password_or_address_takes_the_old_ones_place(void **state)
{
    (void) state;
    report_sealed(1, (struct login){0}, node_1);
    world.now += 3000;
    report_sealed(1, (struct login){.password = "another"}, node_1);
    assert_true(is_password("bmc-525400000001", "another"));
    assert_int_equal(world_events(NF_EVENT_DEVICE_PUT), 1);
    world.now += 3000;
    report_sealed(1,
                  (struct login){.password = "another", .address = "10.0.0.6"},
                  node_1);
    ask(NF_GET, "/api/v1/devices", NULL);
    EXPECT(200, "\"address\":\"10.0.0.6\"");
    assert_false(says("10.0.0.5"));
    assert_int_equal(world_events(NF_EVENT_CREDENTIAL_PUT), 2);
}

/* No faster than a machine's other words. */
static void
a_login_that_changes_all_the_time_is_not_followed(void **state)
{
    char password[17];

    (void) state;
    report_sealed(1, (struct login){0}, node_1);
    for (unsigned i = 0; i < 5; i++) {
        snprintf(password, sizeof(password), "number-%u", i % 10);
        report_sealed(1, (struct login){.password = password}, node_1);
        report_sealed(1, (struct login){.address = "10.0.0.7"}, node_1);
    }
    assert_true(is_password("bmc-525400000001", PASSWORD));
    assert_int_equal(world_events(NF_EVENT_CREDENTIAL_PUT), 1);
    assert_int_equal(world_events(NF_EVENT_DEVICE_PUT), 1);
    assert_int_equal(world_events(NF_EVENT_BMC_NOT_ENROLLED), 1);
    world.now += 3000;
    report_sealed(1, (struct login){.password = "at last"}, node_1);
    assert_true(is_password("bmc-525400000001", "at last"));
}

static void
it_goes_with_its_node(void **state)
{
    (void) state;
    report_sealed(1, (struct login){0}, node_1);
    assert_int_equal(ask(NF_DELETE, "/api/v1/nodes/525400000001", NULL), 204);
    assert_int_equal(ask(NF_GET, DEVICE_1, NULL), 404);
    assert_int_equal(ask(NF_GET, SET_1, NULL), 404);
    assert_false(is_password("bmc-525400000001", PASSWORD));
}

/* --- what people made stays -------------------------------------------------
 */

static void
a_device_by_hand_stays(void **state)
{
    (void) state;
    assert_int_equal(ask(NF_PUT, "/api/v1/devices/mine",
                         "{\"driver\":\"redfish\",\"address\":\"10.0.0.5\","
                         "\"node\":\"525400000001\"}"),
                     201);
    report_sealed(1, (struct login){0}, node_1);
    ask(NF_GET, "/api/v1/devices", NULL);
    EXPECT(200, "[{\"name\":\"mine\"");
    assert_false(says("bmc-525400000001"));
    assert_int_equal(ask(NF_GET, SET_1, NULL), 404);
    assert_int_equal(world_events(NF_EVENT_BMC_NOT_ENROLLED), 0);
}

static void
a_name_by_hand_stays(void **state)
{
    (void) state;
    assert_int_equal(
        ask(NF_PUT, SET_1, "{\"user\":\"root\",\"password\":\"mine\"}"), 201);
    report_sealed(1, (struct login){0}, node_1);
    refused(1, "525400000001",
            "bmc-525400000001 already exists, and was not made by enrollment");
    assert_true(is_password("bmc-525400000001", "mine"));
    assert_int_equal(ask(NF_DELETE, SET_1, NULL), 204);
    assert_int_equal(
        ask(NF_PUT, DEVICE_1, "{\"driver\":\"ipmi\",\"address\":\"10.0.0.9\"}"),
        201);
    report_sealed(1, (struct login){0}, node_1);
    refused(1, "525400000001",
            "bmc-525400000001 already exists, and was not made by enrollment");
    ask(NF_GET, DEVICE_1, NULL);
    EXPECT(200, "10.0.0.9");
}

static void
a_neighbours_address_is_refused(void **state)
{
    (void) state;
    report_sealed(1, (struct login){0}, node_1);
    for (int i = 0; i < 3; i++) { /* and told once */
        report_sealed(2,
                      (struct login){.mac = "52:54:00:00:00:02",
                                     .serial = "A2",
                                     .password = "neighbour"},
                      node_2);
        refused(1, "525400000002", "10.0.0.5 is the device bmc-525400000001");
    }
    assert_true(is_password("bmc-525400000001", PASSWORD));
    assert_false(is_password("bmc-525400000002", "neighbour"));
    assert_int_equal(ask(NF_GET, "/api/v1/devices/bmc-525400000002", NULL),
                     404);
}

static void
an_address_with_its_port_is_the_same(void **state)
{
    static const char *const bodies[] = {
        "{\"driver\":\"ipmi\",\"address\":\"10.0.0.5:623\"}",
        "{\"driver\":\"redfish\",\"address\":\"10.0.0.5:443\"}",
        "{\"driver\":\"redfish\",\"address\":\"10.0.0.5\"}"};

    (void) state;
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        assert_true(ask(NF_PUT, "/api/v1/devices/mine", bodies[i]) < 300);
        report_sealed(1, (struct login){0}, node_1);
        refused(1, "525400000001", "10.0.0.5 is the device mine");
    }
}

/* --- who may ----------------------------------------------------------------
 */

static void
without_lease_or_token_nothing_is_made(void **state)
{
    static const struct ask nobody = {.listener = NF_LISTENER_AGENT,
                                      .peer = {{10, 66, 0, 99}}};
    char sealed[1024], login[1100], with_token[128];

    (void) state;
    create(3);
    seal((struct login){.mac = "52:54:00:00:00:03", .serial = "A3"}, sealed);
    snprintf(login, sizeof(login), "{\"sealed\":\"%s\"}", sealed);
    report_login(3, "", login, nobody);
    refused(1, "525400000003", "neither the node's lease nor its task's token");
    assert_int_equal(ask(NF_GET, "/api/v1/devices/bmc-525400000003", NULL),
                     404);
    assert_int_equal(
        ask(NF_PUT, "/api/v1/nodes/525400000003", "{\"action\":\"install\"}"),
        200);
    struct nf_node node = world_node(mac_of(3));
    char token[NF_TOKEN_TEXT];
    nf_token_make(site.key, world_attempt(&node), token);
    snprintf(with_token, sizeof(with_token), "\"token\":\"%s\",", token);
    report_login(3, with_token, login, nobody);
    assert_int_equal(ask(NF_GET, "/api/v1/devices/bmc-525400000003", NULL),
                     200);
}

static void
another_machine_of_the_mac_enrolls_nothing(void **state)
{
    char sealed[1024], body[2048];

    (void) state;
    assert_int_equal(report_hardware(1, "A1", node_1), 200);
    seal((struct login){.serial = "B7"}, sealed);
    snprintf(body, sizeof(body),
             "{\"sn\":\"B7\",\"mac\":\"525400000001\",\"hardware\":{"
             "\"serial_number\":\"B7\"},\"bmc_login\":{\"sealed\":\"%s\"}}",
             sealed);
    ask_with(NF_POST, REPORT, body, node_1);
    EXPECT(200, "\"matched\":false");
    refused(1, "525400000001", "another machine has this node's MAC");
    assert_int_equal(ask(NF_GET, DEVICE_1, NULL), 404);
}

static void
what_was_sealed_for_another_is_refused(void **state)
{
    static const uint8_t other[32] = {1};

    (void) state;
    report_sealed(1, (struct login){.mac = "52:54:00:00:00:02"}, node_1);
    refused(1, "525400000001", "it was sealed for another machine");
    report_sealed(1, (struct login){.serial = "A2"}, node_1);
    refused(1, "525400000001", "it was sealed for another machine");
    report_sealed(1, (struct login){.key = other}, node_1);
    refused(2, "525400000001", "sealed for another key");
    report_sealed(1, (struct login){.address = "127.0.0.1"}, node_1);
    refused(3, "525400000001", "address cannot be a BMC's");
    assert_int_equal(ask(NF_GET, DEVICE_1, NULL), 404);
}

/* --- what else it may say ---------------------------------------------------
 */

static void
a_machine_says_why_not(void **state)
{
    (void) state;
    report_login(1, "", "{\"error\":\"the BMC has no free user\"}", node_1);
    refused(1, "525400000001", "the BMC has no free user");
    report_login(1, "", "{\"error\":\"the BMC has no free user\"}", node_1);
    refused(1, "525400000001", "the BMC has no free user");
    report_sealed(1, (struct login){0}, node_1);
    ask(NF_GET, "/api/v1/nodes/525400000001/timeline", NULL);
    assert_false(says("not enrolled"));
}

static void
nonsense_costs_the_report_nothing(void **state)
{
    static const char *const rows[] = {"{}",
                                       "[]",
                                       "null",
                                       "7",
                                       "\"text\"",
                                       "{\"sealed\":7}",
                                       "{\"sealed\":\"\"}",
                                       "{\"sealed\":\"AAAA\"}",
                                       "{\"error\":[]}",
                                       "{\"error\":\"\\u001b[2J\"}"};

    (void) state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        report_login(1, "", rows[i], node_1);
    }
    assert_int_equal(ask(NF_GET, DEVICE_1, NULL), 404);
    ask(NF_GET, "/api/v1/events", NULL);
    assert_false(says("\\u001b"));
}

static void
where_it_is_off_nothing_is_taken(void **state)
{
    (void) state;
    site.enroll[0] = '\0';
    report_sealed(1, (struct login){0}, node_1);
    assert_int_equal(ask(NF_GET, DEVICE_1, NULL), 404);
    assert_int_equal(world_events(NF_EVENT_BMC_NOT_ENROLLED), 0);
}

/* --- who is told to ---------------------------------------------------------
 */

static const char *
script_of_1(void)
{
    ask_with(
        NF_GET, "/boot/525400000001/boot.ipxe", NULL,
        (struct ask){.listener = NF_LISTENER_BOOT, .peer = {{10, 66, 0, 11}}});
    assert_int_equal(answer.call.status, 200);
    return answer.text;
}

static void
scripts_that_boot_the_agent_carry_the_key(void **state)
{
    char word[NF_ENROLL_WORD + 16];

    (void) state;
    snprintf(word, sizeof(word), " nf.bmc=%s ", site.enroll + 14);
    assert_null(strstr(script_of_1(), "nf.bmc")); /* it waits in its firmware */
    world_set("NF_DISCOVERY_MODE", "agent");
    assert_non_null(strstr(script_of_1(), word));
    report_sealed(1, (struct login){0}, node_1);
    assert_non_null(strstr(script_of_1(), word));
    site.enroll[0] = '\0';
    assert_null(strstr(script_of_1(), "nf.bmc"));
}

/* Where an operator does not suffice, or the site says so before. */
static void
an_administrator_is_made_where_it_must_be(void **state)
{
    (void) state;
    world_set("NF_DISCOVERY_MODE", "agent");
    world_set("NF_BMC_ENROLL", "administrator");
    assert_non_null(strstr(script_of_1(), " nf.bmc=administrator:"));
    world_set("NF_BMC_ENROLL", "1");
    assert_null(strstr(script_of_1(), "administrator"));
    report_sealed(1, (struct login){0}, node_1);
    assert_null(strstr(script_of_1(), "administrator"));
    const struct nf_command command = {
        .target = NF_COMMAND_BMC,
        .mac = mac_of(1),
        .state = NF_COMMAND_FAILED,
        .result = "privilege: the user is not allowed to do this"};
    assert_int_equal(CHANGE((nf_record_device_told(&c, &command), NF_OK)),
                     NF_OK);
    assert_non_null(strstr(script_of_1(), " nf.bmc=administrator:"));
}

static void
a_node_with_a_device_by_hand_is_not_told(void **state)
{
    (void) state;
    world_set("NF_DISCOVERY_MODE", "agent");
    assert_int_equal(ask(NF_PUT, "/api/v1/devices/mine",
                         "{\"driver\":\"redfish\",\"address\":\"10.0.0.5\","
                         "\"node\":\"525400000001\"}"),
                     201);
    assert_null(strstr(script_of_1(), "nf.bmc"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, enroll_make, site_drop)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_login_makes_device_set_and_link),
        TEST(nobody_is_shown_the_password),
        TEST(what_is_said_again_changes_nothing),
        TEST(a_new_password_or_address_takes_the_old_ones_place),
        TEST(a_login_that_changes_all_the_time_is_not_followed),
        TEST(it_goes_with_its_node),
        TEST(a_device_by_hand_stays),
        TEST(a_name_by_hand_stays),
        TEST(a_neighbours_address_is_refused),
        TEST(an_address_with_its_port_is_the_same),
        TEST(without_lease_or_token_nothing_is_made),
        TEST(another_machine_of_the_mac_enrolls_nothing),
        TEST(what_was_sealed_for_another_is_refused),
        TEST(a_machine_says_why_not),
        TEST(nonsense_costs_the_report_nothing),
        TEST(where_it_is_off_nothing_is_taken),
        TEST(scripts_that_boot_the_agent_carry_the_key),
        TEST(an_administrator_is_made_where_it_must_be),
        TEST(a_node_with_a_device_by_hand_is_not_told),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
