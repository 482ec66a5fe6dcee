/* Tasks as operators make them, and what machines are told of theirs. */
#include "site.h"

#include <jansson.h>

#include "render/token.h"
#include "store/files.h"
#include "store/hardware.h"
#include "store/profiles.h"
#include "store/secrets.h"
#include "store/tasks.h"

#define TASKS  "/api/v1/tasks"
#define DEVICE "/api/v1/device/"

static const struct ask node_1 = {.listener = NF_LISTENER_AGENT,
                                  .peer = {{10, 66, 0, 11}}};
static const struct ask node_2 = {.listener = NF_LISTENER_AGENT,
                                  .peer = {{10, 66, 0, 12}}};

static void
lease(unsigned ip, unsigned n)
{
    struct nf_lease_report report = {
        .action = NF_LEASE_ADD,
        .lease = {.ip = {{10, 66, 0, (uint8_t) ip}},
                  .mac = mac_of(n),
                  .expires = NOW * 2,
                  .changed_at = world.now},
        .has_boot_request = true,
    };

    report.lease.is_pxe = 1;
    assert_int_equal(CHANGE(nf_change_lease(&c, &report)), NF_OK);
}

static unsigned
create_task(const char *body)
{
    return ask(NF_POST, TASKS, body);
}

static unsigned
report_hardware(unsigned n, const char *sn, struct ask from)
{
    char body[512];

    snprintf(body, sizeof(body),
             "{\"sn\":\"%s\",\"mac\":\"5254%08x\",\"hardware\":{"
             "\"serial_number\":\"%s\",\"memory\":{\"total_gb\":1.9},"
             "\"nics\":[{\"name\":\"eno1\",\"mac\":\"52:54:00:00:10:%02x\"}]}}",
             sn, n, sn, n);
    return ask_with(NF_POST, "/api/v1/report", body, from);
}

static unsigned
device(const char *route, const char *body, struct ask from)
{
    char path[64];

    snprintf(path, sizeof(path), DEVICE "%s", route);
    return ask_with(NF_POST, path, body, from);
}

static const char *
token_of(unsigned n)
{
    static char text[NF_TOKEN_TEXT];
    struct nf_node node = world_node(mac_of(n));

    nf_token_make(site.key, world_attempt(&node), text);
    return text;
}

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

/* --- one made by an operator -------------------------------------------------
 */

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
    EXPECT(409, "a task waits for this machine already");
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
    EXPECT(400, "there is centos 7, debian 12, debian 13, rocky 9, ubuntu");
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
    create_task("{\"sn\":\"S2\",\"network_config\":{\"ip\":\"10.1.0.6\","
                "\"netmask\":\"255.255.255.0\"}}");
    assert_int_equal(answer.call.status, 201);
    assert_int_equal(report_hardware(2, "S2", node_2), 200);
    ask(NF_GET, "/api/v1/nodes/S2", NULL);
    EXPECT(200, "\"ip\":\"10.1.0.6\"");
}

static void
put_file(const char *path, char digit)
{
    struct nf_file file = {.size = 5};

    snprintf(file.path, sizeof(file.path), "%s", path);
    memset(file.sha256, digit, 64);
    NF_WRITE(w, world.s.store);
    assert_true(nf_files_put(&w, &file));
    assert_int_equal(nf_write_commit(&w), NF_OK);
}

/* The log knows nothing of these. */
static void
forget_file(const char *path)
{
    NF_WRITE(w, world.s.store);
    assert_true(nf_files_delete(&w, nf_text(path)));
    assert_int_equal(nf_write_commit(&w), NF_OK);
}

static void
its_own_members_lie_over_the_profile(void **state)
{
    (void) state;
    put_file("k/vmlinuz", 'a');
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
    assert_true(effective_says(1, "\"initrd\":\"k/initrd\""));
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
        {"{\"sn\":\"S1\",\"network\":{\"ip\":\"1.2.3.4\"}}",
         "\"field\":\"network.netmask\""},
        {"{\"sn\":\"S1\",\"bmc\":{\"username\":\"u\"}}",
         "\"field\":\"bmc.ip\""},
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
    EXPECT(207, "{\"status\":409,\"error\":\"a task waits for this machine "
                "already\",\"field\":\"sn\"}");
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

/* --- what becomes of it ------------------------------------------------------
 */

static void
it_is_decided_once(void **state)
{
    (void) state;
    create_task("[{\"sn\":\"A1\"},{\"sn\":\"B1\"},{\"sn\":\"C1\"}]");
    ask(NF_POST, TASKS "/A1/approve", "{\"approved\":false,\"notes\":\"no\"}");
    EXPECT(200, "\"status\":\"rejected\"");
    EXPECT(200, "\"reason\":\"no\"");
    EXPECT(200, "\"status_history\":[{\"status\":\"pending\",");
    EXPECT(200, ",{\"status\":\"rejected\",\"timestamp\":\"");
    ask(NF_POST, TASKS "/task-00000001/approve", NULL);
    EXPECT(409, "cannot approve a task that is rejected");
    ask(NF_POST, TASKS "/B1/reject", "{\"reason\":\"wrong rack\"}");
    EXPECT(200, "wrong rack");
    ask(NF_POST, TASKS "/C1/approve",
        "{\"approved\":true,\"notes\":\"say \\\"hi\\\"\"}");
    EXPECT(200, "\"status\":\"approved\"");
    EXPECT(200, "\"idc\":\"dc1\",\"approval_notes\":\"say \\\"hi\\\"\"");
    ask(NF_POST, TASKS "/C1/cancel", "{\"reason\":\"sold\"}");
    EXPECT(200, "\"status\":\"cancelled\"");
    ask(NF_POST, TASKS "/task-00000003/retry", NULL);
    EXPECT(200, "\"status\":\"approved\"");
    assert_int_equal(ask(NF_DELETE, TASKS "/task-00000003", NULL), 409);
    assert_int_equal(ask(NF_DELETE, TASKS "/task-00000001", NULL), 204);
    ask(NF_GET, TASKS "/task-00000001", NULL);
    EXPECT(404, "\"error\":\"Task not found\"");
    ask(NF_POST, TASKS "/C1/approve", "{\"approved\":1}");
    EXPECT(400, "\"field\":\"approved\"");
}

static void
the_list_is_filtered_and_paged(void **state)
{
    (void) state;
    create_task("[{\"sn\":\"A1\"},{\"sn\":\"B1\"},{\"sn\":\"C1\"}]");
    ask(NF_POST, TASKS "/B1/approve", NULL);
    ask(NF_GET, TASKS "?limit=2", NULL);
    EXPECT(200, "[{\"task_id\":\"task-00000003\"");
    assert_true(text_is(answer.call.link,
                        "</api/v1/tasks?limit=2&after=task-00000002>; "
                        "rel=\"next\""));
    ask(NF_GET, TASKS "?limit=2&after=task-00000002", NULL);
    EXPECT(200, "[{\"task_id\":\"task-00000001\"");
    assert_int_equal(answer.call.link.len, 0);
    ask(NF_GET, TASKS "?status=approved", NULL);
    EXPECT(200, "[{\"task_id\":\"task-00000002\"");
    ask(NF_GET, TASKS "?sn=C1&idc=dc1", NULL);
    EXPECT(200, "[{\"task_id\":\"task-00000003\"");
    ask(NF_GET, TASKS "?idc=dc2", NULL);
    assert_string_equal(answer.text, "[]");
    assert_int_equal(ask(NF_GET, TASKS "?status=x", NULL), 400);
    assert_int_equal(ask(NF_GET, TASKS "?after=x", NULL), 400);
    assert_int_equal(ask(NF_GET, TASKS "?mac=x", NULL), 400);
}

static size_t
count_tasks(void)
{
    json_t *json = json_loads(answer.text, JSON_REJECT_DUPLICATES, NULL);
    size_t n = json_array_size(json);

    assert_non_null(json);
    json_decref(json);
    return n;
}

static void
a_long_list_is_streamed_or_paged(void **state)
{
    char body[4096], path[128] = TASKS "?limit=70&status=pending";
    struct nf_out out = nf_out(body, sizeof(body));
    size_t n = 0, pages = 0;

    (void) state;
    for (int i = 0; i < 150; i++) {
        nf_out_printf(&out, "%s{\"sn\":\"SRV-%d\"}", i == 0 ? "[" : ",", i);
    }
    nf_out_puts(&out, "]");
    nf_out_putc(&out, '\0');
    assert_false(out.full);
    assert_int_equal(create_task(body), 207);
    ask(NF_GET, TASKS, NULL);
    assert_true(answer.len > NF_STREAM_BUFFER);
    assert_int_equal(count_tasks(), 150);
    ask(NF_GET, TASKS "?status=failed", NULL);
    assert_int_equal(count_tasks(), 0);
    do {
        ask(NF_GET, path, NULL);
        n += count_tasks();
        pages++;
        struct nf_text link = answer.call.link;
        snprintf(path, sizeof(path), "%.*s",
                 link.len > 14 ? (int) link.len - 14 : 0,
                 link.len > 14 ? link.data + 1 : "");
    } while (path[0] != '\0');
    assert_int_equal(n, 150);
    assert_int_equal(pages, 3);
}

static void
a_site_shows_what_old_clients_know(void **state)
{
    (void) state;
    create_task("[{\"sn\":\"A1\"},{\"sn\":\"B1\"}]");
    assert_int_equal(report_hardware(1, "A1", node_1), 200);
    assert_int_equal(report_hardware(3, "Z1", node_2), 200);
    ask(NF_POST, TASKS "/dc1/A1/reject", "{\"reason\":\"no\"}");
    EXPECT(200, "{\"task_id\":\"task-00000001\",\"status\":\"failed\"");
    ask(NF_GET, TASKS "/dc1/A1", NULL);
    EXPECT(200, "{\"task_id\":\"task-00000001\",\"status\":\"failed\"");
    EXPECT(200, "\"approval\":{\"status\":\"rejected\"");
    assert_int_equal(ask(NF_GET, TASKS "/dc2/A1", NULL), 404);
    ask(NF_GET, TASKS "/A1", NULL);
    EXPECT(200, "\"status\":\"rejected\"");
    ask(NF_GET, "/api/v1/stats/dc1", NULL);
    EXPECT(200, "{\"idc\":\"dc1\",\"total_machines\":2,\"pending\":1,"
                "\"installing\":0,\"completed\":0,\"failed\":1,");
    assert_int_equal(ask(NF_GET, "/api/v1/stats/dc9", NULL), 404);
    ask(NF_GET, "/api/v1/servers/dc1", NULL);
    EXPECT(200, "[{\"sn\":\"B1\",\"status\":\"pending\",\"mac\":\"\"");
    EXPECT(200, "{\"sn\":\"Z1\",\"status\":\"unmatched\",\"mac\":"
                "\"52:54:00:00:00:03\"");
    EXPECT(200, "{\"sn\":\"A1\",\"status\":\"registered\"");
    assert_int_equal(ask(NF_GET, "/api/v1/servers/dc9", NULL), 404);
}

/* --- machines ----------------------------------------------------------------
 */

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
        TEST(a_task_is_created_by_serial_number_and_matches_its_machine),
        TEST(an_operating_system_names_its_profile),
        TEST(a_password_is_sealed_and_never_shown),
        TEST(an_address_becomes_the_nodes_own),
        TEST(its_own_members_lie_over_the_profile),
        TEST(a_bad_task_names_its_member_and_writes_nothing),
        TEST(many_are_created_each_with_its_own_result),
        TEST(a_key_is_answered_as_the_first_time),
        TEST(it_is_decided_once),
        TEST(the_list_is_filtered_and_paged),
        TEST(a_long_list_is_streamed_or_paged),
        TEST(a_site_shows_what_old_clients_know),
        TEST(a_machine_is_told_which_of_three_things_is_amiss),
        TEST(a_question_is_held_until_there_is_an_answer),
        TEST(operations_are_asked_for_one_by_one),
        TEST(nobody_speaks_for_another_node),
        TEST(a_bad_report_names_its_member_and_is_noted_once),
        TEST(a_refused_report_leaves_its_batch_alone),
        TEST(what_is_not_known_of_hardware_is_left_out),
        TEST(a_card_of_another_kind_costs_nothing_of_a_report),
        TEST(progress_is_kept_with_the_task_that_follows),
        TEST(percent_is_a_number_up_to_a_hundred),
        TEST(unmatched_reports_are_listed_with_reasons),
        TEST(addresses_are_bound_by_hand),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
