/* What a Redfish service is asked, and what follows from what it answers; the
 * documents are those of tests/data/redfish, each with whose quirk it shows. */
#include "scratch.h"

#include "bmc/redfish.h"

static struct nf_redfish talk;
static struct nf_redfish_request request;
static struct nf_bmc_told told;

static void
ask(struct nf_bmc_ask one)
{
    told = (struct nf_bmc_told){0};
    nf_redfish_begin(&talk, &one);
}

/* Of somebody who knows the way to the system already. */
static void
begin(struct nf_bmc_ask one)
{
    talk = (struct nf_redfish){.user = "root",
                               .password = "a\"b\\",
                               .has_root = true,
                               .login = NF_REDFISH_BASIC,
                               .system = "/redfish/v1/Systems/1",
                               .managers = "/redfish/v1/Managers"};
    ask(one);
}

static void
asks(enum nf_redfish_method method, const char *path, const char *body)
{
    assert_true(nf_redfish_request(&talk, &request));
    assert_int_equal(request.method, method);
    assert_string_equal(request.path, path);
    assert_string_equal(request.body, body);
}

static void
gets(const char *path)
{
    asks(NF_REDFISH_GET, path, "");
}

static bool
answer(unsigned status, const char *body)
{
    struct nf_redfish_reply reply = {.status = status, .body = nf_text(body)};

    return nf_redfish_reply(&talk, &reply, &told);
}

static bool
answer_file(unsigned status, const char *name)
{
    char path[96], text[4096];

    snprintf(path, sizeof(path), "tests/data/redfish/%s.json", name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t n = fread(text, 1, sizeof(text) - 1, file);
    fclose(file);
    text[n] = '\0';
    return answer(status, text);
}

static void
is_over(void)
{
    assert_false(nf_redfish_request(&talk, &request));
    assert_int_equal(told.cause, NF_BMC_FINE);
}

static void
the_way_leads_by_a_session_to_the_system(void **state)
{
    struct nf_redfish_reply login = {
        .status = 201,
        .token = NF_TEXT("t0k3n"),
        .location = NF_TEXT("https://bmc.example/redfish/v1/S/7"),
    };

    (void) state;
    talk = (struct nf_redfish){.user = "root", .password = "a\"b\\"};
    ask((struct nf_bmc_ask){.verb = NF_BMC_LOOK});
    gets("/redfish/v1/");
    assert_false(request.is_basic || request.token[0] != '\0');
    assert_true(answer(200, "{\"Systems\":{\"@odata.id\":\"/redfish/v1/Sys/\"},"
                            "\"Links\":{\"Sessions\":{\"@odata.id\":"
                            "\"/redfish/v1/S\"}}}"));
    asks(NF_REDFISH_POST, "/redfish/v1/S",
         "{\"UserName\":\"root\",\"Password\":\"a\\\"b\\\\\"}");
    assert_true(nf_redfish_reply(&talk, &login, &told));
    gets("/redfish/v1/Sys/");
    assert_string_equal(request.token, "t0k3n");
    assert_true(answer(200, "{\"Members\":[{\"@odata.id\":"
                            "\"/redfish/v1/Systems/1/\"}]}"));
    gets("/redfish/v1/Systems/1/");
    assert_true(answer(200, "{\"PowerState\":\"Off\"}"));
    is_over();
    assert_int_equal(told.power, NF_POWER_OFF);
    ask((struct nf_bmc_ask){.verb = NF_BMC_LOOK});
    gets("/redfish/v1/Systems/1/"); /* it is remembered */
    assert_true(nf_redfish_farewell(&talk, &request));
    assert_int_equal(request.method, NF_REDFISH_DELETE);
    assert_string_equal(request.path, "/redfish/v1/S/7");
    assert_string_equal(request.token, "t0k3n");
    assert_false(nf_redfish_farewell(&talk, &request));
}

static void
begin_login(void)
{
    begin((struct nf_bmc_ask){.verb = NF_BMC_LOOK});
    talk.login = NF_REDFISH_STRANGER;
    snprintf(talk.sessions, sizeof(talk.sessions), "/redfish/v1/S");
    ask(talk.ask);
    assert_true(nf_redfish_request(&talk, &request));
    assert_int_equal(request.method, NF_REDFISH_POST);
}

static void
without_sessions_the_password_goes_with_each_request(void **state)
{
    static const unsigned statuses[] = {404, 405, 501, 503, 400, 201};

    (void) state;
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
        begin_login();
        assert_true(answer(statuses[i], ""));
        gets("/redfish/v1/Systems/1");
        assert_true(request.is_basic);
        assert_false(nf_redfish_farewell(&talk, &request));
    }
    begin_login();
    assert_false(answer(401, ""));
    assert_int_equal(told.cause, NF_BMC_WRONG_PASSWORD);
    begin_login();
    assert_false(answer_file(400, "error-login"));
    assert_int_equal(told.cause, NF_BMC_WRONG_PASSWORD);
}

static void
a_session_that_is_lost_is_opened_once_more(void **state)
{
    struct nf_redfish_reply login = {.status = 201, .token = NF_TEXT("new")};

    (void) state;
    begin((struct nf_bmc_ask){.verb = NF_BMC_LOOK});
    talk.login = NF_REDFISH_SESSION;
    snprintf(talk.sessions, sizeof(talk.sessions), "/redfish/v1/S");
    assert_true(answer(401, ""));
    assert_true(nf_redfish_request(&talk, &request));
    assert_string_equal(request.path, "/redfish/v1/S");
    assert_true(nf_redfish_reply(&talk, &login, &told));
    gets("/redfish/v1/Systems/1");
    assert_string_equal(request.token, "new");
    assert_false(answer(401, ""));
    assert_int_equal(told.cause, NF_BMC_WRONG_PASSWORD);
}

static void
begin_systems(const char *members)
{
    begin((struct nf_bmc_ask){.verb = NF_BMC_LOOK});
    talk.system[0] = '\0';
    snprintf(talk.systems, sizeof(talk.systems), "/redfish/v1/Systems");
    ask(talk.ask);
    gets("/redfish/v1/Systems");
    assert_true(answer(200, members));
}

static void
the_host_is_found_among_several(void **state)
{
    (void) state;
    for (int i = 0; i < 2; i++) {
        begin_systems("{\"Members\":[{\"@odata.id\":\"/redfish/v1/Systems/A\"},"
                      "{\"@odata.id\":\"/redfish/v1/Systems/B\"}]}");
        gets("/redfish/v1/Systems/A");
        assert_true(
            answer_file(200, i == 0 ? "system-dgx" : "system-baseboard"));
        gets("/redfish/v1/Systems/B");
        assert_true(
            answer_file(200, i == 0 ? "system-baseboard" : "system-dgx"));
        gets(i == 0 ? "/redfish/v1/Systems/A" : "/redfish/v1/Systems/B");
    }
    begin_systems("{\"Members\":[{\"@odata.id\":\"/redfish/v1/Systems/A\"},"
                  "{\"@odata.id\":\"/redfish/v1/Systems/B\"}]}");
    assert_true(answer_file(200, "system-self"));
    assert_false(answer_file(200, "system-self")); /* which of the two? */
    assert_int_equal(told.cause, NF_BMC_UNSUPPORTED);
    begin_systems("{\"Members\":[{\"@odata.id\":\"/redfish/v1/Systems/A\"},"
                  "{\"@odata.id\":\"/redfish/v1/Systems/B\"}]}");
    assert_true(answer(200, "{\"SystemType\":\"Physical\",\"Bios\":{},"
                            "\"BiosVersion\":\"1\",\"PowerState\":\"On\"}"));
    assert_true(answer_file(200, "system-x10"));
    gets("/redfish/v1/Systems/B"); /* what can be reset is it */
    begin_systems("{\"Members\":[]}");
    gets("/redfish/v1/Systems/1");
    begin_systems("{\"Members\":[{\"@odata.id\":\"https://evil/x\"}]}");
    gets("/redfish/v1/Systems/1");
}

static void
power_is_the_systems_word(void **state)
{
    static const struct {
        const char *body;
        enum nf_power power;
    } rows[] = {
        {"{\"PowerState\":\"On\"}", NF_POWER_ON},
        {"{\"PowerState\":\"Off\"}", NF_POWER_OFF},
        {"{\"PowerState\":\"PoweringOn\"}", NF_POWER_UNKNOWN},
        {"{\"PowerState\":\"PoweringOff\"}", NF_POWER_UNKNOWN},
        {"{\"PowerState\":null}", NF_POWER_UNKNOWN},
        {"{\"PowerState\":1}", NF_POWER_UNKNOWN},
        {"{\"Temperature\":36.6,\"Name\":\"a\tb\xff\"}", NF_POWER_UNKNOWN},
        {"\xef\xbb\xbf{\"PowerState\":\"On\"}", NF_POWER_ON},
    };

    (void) state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        begin((struct nf_bmc_ask){.verb = NF_BMC_LOOK});
        assert_true(answer(200, rows[i].body));
        is_over();
        assert_int_equal(told.power, rows[i].power);
    }
    begin((struct nf_bmc_ask){.verb = NF_BMC_LOOK});
    assert_true(answer_file(200, "system-silent"));
    assert_int_equal(told.power, NF_POWER_UNKNOWN);
}

static void
acts(enum nf_power_act act)
{
    begin((struct nf_bmc_ask){.verb = NF_BMC_POWER, .power = act});
}

static void
a_reset_says_what_is_listed(void **state)
{
    static const struct {
        enum nf_power_act act;
        const char *file, *body;
    } rows[] = {
        {NF_POWER_ACT_ON, "system-fused", "{\"ResetType\":\"On\"}"},
        {NF_POWER_ACT_OFF, "system-fused", "{\"ResetType\":\"ForceOff\"}"},
        {NF_POWER_ACT_SOFT, "system-fused",
         "{\"ResetType\":\"GracefulShutdown\"}"},
        {NF_POWER_ACT_NMI, "system-fused", "{\"ResetType\":\"Nmi\"}"},
        {NF_POWER_ACT_NMI, "system-x10", "{\"ResetType\":\"Nmi\"}"},
    };

    (void) state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        acts(rows[i].act);
        gets("/redfish/v1/Systems/1");
        assert_true(answer_file(200, rows[i].file));
        asks(NF_REDFISH_POST,
             "/redfish/v1/Systems/1/Actions/ComputerSystem.Reset",
             rows[i].body);
        assert_string_equal(request.if_match, "");
        assert_true(answer(i == 0 ? 202 : i == 1 ? 204 : 200, ""));
        is_over();
    }
}

static void
its_list_may_be_elsewhere(void **state)
{
    (void) state;
    acts(NF_POWER_ACT_ON);
    assert_true(answer_file(200, "system-self"));
    gets("/redfish/v1/Systems/Self/ResetActionInfo");
    assert_true(answer_file(200, "reset-info"));
    asks(NF_REDFISH_POST,
         "/redfish/v1/Systems/Self/Actions/ComputerSystem.Reset",
         "{\"ResetType\":\"ForceOn\"}");
    assert_string_equal(request.if_match, "");
    acts(NF_POWER_ACT_NMI);
    assert_true(answer_file(200, "system-self"));
    assert_false(answer_file(200, "reset-info"));
    assert_int_equal(told.cause, NF_BMC_UNSUPPORTED);
    acts(NF_POWER_ACT_OFF);
    assert_true(answer_file(200, "system-self"));
    assert_true(answer(404, "")); /* a link to nothing */
    asks(NF_REDFISH_POST,
         "/redfish/v1/Systems/Self/Actions/ComputerSystem.Reset",
         "{\"ResetType\":\"ForceOff\"}");
    acts(NF_POWER_ACT_OFF);
    assert_false(answer_file(200, "system-baseboard"));
    assert_int_equal(told.cause, NF_BMC_UNSUPPORTED);
}

static void
a_reset_is_refused_for_a_reason(void **state)
{
    static const struct {
        enum nf_power_act act;
        unsigned status;
        const char *file;
        enum nf_bmc_cause cause;
    } rows[] = {
        {NF_POWER_ACT_ON, 409, "error-future", NF_BMC_WRONG_STATE},
        {NF_POWER_ACT_ON, 400, "error-state", NF_BMC_WRONG_STATE},
        {NF_POWER_ACT_OFF, 400, "error-future", NF_BMC_WRONG_STATE}, /* is */
        {NF_POWER_ACT_ON, 400, "error-future", NF_BMC_REFUSED},
        {NF_POWER_ACT_ON, 403, "error-future", NF_BMC_PRIVILEGE},
        {NF_POWER_ACT_ON, 503, "error-future", NF_BMC_BUSY},
        {NF_POWER_ACT_ON, 500, "error-future", NF_BMC_MALFORMED},
        {NF_POWER_ACT_ON, 404, "error-future", NF_BMC_UNSUPPORTED},
    };

    (void) state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        acts(rows[i].act);
        assert_true(answer_file(200, "system-fused")); /* off */
        assert_false(answer_file(rows[i].status, rows[i].file));
        assert_int_equal(told.cause, rows[i].cause);
    }
    assert_string_equal(told.words, "Use the URI of the future state.");
    acts(NF_POWER_ACT_ON);
    assert_true(answer_file(200, "system-fused"));
    assert_false(answer(502, "<html>"));
    assert_string_equal(told.words, "HTTP 502");
}

static void
sets(enum nf_boot_device device, bool is_persistent, bool is_efi)
{
    begin((struct nf_bmc_ask){.verb = NF_BMC_SET_BOOT,
                              .boot = {device, is_persistent, is_efi}});
}

static void
patches(const char *path, const char *if_match, const char *boot)
{
    char body[256];

    snprintf(body, sizeof(body), "{\"Boot\":{\"BootSourceOverride%s}}", boot);
    asks(NF_REDFISH_PATCH, path, body);
    assert_string_equal(request.if_match, if_match);
}

#define SYSTEM   "/redfish/v1/Systems/1"
#define TAG      "W/\"1649881751\""
#define PXE_ONCE "Enabled\":\"Once\",\"BootSourceOverrideTarget\":\"Pxe\""

static void
a_boot_device_is_set_with_its_mode(void **state)
{
    static const struct {
        enum nf_boot_device device;
        bool is_persistent, is_efi;
        const char *body;
    } rows[] = {
        {NF_BOOT_PXE, false, true,
         PXE_ONCE ",\"BootSourceOverrideMode\":\"UEFI\""},
        {NF_BOOT_DISK, true, false,
         "Enabled\":\"Continuous\",\"BootSourceOverrideTarget\":\"Hdd\","
         "\"BootSourceOverrideMode\":\"Legacy\""},
        {NF_BOOT_CDROM, false, true,
         "Enabled\":\"Once\",\"BootSourceOverrideTarget\":\"Cd\","
         "\"BootSourceOverrideMode\":\"UEFI\""},
        {NF_BOOT_BIOS, false, true,
         "Enabled\":\"Once\",\"BootSourceOverrideTarget\":\"BiosSetup\","
         "\"BootSourceOverrideMode\":\"UEFI\""},
        {NF_BOOT_NONE, false, true,
         "Enabled\":\"Disabled\",\"BootSourceOverrideTarget\":\"None\""},
    };

    (void) state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        sets(rows[i].device, rows[i].is_persistent, rows[i].is_efi);
        assert_true(answer_file(200, "system-self"));
        patches(SYSTEM, TAG, rows[i].body);
        assert_true(answer(200, ""));
        is_over();
    }
    sets(NF_BOOT_CDROM, false, true);
    assert_true(answer_file(200, "system-x10"));
    assert_true(nf_redfish_request(&talk, &request));
    assert_non_null(strstr(request.body, "CD/DVD"));
    sets(NF_BOOT_BIOS, false, true);
    assert_false(answer_file(200, "system-x10"));
    assert_int_equal(told.cause, NF_BMC_UNSUPPORTED);
}

static void
each_form_of_an_etag_is_tried(void **state)
{
    static const char *const forms[] = {TAG, "\"1649881751\"", "1649881751",
                                        "*", ""};

    (void) state;
    sets(NF_BOOT_PXE, false, true);
    assert_true(answer_file(200, "system-self"));
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        patches(SYSTEM, forms[i],
                PXE_ONCE ",\"BootSourceOverrideMode\":\"UEFI\"");
        assert_int_equal(answer(i % 2 == 0 ? 412 : 428, ""), i < 4);
    }
    assert_int_equal(told.cause, NF_BMC_REFUSED);
    sets(NF_BOOT_PXE, false, true);
    assert_true(answer_file(200, "system-x10")); /* it tells none */
    assert_true(nf_redfish_request(&talk, &request));
    assert_string_equal(request.if_match, "");
    assert_true(answer(428, ""));
    assert_true(nf_redfish_request(&talk, &request));
    assert_string_equal(request.if_match, "*");
    assert_false(answer(412, ""));
}

static void
a_reset_has_no_etag(void **state)
{
    (void) state;
    sets(NF_BOOT_PXE, false, true);
    assert_true(answer_file(200, "system-self"));
    assert_true(answer(204, ""));
    ask((struct nf_bmc_ask){.verb = NF_BMC_POWER, .power = NF_POWER_ACT_OFF});
    assert_true(answer_file(200, "system-fused"));
    assert_true(nf_redfish_request(&talk, &request));
    assert_int_equal(request.method, NF_REDFISH_POST);
    assert_string_equal(request.if_match, ""); /* iDRAC 10 says 412 */
}

static void
no_etag_adds_a_header(void **state)
{
    struct nf_redfish_reply reply = {
        .status = 200,
        .body = NF_TEXT("{\"@odata.etag\":\"x\\r\\nHost: y\"}"),
    };

    (void) state;
    sets(NF_BOOT_PXE, false, true);
    assert_true(nf_redfish_reply(&talk, &reply, &told));
    assert_true(nf_redfish_request(&talk, &request));
    assert_string_equal(request.if_match, "");
}

static void
what_is_refused_is_tried_without_a_mode_and_looked_at(void **state)
{
    (void) state;
    for (int i = 0; i < 2; i++) {
        sets(NF_BOOT_PXE, false, true);
        assert_true(answer_file(200, "system-self"));
        assert_true(answer_file(400, "error-state"));
        patches(SYSTEM, TAG, PXE_ONCE);
        assert_true(answer(400, "{\"error\":{\"message\":\"no\"}}"));
        gets(SYSTEM); /* iDRAC 8 may have taken it */
        if (i == 0) {
            assert_true(answer_file(200, "settings-dgx"));
            is_over();
        } else {
            assert_false(answer_file(200, "system-self"));
            assert_int_equal(told.cause, NF_BMC_REFUSED);
            assert_string_equal(told.words, "no");
        }
    }
}

static void
boot_is_set_where_it_counts(void **state)
{
    (void) state;
    sets(NF_BOOT_PXE, false, true);
    assert_true(answer_file(200, "system-dgx"));
    gets("/redfish/v1/Systems/DGX/SD");
    assert_true(answer_file(200, "settings-dgx"));
    patches("/redfish/v1/Systems/DGX/SD", "\"5\"",
            PXE_ONCE ",\"BootSourceOverrideMode\":\"UEFI\"");
    sets(NF_BOOT_PXE, false, true);
    assert_true(answer_file(200, "system-dgx"));
    assert_true(answer_file(200, "settings-pending")); /* says nothing of it */
    patches(SYSTEM, "\"1720039110\"",
            PXE_ONCE ",\"BootSourceOverrideMode\":\"UEFI\"");
    sets(NF_BOOT_PXE, false, true);
    assert_true(answer_file(200, "system-self"));
    assert_true(answer_file(400, "error-future"));
    gets(SYSTEM "/SD");
    assert_true(answer_file(200, "settings-pending"));
    patches(SYSTEM "/SD", "\"6\"",
            PXE_ONCE ",\"BootSourceOverrideMode\":\"UEFI\"");
    assert_true(answer(204, ""));
    ask((struct nf_bmc_ask){.verb = NF_BMC_GET_BOOT});
    assert_true(answer_file(200, "system-self"));
    gets(SYSTEM "/SD"); /* where it was set it is read */
    assert_true(answer_file(200, "settings-dgx"));
    is_over();
    assert_int_equal(told.boot.device, NF_BOOT_PXE);
}

static void
what_is_booted_from_is_told(void **state)
{
    (void) state;
    begin((struct nf_bmc_ask){.verb = NF_BMC_GET_BOOT});
    assert_true(answer_file(200, "system-dgx"));
    assert_true(answer_file(200, "settings-dgx"));
    assert_int_equal(told.boot.device, NF_BOOT_PXE);
    assert_true(told.tells_mode && told.boot.is_efi);
    assert_false(told.boot.is_persistent);
    begin((struct nf_bmc_ask){.verb = NF_BMC_GET_BOOT});
    assert_true(answer_file(200, "system-x10"));
    assert_int_equal(told.boot.device, NF_BOOT_CDROM);
    assert_false(told.tells_mode);
    begin((struct nf_bmc_ask){.verb = NF_BMC_GET_BOOT});
    assert_false(answer_file(200, "system-bluefield"));
    assert_int_equal(told.cause, NF_BMC_UNSUPPORTED);
    assert_string_equal(told.words, "it boots from UefiHttp");
}

static void
a_machine_says_what_it_is(void **state)
{
    (void) state;
    begin((struct nf_bmc_ask){.verb = NF_BMC_INFO});
    assert_true(answer_file(200, "system-self"));
    gets("/redfish/v1/Managers/Self");
    assert_true(answer(200, "{\"FirmwareVersion\":\"12.60\"}"));
    is_over();
    assert_string_equal(told.maker, "GIGABYTE");
    assert_string_equal(told.firmware, "12.60");
    begin((struct nf_bmc_ask){.verb = NF_BMC_INFO});
    assert_true(answer_file(200, "system-x10"));
    gets("/redfish/v1/Managers");
    assert_true(answer(404, ""));
    is_over();
    assert_string_equal(told.serial, "");
    assert_string_equal(told.firmware, "1.2");
}

static void
the_bmc_says_where_it_is(void **state)
{
    (void) state;
    begin((struct nf_bmc_ask){.verb = NF_BMC_NETWORK});
    assert_true(answer_file(200, "system-self"));
    assert_true(answer(200, "{\"EthernetInterfaces\":{\"@odata.id\":"
                            "\"/redfish/v1/E\"}}"));
    gets("/redfish/v1/E");
    assert_true(answer(200, "{\"Members\":[{\"@odata.id\":\"/redfish/v1/E/1\"},"
                            "{\"@odata.id\":\"/redfish/v1/E/2\"}]}"));
    gets("/redfish/v1/E/1");
    assert_true(answer_file(200, "interface-usb"));
    gets("/redfish/v1/E/2");
    assert_true(answer_file(200, "interface"));
    is_over();
    assert_string_equal(told.ip, "10.0.0.5");
    assert_string_equal(told.mac, "52:54:00:ab:cd:ef");
}

static void
only_paths_of_the_service_are_asked(void **state)
{
    static const struct {
        const char *text, *path; /* NULL: none */
    } rows[] = {
        {"/redfish/v1/Systems/1", "/redfish/v1/Systems/1"},
        {"https://h/redfish/v1/S/1", "/redfish/v1/S/1"},
        {"http://h:80/redfish/v1/", "/redfish/v1/"},
        {"/cgi-bin/x", NULL},
        {"/redfish/../cgi-bin/x", NULL},
        {"/redfish/v1/%0d\r\nX: y", NULL},
        {"/redfish/v1/a b", NULL},
        {"/redfish/v1/a?b=c", NULL},
        {"//h/redfish/v1/", NULL},
        {"https://h", NULL},
        {"", NULL},
    };
    char path[NF_REDFISH_PATH];

    (void) state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(nf_redfish_path(path, nf_text(rows[i].text)),
                         rows[i].path != NULL);
        assert_string_equal(path, rows[i].path != NULL ? rows[i].path : "");
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_way_leads_by_a_session_to_the_system),
        cmocka_unit_test(without_sessions_the_password_goes_with_each_request),
        cmocka_unit_test(a_session_that_is_lost_is_opened_once_more),
        cmocka_unit_test(the_host_is_found_among_several),
        cmocka_unit_test(power_is_the_systems_word),
        cmocka_unit_test(a_reset_says_what_is_listed),
        cmocka_unit_test(its_list_may_be_elsewhere),
        cmocka_unit_test(a_reset_is_refused_for_a_reason),
        cmocka_unit_test(a_boot_device_is_set_with_its_mode),
        cmocka_unit_test(each_form_of_an_etag_is_tried),
        cmocka_unit_test(a_reset_has_no_etag),
        cmocka_unit_test(no_etag_adds_a_header),
        cmocka_unit_test(what_is_refused_is_tried_without_a_mode_and_looked_at),
        cmocka_unit_test(boot_is_set_where_it_counts),
        cmocka_unit_test(what_is_booted_from_is_told),
        cmocka_unit_test(a_machine_says_what_it_is),
        cmocka_unit_test(the_bmc_says_where_it_is),
        cmocka_unit_test(only_paths_of_the_service_are_asked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
