/* Answers, for the attempt and its node alone; what installers report. */
#include "node_site.h"

static unsigned
answers(const char *kind, const char *with_token, struct ask with)
{
    char path[160];

    snprintf(path, sizeof(path), "/%s?token=%s", kind, with_token);
    with.listener = NF_LISTENER_ANSWERS;
    return ask_with(NF_GET, path, NULL, with);
}

#define PRESEED "preseed/525400000001/preseed.cfg"
#define IMAGE   "image/525400000001/image.json"

/* --- answers, for the attempt and its node alone ----------------------------
 */

static void
answers_need_the_token_of_the_attempt(void **state)
{
    static char old[NF_TOKEN_TEXT];
    struct ask none = {0};

    (void) state;
    create(1);
    assert_int_equal(answers(PRESEED, "x", none), 403);
    act("install");
    assert_int_equal(answers(PRESEED, token(), none), 200);
    assert_true(says("d-i "));
    assert_int_equal(answers(PRESEED, "x", none), 403);
    assert_int_equal(answer.len, 0);
    assert_int_equal(answers(PRESEED, "", none), 403);
    assert_int_equal(ask(NF_GET, "/" PRESEED, NULL), 403);
    assert_int_equal(answers(IMAGE, "x", none), 403);
    assert_int_equal(answers(IMAGE, token(), none), 200);
    assert_true(says("\"disk\": \"auto\""));
    snprintf(old, sizeof(old), "%s", token());
    act("cancel");
    assert_int_equal(answers(PRESEED, old, none), 403);
    act("install");
    assert_int_equal(answers(PRESEED, old, none), 403);
    assert_int_equal(answers(PRESEED, token(), none), 200);
    assert_int_equal(report(token(), true, none), 200);
    assert_int_equal(answers(PRESEED, token(), none), 403);
}

static void
the_agent_reads_what_to_install(void **state)
{
    struct ask none = {0};

    (void) state;
    create(1);
    assert_int_equal(ask(NF_PUT, NODE,
                         "{\"action\":\"install\",\"profile\":"
                         "\"debian-image\"}"),
                     200);
    assert_int_equal(answers(IMAGE, token(), none), 200);
    json_t *json = json_loads(answer.text, 0, NULL);
    assert_non_null(json);
    assert_string_equal(json_string_value(json_object_get(json, "mac")),
                        "52:54:00:00:00:01");
    json_decref(json);
    assert_string_equal(answer.call.type, "application/json");
    assert_int_equal(answers(PRESEED, token(), none), 404);
}

static void
another_machine_gets_no_answers_and_no_install_script(void **state)
{
    struct ask own = {.peer = ip_of(1), .listener = NF_LISTENER_BOOT};
    struct ask other = {.peer = ip_of(2), .listener = NF_LISTENER_BOOT};
    struct ask nobody = {.peer = ip_of(3), .listener = NF_LISTENER_BOOT};

    (void) state;
    create(1);
    create(2);
    lease(1, 1);
    lease(2, 2);
    act("install");
    assert_int_equal(answers(PRESEED, token(), other), 403);
    assert_int_equal(answers(PRESEED, token(), own), 200);
    assert_int_equal(answers(PRESEED, token(), nobody), 403);
    ask_with(NF_GET, SCRIPT, NULL, other);
    EXPECT(200, "#!ipxe"); /* it may be the node with a new lease: ask again */
    assert_false(says(token()));
    assert_false(says("debian-installer"));
    assert_false(answer.call.has_after_work);
    ask_with(NF_GET, SCRIPT, NULL, nobody);
    assert_false(says(token()));
    nobody.listener = NF_LISTENER_API; /* an operator looks at it */
    ask_with(NF_GET, SCRIPT, NULL, nobody);
    assert_true(says(token()));
    ask_with(NF_GET, SCRIPT, NULL, own);
    EXPECT(200, "debian-installer");
    assert_int_equal(report(token(), true, other), 403);
    assert_int_equal(report(token(), true, own), 200);
}

static void
without_a_lease_any_peer_may_be_the_node(void **state)
{
    struct ask nobody = {.peer = ip_of(3), .listener = NF_LISTENER_BOOT};
    struct ask other = {.peer = ip_of(2), .listener = NF_LISTENER_BOOT};

    (void) state;
    create(1);
    create(2);
    lease(2, 2);
    act("install");
    assert_int_equal(answers(PRESEED, token(), other), 403);
    assert_int_equal(answers(PRESEED, token(), nobody), 200);
    ask_with(NF_GET, SCRIPT, NULL, nobody);
    assert_true(says(token()));
}

static void
a_lease_given_back_says_nothing_of_its_peer(void **state)
{
    struct ask from = {.peer = ip_of(2)};
    struct nf_lease_report gone = {
        .action = NF_LEASE_DEL,
        .lease = {.ip = ip_of(2),
                  .mac = mac_of(2),
                  .expires = NOW * 2,
                  .changed_at = NOW + 5000},
    };

    (void) state;
    create(1);
    create(2);
    lease(2, 2);
    act("install");
    assert_int_equal(answers(PRESEED, token(), from), 403);
    assert_int_equal(CHANGE(nf_change_lease(&c, &gone)), NF_OK);
    assert_int_equal(answers(PRESEED, token(), from), 200);
}

/* --- reports ----------------------------------------------------------------
 */

static void
a_report_needs_the_token_and_may_be_repeated(void **state)
{
    struct ask none = {0};

    (void) state;
    create(1);
    assert_int_equal(report("x", true, none), 403);
    act("install");
    assert_int_equal(report("x", true, none), 403);
    assert_true(says("\"field\":\"token\""));
    assert_int_equal(report(token(), true, none), 200);
    assert_string_equal(answer.text, "{\"status\":\"ok\"}");
    uint64_t last = world_last();
    assert_int_equal(report(token(), true, none), 200);
    assert_int_equal(report(token(), false, none), 200);
    assert_int_equal(world_last(), last);
    assert_int_equal(world_node(mac_of(1)).boot, NF_BOOT_LOCAL);
}

static void
a_failed_report_fails_the_task_with_its_words(void **state)
{
    struct ask none = {0};

    (void) state;
    create(1);
    act("install");
    assert_int_equal(report(token(), false, none), 200);
    assert_string_equal(world_task(mac_of(1)).reason, "no disk");
    ask(NF_GET, NODE "/timeline", NULL);
    EXPECT(200, "The task is failed: no disk.");
}

static void
a_report_names_what_is_wrong_and_tolerates_what_is_new(void **state)
{
    static const char *const rows[][2] = {
        {"{", "not valid JSON"},
        {"{}", "is missing"},
        {"{\"mac\":\"525400000001\",\"token\":\"x\",\"operation\":\"y\"}",
         "\"field\":\"success\""},
        {"{\"token\":\"x\",\"operation\":\"y\",\"success\":true}",
         "\"field\":\"mac\""},
        {"{\"mac\":\"x\",\"token\":\"x\",\"operation\":\"y\",\"success\":true}",
         "\"field\":\"mac\""},
        {"{\"mac\":\"525400000001\",\"token\":\"x\",\"operation\":\"y\","
         "\"success\":\"yes\"}",
         "\"field\":\"success\""},
    };
    struct ask with = {.listener = NF_LISTENER_AGENT,
                       .type = "application/x-www-form-urlencoded"};
    char body[256];

    (void) state;
    create(1);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ask_with(NF_POST, "/api/v1/device/operationComplete", rows[i][0], with);
        EXPECT(400, rows[i][1]);
    }
    act("install");
    snprintf(body, sizeof(body),
             "{\"mac_address\":\"52:54:00:00:00:01\",\"token\":\"%s\","
             "\"operation\":\"os_install\",\"success\":true,\"new\":[1]}",
             token());
    ask_with(NF_POST, "/api/v1/device/operationComplete", body, with);
    EXPECT(200, "{\"status\":\"ok\"}");
}

static void
a_report_may_name_its_serial_number(void **state)
{
    char body[256];

    (void) state;
    create(1);
    assert_int_equal(ask(NF_PATCH, NODE, "{\"serial\":\"S1\"}"), 200);
    act("install");
    snprintf(body, sizeof(body),
             "{\"sn\":\"S1\",\"token\":\"%s\",\"operation\":\"os_install\","
             "\"success\":true}",
             token());
    ask(NF_POST, "/api/v1/device/operationComplete", body);
    EXPECT(200, "ok");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, site_make, site_drop)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(answers_need_the_token_of_the_attempt),
        TEST(the_agent_reads_what_to_install),
        TEST(another_machine_gets_no_answers_and_no_install_script),
        TEST(without_a_lease_any_peer_may_be_the_node),
        TEST(a_lease_given_back_says_nothing_of_its_peer),
        TEST(a_report_needs_the_token_and_may_be_repeated),
        TEST(a_failed_report_fails_the_task_with_its_words),
        TEST(a_report_names_what_is_wrong_and_tolerates_what_is_new),
        TEST(a_report_may_name_its_serial_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
