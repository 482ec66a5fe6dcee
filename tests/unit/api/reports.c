/* What machines report: hardware, progress, and what fits no task. */
#include "task_site.h"

static void
what_is_not_known_of_hardware_is_left_out(void **state)
{
    (void) state;
    ask_with(NF_POST, "/api/v1/report",
             "{\"sn\":\"Default string\",\"mac_address\":\"52:54:00:00:00:01\","
             "\"new\":1.5,\"hardware\":{\"serial_number\":\"To be filled by "
             "O.E.M.\",\"future\":{\"a\":[1.5]},\"cpu\":{\"model\":\"x\","
             "\"new\":1},\"bios\":null}}",
             node_1);
    EXPECT(200, "stored");
    assert_string_equal(world_node(mac_of(1)).serial, "");
    ask(NF_GET, "/api/v1/nodes/525400000001/hardware", NULL);
    EXPECT(200, "{\"reported_at\":\"2026-01-22T10:00:00Z\",\"hardware\":{"
                "\"serial_number\":\"To be filled by O.E.M.\",\"cpu\":{"
                "\"model\":\"x\"}}}");
    create(2);
    ask(NF_GET, "/api/v1/nodes/525400000002/hardware", NULL);
    EXPECT(404, "has reported no hardware");
}

/* InfiniBand's 20 bytes, FireWire's 8, what is up without an address. */
static void
a_card_of_another_kind_costs_nothing_of_a_report(void **state)
{
    static const char *const odd[] = {
        "80:00:00:48:fe:80:00:00:00:00:00:00:24:8a:07:03:00:aa:bb:01",
        "00:11:22:33:44:55:66:77", "00:00:00:00:00:00", "01:00:5e:00:00:01",
        ""};
    char body[512];

    (void) state;
    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
        snprintf(body, sizeof(body),
                 "{\"mac\":\"525400000001\",\"hardware\":{\"mac_address\":"
                 "\"%s\",\"nics\":[{\"mac\":\"%s\"},{\"mac\":"
                 "\"52:54:00:00:01:01\"}],\"company\":\"c%zu\"}}",
                 odd[i], odd[i], i);
        ask_with(NF_POST, "/api/v1/report", body, node_1);
        EXPECT(200, "stored");
        snprintf(body, sizeof(body), "\"nics\":[{\"mac\":\"%s\"}", odd[i]);
        ask(NF_GET, "/api/v1/nodes/525400000001/hardware", NULL);
        EXPECT(200, body);
    }
    nf_mac_t cards[NF_CARDS_MAX];
    NF_READ(r, world.s.store);
    assert_int_equal(nf_cards_of(&r, mac_of(1), cards), 1);
    assert_memory_equal(cards[0].b, "\x52\x54\0\0\1\1", 6);
}

static void
progress_is_kept_with_the_task_that_follows(void **state)
{
    static const char early[] =
        "{\"sn\":\"A1\",\"mac\":\"525400000001\",\"step\":\"hardware_collect\","
        "\"percent\":10,\"message\":\"m\"}";

    (void) state;
    create(1);
    assert_int_equal(ask(NF_POST, "/api/v1/progress", early), 200);
    create_task("{\"mac\":\"525400000001\"}");
    ask(NF_POST, TASKS "/525400000001/approve", NULL);
    ask(NF_POST, "/api/v1/progress",
        "{\"mac\":\"525400000001\",\"step\":\"b\",\"percent\":40}");
    ask(NF_POST, "/api/v1/progress",
        "{\"mac\":\"525400000001\",\"step\":\"c\",\"percent\":30}");
    ask(NF_GET, TASKS "/525400000001", NULL);
    EXPECT(200, "\"progress\":[{\"step\":\"hardware_collect\",\"percent\":10");
    EXPECT(200, "\"logs\":[\"[INFO] hardware_collect (10%) m\",\"[INFO] b "
                "(40%) \",\"[INFO] c (30%) \"]");
    EXPECT(200, "\"percent\":40,");
    ask(NF_POST, TASKS "/525400000001/cancel", NULL);
    ask(NF_POST, "/api/v1/progress",
        "{\"mac\":\"525400000001\",\"step\":\"d\",\"percent\":15}");
    create_task("{\"mac\":\"525400000001\"}");
    EXPECT(201, "\"logs\":[\"[INFO] d (15%) \"]");
    ask(NF_GET, TASKS "/task-00000003", NULL);
    EXPECT(200, "\"[INFO] c (30%) \"]");
    ask(NF_POST, "/api/v1/progress",
        "{\"mac\":\"525400000001\",\"task_id\":\"task-00000099\",\"step\":"
        "\"x\",\"percent\":1}");
    assert_int_equal(answer.call.status, 403); /* no token, no lease */
}

static void
percent_is_a_number_up_to_a_hundred(void **state)
{
    static const char *const rows[] = {"-1",  "101",  "\"50\"",
                                       "1.5", "null", "1e99"};
    char body[128];

    (void) state;
    create(1);
    lease(11, 1);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        snprintf(body, sizeof(body),
                 "{\"mac\":\"525400000001\",\"step\":\"x\",\"percent\":%s}",
                 rows[i]);
        ask_with(NF_POST, "/api/v1/progress", body, node_1);
        EXPECT(400, "");
    }
    ask_with(NF_POST, "/api/v1/progress",
             "{\"mac\":\"525400000001\",\"task_id\":\"task-00000099\","
             "\"step\":\"x\",\"percent\":1}",
             node_1);
    EXPECT(404, "{\"error\":\"Task not found\"");
}

static void
unmatched_reports_are_listed_with_reasons(void **state)
{
    (void) state;
    report_hardware(1, "A1", node_1);
    report_hardware(2, "A1", node_2);
    ask(NF_GET, "/api/v1/unmatched-reports", NULL);
    EXPECT(200, "[{\"mac\":\"52:54:00:00:00:01\",\"reason\":\"no_task\","
                "\"count\":1,");
    EXPECT(200, "\"reason\":\"serial_clash\"");
    EXPECT(200, "\"other\":\"52:54:00:00:00:01\"");
    ask(NF_GET, "/api/v1/unmatched-reports?limit=1", NULL);
    assert_true(text_is(answer.call.link,
                        "</api/v1/unmatched-reports?limit=1&after="
                        "525400000001>; rel=\"next\""));
    assert_int_equal(
        ask(NF_DELETE, "/api/v1/unmatched-reports/525400000002", NULL), 204);
    assert_int_equal(
        ask(NF_DELETE, "/api/v1/unmatched-reports/525400000002", NULL), 404);
    assert_int_equal(ask(NF_DELETE, "/api/v1/unmatched-reports/x", NULL), 400);
}

static void
addresses_are_bound_by_hand(void **state)
{
#define BINDING "/api/v1/admin/dhcp/binding"
    (void) state;
    create(2);
    ask(NF_POST, BINDING,
        "{\"mac\":\"52:54:00:00:00:01\",\"ip\":\"10.66.0.50\",\"hostname\":"
        "\"db1\",\"bootfile\":\"pxelinux.0\"}");
    EXPECT(201, "{\"mac\":\"52:54:00:00:00:01\",\"ip\":\"10.66.0.50\","
                "\"hostname\":\"db1\",\"bootfile\":\"pxelinux.0\"}");
    ask(NF_POST, BINDING, "{\"mac\":\"525400000002\",\"ip\":\"10.66.0.50\"}");
    EXPECT(409, "\"field\":\"ip\"");
    ask(NF_POST, BINDING, "{\"mac\":\"525400000002\"}");
    EXPECT(400, "\"field\":\"ip\"");
    ask(NF_POST, BINDING,
        "{\"mac\":\"525400000002\",\"ip\":\"10.66.0.51\",\"bootfile\":"
        "\"a,b\"}");
    EXPECT(400, "\"field\":\"bootfile\"");
    ask(NF_GET, BINDING "s", NULL);
    EXPECT(200, "[{\"mac\":\"52:54:00:00:00:01\"");
    assert_false(says("52:54:00:00:00:02"));
    assert_int_equal(ask(NF_DELETE, BINDING "/525400000001", NULL), 204);
    assert_int_equal(ask(NF_DELETE, BINDING "/525400000001", NULL), 404);
    ask(NF_GET, BINDING "s", NULL);
    assert_string_equal(answer.text, "[]");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, site_make, site_drop)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_not_known_of_hardware_is_left_out),
        TEST(a_card_of_another_kind_costs_nothing_of_a_report),
        TEST(progress_is_kept_with_the_task_that_follows),
        TEST(percent_is_a_number_up_to_a_hundred),
        TEST(unmatched_reports_are_listed_with_reasons),
        TEST(addresses_are_bound_by_hand),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
