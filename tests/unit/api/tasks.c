/* Tasks that an operator makes: what is asked for, and how it is refused. */
#include "task_site.h"

#include "catalogue.h"

static bool
effective_says(uint64_t task, const char *part)
{
    struct nf_profile profile;
    NF_READ(r, world.s.store);

    assert_true(nf_task_profiles_get(&r, task, &profile));
    bool found =
        memmem(profile.json.data, profile.json.len, part, strlen(part)) != NULL;
    if (!found) {
        print_error("%.*s\n", (int) profile.json.len, profile.json.data);
    }
    return found;
}

static void
a_task_is_created_by_serial_number_and_matches_its_machine(void **state)
{
    (void) state;
    assert_int_equal(create_task("{\"sn\":\"SRV-1\"}"), 201);
    EXPECT(201, "{\"task_id\":\"task-00000001\",\"status\":\"pending\"");
    assert_true(text_is(answer.call.location, TASKS "/task-00000001"));
    EXPECT(201, "\"sn\":\"SRV-1\"");
    assert_false(says("\"mac\""));
    assert_int_equal(create_task("{\"sn\":\"SRV-1\"}"), 409);
    EXPECT(409, "task-00000001 already waits for this machine");
    assert_int_equal(report_hardware(1, "SRV-1", node_1), 200);
    EXPECT(200, "{\"message\":\"Hardware reported successfully\","
                "\"matched\":true}");
    ask(NF_GET, TASKS "/SRV-1", NULL);
    EXPECT(200, "\"mac\":\"52:54:00:00:00:01\"");
    ask(NF_GET, TASKS "/52-54-00-00-00-01", NULL);
    EXPECT(200, "task-00000001");
    assert_string_equal(world_node(mac_of(1)).serial, "SRV-1");
}

static void
an_operating_system_names_its_profile(void **state)
{
    static const char *const rows[][4] = {
        {"Ubuntu 22.04 LTS", "22.04", "\"profile\":\"ubuntu-22.04\"",
         "\"os_type\":\"ubuntu\",\"os_version\":\"22.04\""},
        {"Ubuntu 24.04", "", "\"profile\":\"ubuntu-24.04\"",
         "\"os_name\":\"Ubuntu 24.04\""},
        {"debian", "12.5", "\"profile\":\"debian-12\"",
         "\"os_version\":\"12.5\""},
        {"debian", "", "\"profile\":\"debian-12\"", "\"os_version\":\"12\""},
        {"CentOS", "7", "\"profile\":\"centos-7\"", "\"method\":\"kickstart\""},
    };
    char body[160];

    (void) state;
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        snprintf(body, sizeof(body),
                 "{\"sn\":\"S%u\",\"os_type\":\"%s\",\"os_version\":\"%s\"}", i,
                 rows[i][0], rows[i][1]);
        assert_int_equal(create_task(body), 201);
        EXPECT(201, rows[i][2]);
        EXPECT(201, rows[i][3]);
    }
    create_task("{\"sn\":\"X1\",\"os_type\":\"Plan 9\"}");
    EXPECT(400, "\"field\":\"os_type\"");
    EXPECT(400, "centos 7, debian 12");
    create_task(
        "{\"sn\":\"X1\",\"profile\":\"rocky-9\",\"os_type\":\"debian\"}");
    EXPECT(400, "the profile installs rocky");
    ask(NF_POST, TASKS, "{\"sn\":\"X1\",\"os_type\":\"beos\"}");
    EXPECT(400, "available: centos 7, debian 12, debian 13, rocky 9, ubuntu");
    create_task("{\"sn\":\"X1\",\"profile\":\"nothing\"}");
    EXPECT(400, "\"field\":\"profile\"");
}

static void
a_password_is_sealed_and_never_shown(void **state)
{
    char secret[NF_SECRET_MAX + 1] = "";

    (void) state;
    create_task(
        "{\"sn\":\"S1\",\"bmc\":{\"ip\":\"10.0.0.9\",\"username\":\"u\","
        "\"password\":\"hunter22\",\"type\":\"ipmi\"}}");
    EXPECT(201, "\"bmc\":{\"ip\":\"10.0.0.9\",\"username\":\"u\","
                "\"type\":\"ipmi\"},\"bmc_password_set\":true");
    assert_false(says("hunter22"));
    struct dump dump = dump_store(world.s.store);
    assert_null(memmem(dump.data, dump.len, "hunter22", 8));
    free(dump.data);
    {
        NF_READ(r, world.s.store);
        assert_true(nf_secrets_get(&r, site.key, "task-00000001/bmc", secret));
    }
    assert_string_equal(secret, "hunter22");
}

static void
an_address_becomes_the_nodes_own(void **state)
{
    (void) state;
    create(1);
    create_task("{\"mac\":\"525400000001\",\"network\":{\"ip\":\"10.1.0.5\","
                "\"netmask\":\"255.255.255.0\",\"gateway\":\"10.1.0.1\","
                "\"dns_servers\":[\"10.1.0.2\",\"10.1.0.3\"],\"vlans\":[7]}}");
    EXPECT(201, "\"vlans\":[7]");
    ask(NF_GET, "/api/v1/nodes/525400000001", NULL);
    EXPECT(200, "\"ip\":\"10.1.0.5\",\"netmask\":\"255.255.255.0\","
                "\"gateway\":\"10.1.0.1\",\"dns\":\"10.1.0.2,10.1.0.3\"");
    create_task("{\"sn\":\"X1\",\"network\":{\"ip\":\"10.1.0.5\","
                "\"netmask\":\"255.255.255.0\"}}");
    EXPECT(409, "\"field\":\"network.ip\"");
    create_task("{\"sn\":\"S2\",\"network_config\":{\"ip\":\"10.66.0.6\","
                "\"netmask\":\"255.255.255.0\"}}");
    assert_int_equal(answer.call.status, 201);
    assert_int_equal(report_hardware(2, "S2", node_2), 200);
    ask(NF_GET, "/api/v1/nodes/S2", NULL);
    EXPECT(200, "\"ip\":\"10.66.0.6\"");
    create_task("{\"sn\":\"S3\",\"network\":{\"ip\":\"10.1.0.7\",\"netmask\":"
                "\"255.255.255.0\"}}");
    EXPECT(400, "\"field\":\"network.ip\"");
    create_task("{\"sn\":\"S3\",\"network\":{\"ip\":\"10.1.0.7\",\"netmask\":"
                "\"255.255.255.0\"},"
                "\"switch\":{\"port\":\"e7\"}}");
    assert_int_equal(answer.call.status, 201);
}

static void
its_own_members_lie_over_the_profile(void **state)
{
    (void) state;
    put_file("k/vmlinuz", 'a');
    create_task("{\"sn\":\"S1\",\"profile\":\"ubuntu-22.04\",\"pxe\":{"
                "\"kernel_path\":\"k/vmlinuz\",\"initrd_path\":\"k/none\"}}");
    EXPECT(400, "\"field\":\"pxe.initrd_path\"");
    EXPECT(400, "there is no such boot file");
    put_file("k/initrd", 'c');
    create_task(
        "{\"sn\":\"S1\",\"profile\":\"ubuntu-22.04\",\"packages\":[\"htop\"],"
        "\"pxe\":{\"kernel_path\":\"k/vmlinuz\",\"initrd_path\":\"k/initrd\","
        "\"kernel_params\":\"quiet\"},\"bootfile\":\"pxelinux.0\","
        "\"disk_layout\":{\"root_disk\":\"/dev/vda\",\"partition_table\":"
        "\"mbr\",\"partitions\":[{\"mount_point\":\"/\",\"size\":\"rest\","
        "\"fstype\":\"ext4\"},{\"mount_point\":\"\",\"size\":\"2G\","
        "\"fstype\":\"swap\"},{\"mount_point\":\"/"
        "boot\",\"size\":\"512M\"}]}}");
    EXPECT(201, "\"bootfile\":\"pxelinux.0\"");
    assert_true(effective_says(1, "\"packages\":[\"htop\"]"));
    assert_true(effective_says(1, "\"kernel\":{\"path\":\"k/vmlinuz\","
                                  "\"sha256\":\"aaaa"));
    assert_true(effective_says(1, "\"initrd\":{\"path\":\"k/initrd\","
                                  "\"sha256\":\"cccc"));
    assert_true(effective_says(1, "\"kernel_args\":\"quiet\""));
    assert_true(effective_says(
        1, "\"disk\":{\"device\":\"/dev/vda\",\"table\":\"msdos\","
           "\"partitions\":[{\"mount\":\"/\",\"fs\":\"ext4\",\"size_mb\":0},"
           "{\"mount\":\"swap\",\"fs\":\"swap\",\"size_mb\":2048},"
           "{\"mount\":\"/boot\",\"size_mb\":512}]}"));
    put_file("k/vmlinuz", 'b');
    assert_true(effective_says(1, "aaaa"));
    assert_false(says("aaaa"));
    forget_file("k/vmlinuz");
    forget_file("k/initrd");
    create_task("{\"sn\":\"S2\",\"profile\":\"debian-image\",\"pxe\":{"
                "\"kernel_path\":\"k/vmlinuz\"}}");
    EXPECT(400, "\"field\":\"pxe.kernel_path\"");
    EXPECT(400, "nf-agent, which brings its own");
}

static void
its_vlan_is_that_of_the_new_system(void **state)
{
    (void) state;
    create_task("{\"sn\":\"S1\",\"network\":{\"vlans\":[12],"
                "\"interface\":\"eno1\"}}");
    EXPECT(201, "\"vlans\":[12]");
    assert_true(effective_says(1, "\"vlan\":{\"id\":12,\"link\":\"eno1\"}"));
    create_task("{\"mac\":\"52:54:00:00:00:05\",\"network_config\":{"
                "\"vlans\":[4094],\"ip\":\"10.66.0.5\",\"netmask\":"
                "\"255.255.255.0\"}}");
    EXPECT(201, "\"vlans\":[4094]");
    assert_true(effective_says(world_node(mac_of(5)).task,
                               "\"vlan\":{\"id\":4094,\"link\":"
                               "\"52:54:00:00:00:05\"}"));
    create_task("{\"sn\":\"S2\",\"network\":{\"vlans\":[]}}");
    EXPECT(201, "\"vlans\":[]");
    assert_false(says("\"vlan\":"));
}

static void
a_bad_task_names_its_member_and_writes_nothing(void **state)
{
    static const char *const rows[][2] = {
        {"[1]", "a task must be an object"},
        {"{}", "\"field\":\"sn\""},
        {"{\"mac\":\"zz\"}", "\"field\":\"mac\""},
        {"{\"mac\":\"525400000001\",\"x\":1}", "\"field\":\"x\""},
        {"{\"sn\":\"S1\",\"idc\":\"dc2\"}", "\"field\":\"idc\""},
        {"{\"sn\":\"S1\",\"hostname\":\"a_b\"}", "\"field\":\"hostname\""},
        {"{\"sn\":\"S1\",\"hostname\":\"a\\nb\"}", "\"field\":\"hostname\""},
        {"{\"sn\":\"S1\",\"network\":{\"ip\":\"1.2.3\"}}",
         "\"field\":\"network.ip\""},
        {"{\"sn\":\"S1\",\"network\":{\"vlans\":[4095]}}",
         "\"field\":\"network.vlans[0]\""},
        {"{\"mac\":\"525400000001\",\"network\":{\"vlans\":[5,6]}}",
         "\"field\":\"network.vlans\""},
        {"{\"sn\":\"S1\",\"network\":{\"vlans\":[5]}}",
         "\"field\":\"network.vlans\""},
        {"{\"sn\":\"S1\",\"network\":{\"vlans\":[5],\"interface\":\"vlan5\"}}",
         "\"field\":\"network.vlans"},
        {"{\"sn\":\"S1\",\"network\":{\"ip\":\"1.2.3.4\"}}",
         "\"field\":\"network.netmask\""},
        {"{\"sn\":\"S1\",\"bmc\":{\"username\":\"u\"}}",
         "\"field\":\"bmc.ip\""},
        {"{\"sn\":\"S1\",\"bmc\":{\"ip\":\"1.2.3.4\","
         "\"password\":\"123456789012345678901\"}}",
         "\"field\":\"bmc.password\""},
        {"{\"sn\":\"S1\",\"bmc\":{\"ip\":\"1.2.3.4\",\"type\":\"ilo\"}}",
         "\"field\":\"bmc.type\""},
        {"{\"sn\":\"S1\",\"switch\":{\"port\":\"1\",\"mode\":\"x\"}}",
         "\"field\":\"switch.mode\""},
        {"{\"sn\":\"S1\",\"bootfile\":\"../x\"}", "\"field\":\"bootfile\""},
        {"{\"sn\":\"S1\",\"pxe\":{\"kernel_path\":\"../x\"}}",
         "\"field\":\"pxe.kernel_path\""},
        {"{\"sn\":\"S1\",\"pxe\":{\"kernel_params\":\"a;b\\\"\"}}",
         "\"field\":\"pxe.kernel_params\""},
        {"{\"sn\":\"S1\",\"disk_layout\":{\"root_disk\":\"sda\"}}",
         "\"field\":\"disk_layout.root_disk\""},
        {"{\"sn\":\"S1\",\"disk_layout\":{\"partitions\":[{\"mount_point\":"
         "\"/\",\"size\":\"much\"}]}}",
         "\"field\":\"disk_layout.partitions[0].size\""},
        {"{\"sn\":\"S1\",\"disk_layout\":{\"partitions\":[{\"mount_point\":"
         "\"/a b\",\"size\":\"1G\"}]}}",
         "\"field\":\"disk_layout.partitions[0].mount"},
        {"{\"sn\":\"S1\",\"tags\":[1]}", "\"field\":\"tags[0]\""},
        {"{\"sn\":\"S1\",\"packages\":[\"a;b\"]}", "\"field\":\"packages[0]\""},
        {"{\"sn\":\"S1\",\"notes\":\"a\\u0000\"}", "\"field\":\"notes\""},
    };

    (void) state;
    create(1);
    uint64_t last = world_last();
    for (size_t i = 1; i < sizeof(rows) / sizeof(rows[0]); i++) {
        create_task(rows[i][0]);
        EXPECT(400, rows[i][1]);
    }
    create_task(rows[0][0]);
    EXPECT(207, "{\"status\":400,\"error\":\"a task must be an object\"}");
    assert_int_equal(world_last(), last);
}

static void
many_are_created_each_with_its_own_result(void **state)
{
    (void) state;
    create_task(
        "[{\"sn\":\"A1\"},{\"sn\":\"A1\"},{\"mac\":\"zz\"},{\"sn\":\"B1\"}]");
    EXPECT(207, "[{\"status\":201,\"task\":{\"task_id\":\"task-00000001\"");
    EXPECT(207, "{\"status\":409,\"error\":\"task-00000001 already waits for "
                "this machine\",\"field\":\"sn\"}");
    EXPECT(207, "{\"status\":400,\"error\":\"must be a MAC address of a "
                "network card\",\"field\":\"mac\"}");
    EXPECT(207, "task-00000002");
    ask(NF_POST, TASKS "/approve",
        "{\"task_ids\":[\"task-00000001\",\"task-00000009\",\"x\","
        "\"task-00000001\"]}");
    EXPECT(207, "[{\"status\":200,\"task\":{\"task_id\":\"task-00000001\","
                "\"status\":\"approved\"");
    EXPECT(207, "{\"status\":404,\"error\":\"task not found\"");
    EXPECT(207, "{\"status\":409,\"error\":\"cannot approve a task that is "
                "approved\"");
    ask(NF_POST, TASKS "/approve", "{\"task_ids\":\"x\"}");
    EXPECT(400, "\"field\":\"task_ids\"");
}

static void
a_key_is_answered_as_the_first_time(void **state)
{
    struct ask with = {.key = "k1"};

    (void) state;
    ask_with(NF_POST, TASKS, "{\"sn\":\"A1\"}", with);
    EXPECT(201, "task-00000001");
    ask_with(NF_POST, TASKS, "{\"sn\":\"A1\"}", with);
    EXPECT(201, "task-00000001");
    assert_true(text_is(answer.call.location, TASKS "/task-00000001"));
    ask_with(NF_POST, TASKS, "{\"sn\":\"B1\"}", with);
    EXPECT(409, "Idempotency-Key");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, site_make, site_drop)

/* --- tried again
 * --------------------------------------------------------------
 */

#define MENDED                                                                 \
    "{\"title\":\"m\",\"method\":\"preseed\",\"os_type\":\"debian\","          \
    "\"os_version\":\"%s\",\"suite\":\"bookworm\",\"packages\":[\"%s\"]}"

static void
put_profile(const char *version, const char *package, unsigned status)
{
    char body[256];

    snprintf(body, sizeof(body), MENDED, version, package);
    unsigned got = ask(NF_PUT, "/api/v1/profiles/mended", body);
    if (got != status) {
        fail_msg("%s", answer.text);
    }
}

static void
a_task_is_tried_again_by_its_copy_or_by_the_profile_of_today(void **state)
{
    (void) state;
    put_profile("12", "old-package", 201);
    assert_int_equal(
        create_task("{\"mac\":\"525400000001\",\"profile\":\"mended\","
                    "\"hostname\":\"web\",\"network\":{\"ip\":\"10.66.0.60\","
                    "\"netmask\":\"255.255.255.0\"}}"),
        201);
    uint64_t id = world_node(mac_of(1)).task;
    ask(NF_POST, TASKS "/525400000001/approve", NULL);
    ask(NF_POST, TASKS "/525400000001/cancel", NULL);
    ask(NF_GET, TASKS "/525400000001/timeline", NULL);
    EXPECT(200, "Start over with `nf retry task-");
    put_profile("13", "new-package", 200);
    ask(NF_GET, TASKS "/525400000001/timeline", NULL);
    EXPECT(200, "Its profile mended has changed since the task was made. Start "
                "over with "
                "`nf retry --refresh task-");
    ask(NF_POST, TASKS "/525400000001/retry", NULL);
    EXPECT(200, "\"os_version\":\"12\"");
    assert_true(effective_says(id, "old-package"));
    ask(NF_POST, TASKS "/525400000001/cancel", NULL);
    ask(NF_POST, TASKS "/525400000001/retry", "{\"refresh\":true}");
    EXPECT(200, "\"os_version\":\"13\"");
    assert_true(effective_says(id, "new-package"));
    assert_true(effective_says(id, "10.66.0.60")); /* its own stays */
    assert_string_equal(world_node(mac_of(1)).hostname, "web");
    ask(NF_POST, TASKS "/525400000001/cancel", NULL);
    ask(NF_GET, TASKS "/525400000001/timeline", NULL);
    EXPECT(200, "Start over with `nf retry task-");
    ask(NF_DELETE, "/api/v1/profiles/mended", NULL);
    ask(NF_POST, TASKS "/525400000001/retry", "{\"refresh\":true}");
    EXPECT(400, "there is no profile mended");
    ask(NF_POST, TASKS "/525400000001/retry", "{\"refresh\":1}");
    EXPECT(400, "\"field\":\"refresh\"");
    assert_int_equal(
        ask(NF_POST, TASKS "/525400000001/cancel", "{\"refresh\":true}"), 400);
    assert_int_equal(ask(NF_POST, TASKS "/525400000001/retry", NULL), 200);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_task_is_created_by_serial_number_and_matches_its_machine),
        TEST(an_operating_system_names_its_profile),
        TEST(a_password_is_sealed_and_never_shown),
        TEST(an_address_becomes_the_nodes_own),
        TEST(its_own_members_lie_over_the_profile),
        TEST(its_vlan_is_that_of_the_new_system),
        TEST(a_bad_task_names_its_member_and_writes_nothing),
        TEST(many_are_created_each_with_its_own_result),
        TEST(a_key_is_answered_as_the_first_time),
        TEST(a_task_is_tried_again_by_its_copy_or_by_the_profile_of_today),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
