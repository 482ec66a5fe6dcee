/* Managed devices and credential sets, and workers that may have passwords. */
#include "site.h"

#include "change/answer.h"
#include "change/command.h"
#include "change/worker.h"
#include "store/commands.h"
#include "store/credentials.h"
#include "store/devices.h"

#define DEVICE     "/api/v1/devices/bmc-1"
#define SET        "/api/v1/credentials/rack"
#define SECRET     "s3cret \\\" %'"
#define USER       "{\"user\":\"root\",\"password\":\"" SECRET "\"}"
#define IPMI(more) "{\"driver\":\"ipmi\",\"address\":\"10.0.0.5\"" more "}"

static void
make_set(void)
{
    assert_int_equal(ask(NF_PUT, SET, USER), 201);
}

/* What stands in the store in the clear, in any table. */
static bool
store_has(const char *text)
{
    struct dump dump = dump_store(world.s.store);
    bool has = memmem(dump.data, dump.len, text, strlen(text)) != NULL;

    free(dump.data);
    return has;
}

static void
a_password_goes_in_and_never_comes_out(void **state)
{
    char password[NF_CREDENTIAL_PASSWORD];

    (void) state;
    make_set();
    assert_null(strstr(answer.text, "s3cret"));
    ask(NF_GET, SET, NULL);
    EXPECT(200, "{\"name\":\"rack\",\"user\":\"root\",\"origin\":\"operator\"");
    assert_null(strstr(answer.text, "s3cret"));
    ask(NF_GET, "/api/v1/credentials", NULL);
    EXPECT(200, "[{\"name\":\"rack\"");
    assert_null(strstr(answer.text, "s3cret"));
    ask(NF_GET, "/api/v1/events", NULL);
    EXPECT(200, "credential.put");
    assert_null(strstr(answer.text, "s3cret"));
    assert_false(store_has("s3cret"));
    {
        NF_READ(r, world.s.store);
        assert_true(nf_credentials_open(&r, site.key, "rack", password));
    }
    assert_string_equal(password, "s3cret \" %'");
}

/* Another user, or another password, for all devices at once. */
static void
a_set_is_changed_with_one_call(void **state)
{
    char password[NF_CREDENTIAL_PASSWORD];

    (void) state;
    make_set();
    ask(NF_PUT, SET, "{\"user\":\"admin\"}");
    EXPECT(200, "\"user\":\"admin\"");
    {
        NF_READ(r, world.s.store);
        assert_true(nf_credentials_open(&r, site.key, "rack", password));
    }
    assert_string_equal(password, "s3cret \" %'");
    assert_int_equal(
        ask(NF_PUT, SET, "{\"user\":\"admin\",\"password\":\"new\"}"), 200);
    {
        NF_READ(r, world.s.store);
        assert_true(nf_credentials_open(&r, site.key, "rack", password));
    }
    assert_string_equal(password, "new");
}

static void
a_device_is_made_linked_and_found(void **state)
{
    (void) state;
    create(1);
    make_set();
    ask(NF_PUT, DEVICE,
        IPMI(",\"credentials\":\"rack\",\"node\":\"52:54:00:00:00:01\""));
    EXPECT(201, "{\"name\":\"bmc-1\",\"kind\":\"bmc\",\"driver\":\"ipmi\","
                "\"address\":\"10.0.0.5\",\"credentials\":\"rack\","
                "\"node\":\"525400000001\",\"origin\":\"operator\","
                "\"state\":\"unknown\"");
    ask(NF_PUT, DEVICE,
        IPMI(",\"credentials\":\"rack\",\"node\":\"525400000001\""));
    EXPECT(200, "\"node\":\"525400000001\""); /* it is so already */
    ask(NF_GET, "/api/v1/devices?node=525400000001", NULL);
    EXPECT(200, "[{\"name\":\"bmc-1\"");
    ask(NF_GET, "/api/v1/devices?node=525400000002", NULL);
    EXPECT(200, "[]");
    ask(NF_GET, "/api/v1/devices", NULL);
    EXPECT(200, "[{\"name\":\"bmc-1\"");
    ask(NF_DELETE, SET, NULL);
    EXPECT(409, "is used by the device bmc-1");
    assert_int_equal(ask(NF_DELETE, DEVICE, NULL), 204);
    assert_int_equal(ask(NF_DELETE, SET, NULL), 204);
    ask(NF_GET, DEVICE, NULL);
    EXPECT(404, "there is no such device");
}

static void
bad_input_names_its_field(void **state)
{
    static const struct {
        const char *path, *body;
        unsigned status;
        const char *field, *error;
    } rows[] = {
        {DEVICE, "{}", 400, "driver", ""},
        {DEVICE, "{\"driver\":\"telnet\",\"address\":\"a\"}", 400, "driver",
         ""},
        {DEVICE, "{\"driver\":\"ipmi\"}", 400, "address", ""},
        {DEVICE, "{\"driver\":\"ipmi\",\"address\":\"a b\"}", 400, "address",
         ""},
        {DEVICE, "{\"driver\":\"ipmi\",\"address\":\"10.0.0\"}", 400, "address",
         ""},
        {DEVICE, "{\"driver\":\"ipmi\",\"address\":\"10.0.0.1:0\"}", 400,
         "address", ""},
        {DEVICE, "{\"driver\":\"redfish\",\"address\":\"https://a\"}", 400,
         "address", ""},
        {DEVICE, "{\"driver\":\"redfish\",\"address\":\"[fd00::1\"}", 400,
         "address", ""},
        {DEVICE, IPMI(",\"pin\":\"x\""), 400, "pin", "checks no key"},
        {DEVICE, IPMI(",\"node\":\"525400000009\""), 404, "node",
         "node not found"},
        {DEVICE, IPMI(",\"credentials\":\"none\""), 404, "credentials",
         "no such credential set"},
        {DEVICE, IPMI(",\"password\":\"x\""), 400, "password", ""},
        {"/api/v1/devices/a~b", IPMI(""), 400, "name", ""},
        {SET, "{\"password\":7}", 400, "password", ""},
        {SET, "{\"user\":\"root\"}", 400, "password", "is required"},
    };

    (void) state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char field[64];
        snprintf(field, sizeof(field), "\"field\":\"%s\"", rows[i].field);
        ask(NF_PUT, rows[i].path, rows[i].body);
        EXPECT(rows[i].status, field);
        assert_non_null(strstr(answer.text, rows[i].error));
        assert_null(strstr(answer.text, "\"x\""));
    }
}

static void
addresses_of_each_kind_are_taken(void **state)
{
    static const char *const rows[] = {
        "10.0.0.5",       "10.0.0.5:9623", "bmc7",     "bmc7.example.org:443",
        "[fd00::5]:8443", "fd00::5",       "[fd00::6]"};
    char body[256], path[64];

    (void) state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        snprintf(path, sizeof(path), "/api/v1/devices/d%zu", i);
        snprintf(body, sizeof(body),
                 "{\"driver\":\"redfish\",\"address\":\"%s\"}", rows[i]);
        ask(NF_PUT, path, body);
        EXPECT(201, rows[i]);
    }
}

static void
two_nodes_have_no_one_bmc(void **state)
{
    (void) state;
    create(1);
    create(2);
    ask(NF_PUT, DEVICE, IPMI(",\"node\":\"525400000001\""));
    EXPECT(201, "");
    ask(NF_PUT, "/api/v1/devices/bmc-2", IPMI(",\"node\":\"525400000002\""));
    EXPECT(409, "belongs to the device bmc-1");
    ask(NF_PUT, "/api/v1/devices/bmc-2",
        "{\"driver\":\"redfish\",\"address\":\"10.0.0.5\"}");
    EXPECT(409, "belongs to the device bmc-1");
    ask(NF_PUT, "/api/v1/devices/bmc-2",
        "{\"driver\":\"ipmi\",\"address\":\"10.0.0.6\","
        "\"node\":\"525400000001\"}");
    EXPECT(409, "has the device bmc-1 already");
}

static void
a_password_fits_what_it_is_for(void **state)
{
    (void) state;
    ask(NF_PUT, SET,
        "{\"user\":\"root\",\"password\":\"123456789012345678901\"}");
    EXPECT(201, "");
    ask(NF_PUT, DEVICE, IPMI(",\"credentials\":\"rack\""));
    EXPECT(409, "more than 20 bytes");
    ask(NF_PUT, DEVICE,
        "{\"driver\":\"redfish\",\"address\":\"10.0.0.5\","
        "\"credentials\":\"rack\"}");
    EXPECT(201, "");
    ask(NF_PUT, "/api/v1/credentials/short",
        "{\"user\":\"root\",\"password\":\"12345678901234567890\"}");
    EXPECT(201, "");
    ask(NF_PUT, DEVICE, IPMI(",\"credentials\":\"short\""));
    EXPECT(200, "");
    ask(NF_PUT, "/api/v1/credentials/short",
        "{\"user\":\"root\",\"password\":\"123456789012345678901\"}");
    EXPECT(409, "which is the maximum of IPMI, and bmc-1 uses it");
}

static void
what_has_changed_meanwhile_is_not_overwritten(void **state)
{
    (void) state;
    ask(NF_PUT, DEVICE, IPMI(""));
    EXPECT(201, "");
    ask_with(NF_PUT, DEVICE, IPMI(",\"pin\":\"\""),
             (struct ask){.if_match = "\"999\""});
    EXPECT(412, "it has changed in the meantime");
    ask_with(NF_PUT, "/api/v1/devices/other", IPMI(""),
             (struct ask){.if_match = "\"1\""});
    EXPECT(412, "it has changed in the meantime");
    ask_with(NF_DELETE, DEVICE, NULL, (struct ask){.if_match = "\"999\""});
    EXPECT(412, "it has changed in the meantime");
}

/* Its device stays for the next machine; one that it brought goes with it. */
static void
a_node_that_goes_leaves_its_device(void **state)
{
    (void) state;
    create(1);
    assert_int_equal(ask(NF_PUT, DEVICE, IPMI(",\"node\":\"525400000001\"")),
                     201);
    assert_int_equal(ask(NF_DELETE, "/api/v1/nodes/525400000001", NULL), 204);
    ask(NF_GET, DEVICE, NULL);
    EXPECT(200, "\"name\":\"bmc-1\"");
    assert_null(strstr(answer.text, "\"node\""));
}

/* --- what is seen of one -----------------------------------------------------
 */

static void
end_command(enum nf_command_word word, const char *words)
{
    struct nf_command_draft draft = {.mac = mac_of(1),
                                     .target = NF_COMMAND_BMC,
                                     .operation = "power",
                                     .arguments = "{\"action\":\"status\"}",
                                     .deadline = world.now + NF_MINUTES(1)};
    struct nf_command_speaker speaker = {.worker = "w1"};
    struct nf_command command;
    char id[NF_COMMAND_ID_TEXT];
    uint64_t number;

    assert_int_equal(CHANGE(nf_change_command_create(&c, &draft, &number)),
                     NF_OK);
    assert_int_equal(CHANGE(nf_change_command_sent(&c, number, "w1", 0)),
                     NF_OK);
    {
        NF_READ(r, world.s.store);
        assert_true(nf_commands_get(&r, number, &command));
    }
    nf_command_format(&command, id);
    assert_int_equal(
        CHANGE(nf_change_command_answered(
            &c, &speaker,
            &(struct nf_command_answer){nf_text(id), word, words, NULL})),
        NF_OK);
}

static uint64_t
last_event(void)
{
    NF_READ(r, world.s.store);

    return nf_events_last(&r);
}

static void
its_state_is_what_the_last_command_found(void **state)
{
    (void) state;
    create(1);
    assert_int_equal(ask(NF_PUT, DEVICE, IPMI(",\"node\":\"525400000001\"")),
                     201);
    end_command(NF_COMMAND_SAYS_FAILED, "unreachable: the BMC does not answer");
    ask(NF_GET, DEVICE, NULL);
    EXPECT(200, "\"state\":\"unreachable\"");
    EXPECT(200, "\"last_error\":\"unreachable: the BMC does not answer\"");
    end_command(NF_COMMAND_SAYS_DONE, "{\"power\":\"on\"}");
    ask(NF_GET, DEVICE, NULL);
    EXPECT(200, "\"state\":\"fine\"");
    assert_null(strstr(answer.text, "last_error"));
    uint64_t before = last_event();
    end_command(NF_COMMAND_SAYS_DONE, "{\"power\":\"on\"}");
    assert_int_equal(last_event() - before, 3); /* the command's own */
    ask(NF_PUT, DEVICE,
        "{\"driver\":\"ipmi\",\"address\":\"10.0.0.9\","
        "\"node\":\"525400000001\"}");
    EXPECT(200, "\"state\":\"unknown\"");
}

/* --- workers -----------------------------------------------------------------
 */

static void
a_worker_is_accepted_by_the_key_that_it_shows(void **state)
{
    static const uint8_t key[NF_WORKER_KEY] = "a public key of 32 bytes, or so";
    static const uint8_t other[NF_WORKER_KEY] = "another key";
    char print[NF_WORKER_FINGERPRINT], body[128];

    (void) state;
    ask(NF_POST, "/api/v1/workers/w1/accept", "{\"fingerprint\":\"SHA256:x\"}");
    EXPECT(404, "there is no such worker");
    assert_int_equal(CHANGE(nf_change_worker(&c, "w1", true, NULL)), NF_OK);
    ask(NF_POST, "/api/v1/workers/w1/accept", "{\"fingerprint\":\"SHA256:x\"}");
    EXPECT(409, "has not presented a key yet");
    assert_int_equal(CHANGE(nf_change_worker(&c, "w1", true, key)), NF_OK);
    nf_worker_key_fingerprint(key, print);
    ask(NF_POST, "/api/v1/workers/w1/accept", "{\"fingerprint\":\"SHA256:x\"}");
    EXPECT(409, print);
    ask(NF_GET, "/api/v1/workers", NULL);
    EXPECT(200, "\"accepted\":false");
    snprintf(body, sizeof(body), "{\"fingerprint\":\"%s\"}", print);
    ask(NF_POST, "/api/v1/workers/w1/accept", body);
    EXPECT(200, "\"accepted\":true");
    assert_int_equal(CHANGE(nf_change_worker(&c, "w1", true, other)), NF_OK);
    ask(NF_GET, "/api/v1/workers", NULL);
    EXPECT(200, "\"accepted\":false,\"accepted_fingerprint\":\"SHA256:");
    ask(NF_DELETE, "/api/v1/workers/w1", NULL);
    EXPECT(409, "stop it first");
    assert_int_equal(CHANGE(nf_change_worker(&c, "w1", false, NULL)), NF_OK);
    assert_int_equal(ask(NF_DELETE, "/api/v1/workers/w1", NULL), 204);
}

/* --- power, by the routes that existing clients know -------------------------
 */

static void
power_is_asked_by_serial_number_too(void **state)
{
    char first[128];

    (void) state;
    ask(NF_POST, "/api/v1/nodes",
        "{\"mac\":\"525400000001\",\"serial\":\"SN-7\"}");
    ask(NF_POST, "/api/v1/admin/bmc/SN-7/power", "{\"action\":\"on\"}");
    EXPECT(202, "\"command\":\"power\"");
    EXPECT(202, "{\"action\":\"on\"}");
    ask(NF_POST, "/api/v1/admin/bmc/525400000001/power",
        "{\"action\":\"reset\"}");
    EXPECT(202, "\"action\":\"reset\"");
    ask(NF_POST, "/api/v1/admin/bmc/SN-7/power", "{\"action\":\"explode\"}");
    EXPECT(400, "\"field\":\"");
    ask(NF_POST, "/api/v1/admin/bmc/SN-7/power", "{\"action\":\"on\\\"\"}");
    EXPECT(400, "\"field\":\"action\"");
    ask(NF_POST, "/api/v1/admin/bmc/SN-8/power", "{\"action\":\"on\"}");
    EXPECT(404, "node not found");
    ask(NF_GET, "/api/v1/admin/bmc/SN-7/power", NULL);
    EXPECT(202, "{\"action\":\"status\"}");
    snprintf(first, sizeof(first), "%.*s", (int) answer.call.location.len,
             answer.call.location.data);
    ask(NF_GET, "/api/v1/admin/bmc/SN-7/power", NULL); /* the same look */
    assert_true(text_is(answer.call.location, first));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, site_make, site_drop)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_password_goes_in_and_never_comes_out),
        TEST(a_set_is_changed_with_one_call),
        TEST(a_device_is_made_linked_and_found),
        TEST(bad_input_names_its_field),
        TEST(addresses_of_each_kind_are_taken),
        TEST(two_nodes_have_no_one_bmc),
        TEST(a_password_fits_what_it_is_for),
        TEST(what_has_changed_meanwhile_is_not_overwritten),
        TEST(a_node_that_goes_leaves_its_device),
        TEST(its_state_is_what_the_last_command_found),
        TEST(a_worker_is_accepted_by_the_key_that_it_shows),
        TEST(power_is_asked_by_serial_number_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
