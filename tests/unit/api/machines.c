/* What a machine asks for its task, and is told. */
#include "task_site.h"

static const char *
token_of(unsigned n)
{
    static char text[NF_TOKEN_TEXT];
    struct nf_node node = world_node(mac_of(n));

    nf_token_make(site.key, world_attempt(&node), text);
    return text;
}

static void
a_machine_is_told_which_of_three_things_is_amiss(void **state)
{
    (void) state;
    ask_with(NF_GET, "/api/v1/task/A1", NULL, node_1);
    EXPECT(404, "{\"error\":\"No task found\"");
    EXPECT(404, "has reported its hardware");
    assert_int_equal(report_hardware(1, "A1", node_1), 200);
    EXPECT(200,
           "{\"message\":\"stored\",\"matched\":false,\"retry_after\":10}");
    ask_with(NF_GET, "/api/v1/task/A1", NULL, node_1);
    EXPECT(404, "no task was created for this machine (MAC "
                "52:54:00:00:00:01, serial number A1)");
    assert_int_equal(report_hardware(2, "A1", node_2), 200);
    EXPECT(200, "\"matched\":false");
    ask_with(NF_GET, "/api/v1/task/A1?mac=525400000002", NULL, node_2);
    EXPECT(404, "serial_clash");
    assert_int_equal(create_task("{\"sn\":\"A1\"}"), 201);
    ask_with(NF_GET, "/api/v1/task/A1", NULL, node_1);
    EXPECT(200, "\"status\":\"pending\"");
    assert_false(says("token"));
    ask(NF_POST, TASKS "/A1/approve", NULL);
    ask_with(NF_GET, "/api/v1/task/A1", NULL, node_1);
    EXPECT(200, token_of(1));
    ask(NF_GET, "/api/v1/task/A1", NULL);
    assert_int_equal(answer.call.status, 200);
    assert_false(says(token_of(1)));
}

static void
applied(enum nf_step_kind step)
{
    struct nf_node node = world_node(mac_of(1));

    assert_int_equal(CHANGE(nf_change_files_applied(&c, node.task, step)),
                     NF_OK);
}

static void
a_question_is_held_until_there_is_an_answer(void **state)
{
    struct ask patient = node_1;

    (void) state;
    patient.may_wait = true;
    assert_int_equal(report_hardware(1, "A1", node_1), 200);
    ask_with(NF_GET, "/api/v1/task/A1?wait=20", NULL, patient);
    assert_int_equal(answer.call.status, 0);
    assert_true(nf_mac_equal(answer.call.wait_mac, mac_of(1)));
    assert_int_equal(answer.call.wait_until, world.now + NF_SECONDS(20));
    answer.call.now += NF_SECONDS(5);
    nf_api_read(&site, &answer.call);
    assert_int_equal(answer.call.wait_until, world.now + NF_SECONDS(20));
    answer.call.may_wait = false;
    nf_api_read(&site, &answer.call);
    assert_int_equal(answer.call.status, 404);
    ask_with(NF_GET, "/api/v1/task/A1?wait=4000", NULL, patient);
    assert_int_equal(answer.call.wait_until, world.now + NF_SECONDS(60));
    create_task("{\"sn\":\"A1\"}");
    ask_with(NF_GET, "/api/v1/task/A1?wait=20", NULL, patient);
    assert_int_equal(answer.call.status, 0);
    ask(NF_POST, TASKS "/A1/approve", NULL);
    ask_with(NF_GET, "/api/v1/task/A1?wait=20", NULL, patient);
    assert_int_equal(answer.call.status, 200);
    ask_with(NF_GET, "/api/v1/task/A1?wait=20&idle=1", NULL, patient);
    assert_int_equal(answer.call.status, 0); /* waits for its boot files */
    applied(NF_STEP_BOOT_CONFIG);
    applied(NF_STEP_DHCP_BINDING);
    device("getNextOperation", "{\"sn\":\"A1\"}", node_1);
    EXPECT(200, "reboot");
    ask_with(NF_GET, "/api/v1/task/A1?wait=20&idle=1", NULL, patient);
    assert_int_equal(answer.call.status, 200);
    ask(NF_POST, TASKS "/A1/cancel", NULL);
    ask_with(NF_GET, "/api/v1/task/A1?wait=20", NULL, patient);
    assert_int_equal(answer.call.status, 0);
    assert_int_equal(ask_with(NF_GET, "/api/v1/task/A1?wait=x", NULL, node_1),
                     400);
}

static const char image_profile[] =
    "{\"method\":\"image\",\"os_type\":\"debian\",\"os_version\":\"12\","
    "\"image\":{\"file\":\"images/x.tar\",\"format\":\"tar\"},"
    "\"hardware_scripts\":[{\"name\":\"hello\",\"script\":\"echo hi\\n\"}],"
    "\"raid\":{\"controller\":\"mdadm\",\"level\":\"1\",\"disks\":"
    "[\"/dev/vda\",\"/dev/vdb\"]}}";

/* It may be another one than the node goes by: a card that was added since. */
static void
its_order_names_the_card_that_asks(void)
{
    char path[256];

    ask(NF_PATCH, "/api/v1/nodes/525400000001",
        "{\"macs\":[\"525400000002\"]}");
    device("getOSInstallConfig", "{\"sn\":\"A1\",\"mac\":\"525400000002\"}",
           node_1);
    EXPECT(200, "\"order_url\":\"/image/525400000002/image.json\"");
    snprintf(path, sizeof(path), "/image/525400000002/image.json?token=%s",
             token_of(1));
    ask_with(
        NF_GET, path, NULL,
        (struct ask){.peer = node_1.peer, .listener = NF_LISTENER_ANSWERS});
    EXPECT(200, "\"mac\": \"52:54:00:00:00:02\"");
}

static void
operations_are_asked_for_one_by_one(void **state)
{
    static const char me[] = "{\"sn\":\"A1\"}";

    (void) state;
    assert_int_equal(ask(NF_PUT, "/api/v1/profiles/own", image_profile), 201);
    create_task("{\"sn\":\"A1\",\"profile\":\"own\"}");
    lease(11, 1);
    report_hardware(1, "A1", node_1);
    device("isInInstallQueue", me, node_1);
    assert_string_equal(answer.text, "{\"result\":false}");
    device("getHardwareConfig", me, node_1);
    EXPECT(404, "No task found");
    ask(NF_POST, TASKS "/A1/approve", NULL);
    applied(NF_STEP_BOOT_CONFIG);
    applied(NF_STEP_DHCP_BINDING);
    device("isInInstallQueue", me, node_1);
    assert_string_equal(answer.text, "{\"result\":true}");
    device("getNextOperation", me, node_1);
    EXPECT(200, "{\"operation\":\"hardware_config\",\"data\":{\"scripts\":"
                "[{\"name\":\"hello\",\"script\":\"ZWNobyBoaQo=\"}],"
                "\"raid\":{\"enabled\":true,\"controller\":\"mdadm\"");
    device("getHardwareConfig", me, node_1);
    EXPECT(200, "ZWNobyBoaQo=");
    device("operationComplete",
           "{\"sn\":\"A1\",\"operation\":\"hardware_config\",\"success\":true}",
           node_1);
    EXPECT(200, "ok");
    device("getNextOperation", me, node_1);
    EXPECT(200, "{\"operation\":\"network_config\",\"data\":{\"network\":{"
                "\"method\":\"dhcp\"");
    device("operationComplete",
           "{\"sn\":\"A1\",\"operation\":\"network_config\",\"success\":true}",
           node_1);
    device("getNextOperation", me, node_1);
    EXPECT(200, "{\"operation\":\"os_install\",\"data\":{\"install_method\":"
                "\"image\",\"os_type\":\"debian\",\"os_version\":\"12\","
                "\"order_url\":\"/image/525400000001/image.json\"");
    EXPECT(200, token_of(1));
    device("getOSInstallConfig", me, node_1);
    EXPECT(200, token_of(1));
    its_order_names_the_card_that_asks();
    device("installComplete", "{\"sn\":\"A1\",\"status\":\"bad\"}", node_1);
    EXPECT(400, "\"field\":\"status\"");
    device("installComplete", "{\"sn\":\"A1\",\"status\":\"success\"}", node_1);
    EXPECT(200, "ok");
    struct nf_task task = world_task(mac_of(1));
    assert_true(nf_task_is_installed(&task));
    device("getNextOperation", me, node_1);
    EXPECT(200, "{\"operation\":\"reboot\",\"data\":{}}");
}

/* Who may speak for node 1, which holds 10.66.0.11: by what, and what of. */
static void
nobody_speaks_for_another_node(void **state)
{
    static const struct ask stranger = {.listener = NF_LISTENER_AGENT,
                                        .peer = {{10, 66, 0, 99}}};
    static const char *const routes[] = {"isInInstallQueue", "getNextOperation",
                                         "getHardwareConfig",
                                         "getOSInstallConfig"};
    char body[256], right[64];

    (void) state;
    lease(11, 1);
    lease(12, 2);
    report_hardware(1, "A1", node_1);
    report_hardware(2, "B1", node_2);
    create_task("{\"sn\":\"A1\"}");
    ask(NF_POST, TASKS "/A1/approve", NULL);
    applied(NF_STEP_BOOT_CONFIG);
    applied(NF_STEP_DHCP_BINDING);
    snprintf(right, sizeof(right), "%s", token_of(1));
    uint64_t last = world_last();
    for (size_t i = 0; i < 4; i++) {
        snprintf(body, sizeof(body), "{\"sn\":\"A1\",\"token\":\"%s\"}", right);
        assert_int_equal(device(routes[i], "{\"sn\":\"A1\"}", node_2), 403);
        assert_int_equal(device(routes[i], body, node_2), 403);
        assert_int_equal(device(routes[i], body, stranger), 403);
        assert_int_equal(device(routes[i], "{\"sn\":\"nobody\"}", node_1), 403);
        assert_int_equal(device(routes[i], "{}", node_1), 400);
    }
    assert_int_equal(ask_with(NF_GET, "/api/v1/task/A1", NULL, node_2), 403);
    assert_int_equal(report_hardware(1, "A1", node_2), 403);
    assert_int_equal(report_hardware(9, "new", node_2), 403);
    static const char done[] = "{\"mac\":\"525400000001\",\"token\":\"%s\","
                               "\"operation\":\"os_install\",\"success\":true,"
                               "\"step\":\"x\",\"percent\":50,\"status\":"
                               "\"success\",\"task_id\":\"task-%08llx\"}";
    const char *const ends[] = {DEVICE "operationComplete",
                                DEVICE "installComplete", "/api/v1/progress"};
    const struct {
        const char *token;
        struct ask from;
    } wrong[] = {{"", node_2},
                 {right, node_2},
                 {"wrong", node_1},
                 {"", stranger},
                 {right, stranger}};
    for (size_t i = 0; i < 3; i++) {
        for (size_t j = 0; j < sizeof(wrong) / sizeof(wrong[0]); j++) {
            snprintf(body, sizeof(body), done, wrong[j].token,
                     (unsigned long long) world_node(mac_of(1)).task);
            ask_with(NF_POST, ends[i], body, wrong[j].from);
            if (answer.call.status != 403) {
                fail_msg("%s row %zu: %u", ends[i], j, answer.call.status);
            }
        }
    }
    assert_int_equal(world_last(), last);
    snprintf(body, sizeof(body), done, "",
             (unsigned long long) world_node(mac_of(1)).task);
    assert_int_equal(ask_with(NF_POST, ends[2], body, node_1), 200);
    snprintf(body, sizeof(body), done, right,
             (unsigned long long) world_node(mac_of(1)).task);
    assert_int_equal(ask_with(NF_POST, ends[0], body, node_1), 200);
}

static void
a_bad_report_names_its_member_and_is_noted_once(void **state)
{
    static const char *const rows[][2] = {
        {"\"serial_number\":7", "\"field\":\"hardware.serial_number\""},
        {"\"disks\":{}", "\"field\":\"hardware.disks\""},
        {"\"disks\":[{\"size_gb\":-1}]",
         "\"field\":\"hardware.disks[0].size_gb\""},
        {"\"disks\":[{\"model\":\"a\\nb\"}]",
         "\"field\":\"hardware.disks[0].model\""},
        {"\"nics\":[{\"mac\":\"zz\"}]", "\"field\":\"hardware.nics[0].mac\""},
        {"\"memory\":{\"total_gb\":\"8\"}",
         "\"field\":\"hardware.memory.total_gb\""},
    };
    char body[256];

    (void) state;
    lease(11, 1);
    report_hardware(1, "A1", node_1);
    struct nf_node before = world_node(mac_of(1));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        snprintf(body, sizeof(body),
                 "{\"mac\":\"525400000001\",\"hardware\":{%s}}", rows[i][0]);
        ask_with(NF_POST, "/api/v1/report", body, node_1);
        EXPECT(400, rows[i][1]);
    }
    assert_int_equal(world_events(NF_EVENT_REPORT_REFUSED), 1);
    assert_int_equal(world_node(mac_of(1)).revision, before.revision);
    ask_with(NF_POST, "/api/v1/report", "{\"mac\":\"525400000001\"}", node_1);
    EXPECT(400, "\"field\":\"hardware\"");
    assert_int_equal(ask_with(NF_POST, "/api/v1/report", rows[0][0], node_1),
                     400);
}

/* One batch: what is refused spoils nothing of its neighbours, and is noted.
 */
static void
a_refused_report_leaves_its_batch_alone(void **state)
{
    static const char *const bodies[][2] = {
        {"/api/v1/tasks", "{\"sn\":\"S1\"}"},
        {"/api/v1/report", "{\"mac\":\"525400000001\",\"hardware\":{"
                           "\"disks\":7}}"},
        {"/api/v1/tasks", "{\"sn\":\"S1\"}"},
        {"/api/v1/tasks", "{\"sn\":\"S2\"}"},
    };
    static const unsigned wanted[] = {201, 400, 409, 201};
    struct nf_call calls[4], *batch[4];

    (void) state;
    create(1);
    uint64_t last = world_last();
    for (size_t i = 0; i < 4; i++) {
        struct ask with = {0};
        calls[i] = call_make(NF_POST, bodies[i][0], bodies[i][1], &with);
        batch[i] = &calls[i];
        assert_true(nf_api_route(&calls[i]));
    }
    nf_api_write(&site, batch, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(calls[i].status, wanted[i]);
        nf_arena_free(calls[i].arena);
    }
    assert_int_equal(world_last(), last + 3);
    assert_int_equal(world_events(NF_EVENT_REPORT_REFUSED), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, site_make, site_drop)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_machine_is_told_which_of_three_things_is_amiss),
        TEST(a_question_is_held_until_there_is_an_answer),
        TEST(operations_are_asked_for_one_by_one),
        TEST(nobody_speaks_for_another_node),
        TEST(a_bad_report_names_its_member_and_is_noted_once),
        TEST(a_refused_report_leaves_its_batch_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
