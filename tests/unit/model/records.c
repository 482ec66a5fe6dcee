/* Records as the interface shows them, and their words. */
#include "scratch.h"

#include "base/time.h"
#include "model/event.h"
#include "model/label.h"
#include "model/lease.h"
#include "model/node.h"
#include "model/profile.h"
#include "model/task.h"

#define NOW 1769076000000 /* 2026-01-22T10:00:00Z */

static char text[16384];

static void
expect(const struct nf_out *out, const char *wanted)
{
    assert_false(out->full);
    text[out->len] = '\0';
    assert_string_equal(text, wanted);
}

static struct nf_out
begin(void)
{
    return nf_out(text, sizeof(text) - 1);
}

static void
a_node_with_everything_reads_like_this(void **state)
{
    struct nf_node node = {
        .created_at = NOW,
        .updated_at = NOW + 61000,
        .task = 26,
        .mac = mac_of(1),
        .status = NF_NODE_INSTALLING,
        .boot = NF_BOOT_LOCAL,
        .boot_mode = NF_BOOT_MODE_BIOS,
        .macs_n = 2,
        .dns_n = 2,
        .online = 1,
        .ip = {{10, 0, 0, 5}},
        .netmask = {{255, 255, 255, 0}},
        .gateway = {{10, 0, 0, 1}},
        .dns = {{{1, 1, 1, 1}}, {{8, 8, 8, 8}}},
        .macs = {mac_of(2), mac_of(3)},
        .hostname = "web",
        .serial = "S \"1\"",
        .profile = "debian-12",
    };
    struct nf_out out = begin();

    (void) state;
    nf_node_json(&node, NF_TEXT("{\"rack\":1}"), (struct nf_text){0}, &out);
    expect(&out, "{\"mac\":\"525400000001\",\"ip\":\"10.0.0.5\",\"netmask\":"
                 "\"255.255.255.0\",\"gateway\":\"10.0.0.1\",\"dns\":"
                 "\"1.1.1.1,8.8.8.8\",\"hostname\":\"web\",\"serial\":"
                 "\"S \\\"1\\\"\",\"macs\":[\"525400000002\",\"525400000003\"],"
                 "\"status\":\"installing\",\"boot\":\"local\",\"boot_mode\":"
                 "\"bios\",\"task\":\"task-0000001a\",\"profile\":\"debian-"
                 "12\",\"online\":true,"
                 "\"created_at\":\"2026-01-22T10:00:00Z\",\"updated_at\":"
                 "\"2026-01-22T10:01:01Z\",\"extra\":{\"rack\":1}");
}

static void
the_longest_node_fits_its_room(void **state)
{
    static char extra[NF_NODE_EXTRA_MAX], labels[NF_LABELS_JSON_MAX];
    struct nf_node node;
    char room[NF_NODE_JSON_MAX];
    struct nf_out out = nf_out(room, sizeof(room));

    (void) state;
    memset(&node, 0xff, sizeof(node));
    node.status = NF_NODE_DISCOVERED;
    node.boot = NF_BOOT_INSTALL;
    node.boot_mode = NF_BOOT_MODE_BIOS;
    node.macs_n = NF_NODE_MACS;
    node.dns_n = NF_NODE_DNS;
    node.created_at = node.updated_at = NOW;
    memset(node.hostname, '"', sizeof(node.hostname));
    memset(node.serial, '"', sizeof(node.serial));
    memset(node.profile, '"', sizeof(node.profile));
    node.hostname[63] = node.serial[63] = node.profile[31] = '\0';
    nf_node_json(&node, (struct nf_text){extra, sizeof(extra)},
                 (struct nf_text){labels, sizeof(labels)}, &out);
    assert_false(out.full);
}

static void
a_node_without_a_name_has_one_all_the_same(void **state)
{
    struct nf_node node = {.mac = mac_of(0xabcdef)};
    char name[64];

    (void) state;
    nf_node_hostname(&node, name);
    assert_string_equal(name, "node-525400abcdef");
    memset(node.hostname, 'a', 63);
    nf_node_hostname(&node, name);
    assert_int_equal(strlen(name), 63);
}

static void
a_task_reads_like_this(void **state)
{
    struct nf_task task = {
        .id = 26,
        .mac = mac_of(1),
        .status = NF_TASK_FAILED,
        .percent = 10,
        .attempt = 1,
        .scripts = 2,
        .steps_n = 2,
        .created_at = NOW,
        .updated_at = NOW,
        .profile = "debian-12",
        .actor = "api",
        .reason = "no disk",
        .steps = {{.kind = NF_STEP_BOOT_CONFIG,
                   .status = NF_STEP_DONE,
                   .attempts = 1,
                   .started = NOW,
                   .ended = NOW},
                  {.kind = NF_STEP_OS_INSTALL,
                   .status = NF_STEP_FAILED,
                   .attempts = 2,
                   .started = NOW,
                   .error = "no disk"}},
    };
    struct nf_out out = begin();

    (void) state;
    nf_task_json(&task, NF_TEXT("{\"rack\":\"r1\"}"), &out);
    expect(
        &out,
        "{\"task_id\":\"task-0000001a\",\"status\":\"failed\",\"percent\":10,"
        "\"attempt\":1,\"scripts\":2,\"tries\":0,"
        "\"mac\":\"52:54:00:00:00:01\",\"profile\":\"debian-12\","
        "\"method\":\"preseed\",\"created_by\":\"api\","
        "\"reason\":\"no disk\",\"rack\":\"r1\","
        "\"approval\":{\"status\":\"pending\"},"
        "\"created_at\":\"2026-01-22T10:00:00Z\","
        "\"updated_at\":\"2026-01-22T10:00:00Z\",\"steps\":["
        "{\"step\":\"boot_config\",\"status\":\"done\",\"attempts\":1,"
        "\"started_at\":\"2026-01-22T10:00:00Z\","
        "\"ended_at\":\"2026-01-22T10:00:00Z\",\"duration_ms\":0},"
        "{\"step\":\"os_install\",\"status\":\"failed\",\"attempts\":2,"
        "\"started_at\":\"2026-01-22T10:00:00Z\","
        "\"error\":\"no disk\"}]");
}

static void
the_longest_task_fits_its_room(void **state)
{
    struct nf_task task = {.steps_n = NF_TASK_STEPS, .id = UINT64_MAX};
    char room[NF_TASK_JSON_MAX], spec[NF_TASK_SPEC_MAX];
    struct nf_out out = nf_out(room, sizeof(room));

    (void) state;
    task.mac = mac_of(1);
    task.created_at = task.updated_at = task.deadline = NOW;
    memset(task.profile, '"', sizeof(task.profile) - 1);
    memset(task.actor, '"', sizeof(task.actor) - 1);
    memset(task.reason, '"', sizeof(task.reason) - 1);
    memset(task.sn, '"', sizeof(task.sn) - 1);
    memset(task.os_type, '"', sizeof(task.os_type) - 1);
    memset(task.os_version, '"', sizeof(task.os_version) - 1);
    memset(task.bootfile, '"', sizeof(task.bootfile) - 1);
    memset(task.approver, '"', sizeof(task.approver) - 1);
    for (int i = 0; i < NF_TASK_STEPS; i++) {
        task.steps[i] = (struct nf_step){.kind = NF_STEP_SWITCH_PRODUCTION_VLAN,
                                         .status = NF_STEP_RETRYING,
                                         .started = NOW,
                                         .ended = NOW,
                                         .deadline = NOW,
                                         .attempts = UINT16_MAX};
        memset(task.steps[i].error, '"', sizeof(task.steps[i].error) - 1);
    }
    memset(spec, 'x', sizeof(spec));
    nf_task_json(&task, (struct nf_text){spec, sizeof(spec)}, &out);
    assert_false(out.full);
}

static void
a_task_number_is_read_as_it_is_written(void **state)
{
    static const uint64_t ids[] = {1, 26, UINT32_MAX, UINT64_MAX};
    static const char *const bad[] = {"",
                                      "task-",
                                      "task-1",
                                      "26",
                                      "task-0000001A",
                                      "task-0000001g",
                                      "task-00000000000000001",
                                      "Task-0000001a"};
    char name[NF_TASK_TEXT + 8];
    uint64_t id = 0;

    (void) state;
    for (size_t i = 0; i < 4; i++) {
        nf_task_format(ids[i], name);
        assert_true(nf_task_parse(nf_text(name), &id));
        assert_int_equal(id, ids[i]);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(nf_task_parse(nf_text(bad[i]), &id));
    }
}

static void
a_lease_reads_like_this_to_people_and_to_dnsmasq(void **state)
{
    struct nf_lease lease = {
        .expires = NOW,
        .ip = {{10, 66, 0, 9}},
        .mac = mac_of(1),
        .client_id_len = 3,
        .client_id = {1, 0xab, 0xff},
        .hostname = "web",
        .vendor_class = "PXEClient:Arch:00007",
        .is_pxe = 1,
    };
    struct nf_out out = begin();

    (void) state;
    nf_lease_json(&lease, &out);
    expect(&out, "{\"ip\":\"10.66.0.9\",\"mac\":\"525400000001\","
                 "\"client_id\":\"01:ab:ff\",\"hostname\":\"web\","
                 "\"vendor_class\":\"PXEClient:Arch:00007\",\"expires_at\":"
                 "\"2026-01-22T10:00:00Z\",\"pxe\":true}");
    out = begin();
    nf_lease_line(&lease, &out);
    expect(&out, "1769076000 52:54:00:00:00:01 10.66.0.9 web 01:ab:ff\n");
    lease = (struct nf_lease){.ip = {{10, 66, 0, 9}}, .mac = mac_of(1)};
    out = begin();
    nf_lease_line(&lease, &out);
    expect(&out, "0 52:54:00:00:00:01 10.66.0.9 * *\n");
    out = begin();
    nf_lease_json(&lease, &out);
    expect(&out, "{\"ip\":\"10.66.0.9\",\"mac\":\"525400000001\","
                 "\"pxe\":false}");
}

/* As dnsmasq was seen to take them (--leasefile-ro). */
static void
a_lease_of_another_kind_of_card_reads_like_this(void **state)
{
    struct nf_lease lease = {
        .ip = {{10, 66, 0, 9}},
        .card = {32, 8, {0x24, 0x8a, 7, 3, 0, 0xaa, 0xbb, 1}}};
    struct nf_out out = begin();

    (void) state;
    nf_lease_line(&lease, &out);
    expect(&out, "0 20-24:8a:07:03:00:aa:bb:01 10.66.0.9 * *\n");
    out = begin();
    nf_lease_json(&lease, &out);
    expect(&out, "{\"ip\":\"10.66.0.9\","
                 "\"card\":\"20-24:8a:07:03:00:aa:bb:01\",\"pxe\":false}");
    lease.card = (struct nf_card){1, 8, {0x24, 0x8a, 7, 3, 0, 0xaa, 0xbb, 9}};
    out = begin();
    nf_lease_line(&lease, &out);
    expect(&out, "0 24:8a:07:03:00:aa:bb:09 10.66.0.9 * *\n");
    lease.card = (struct nf_card){.type = 32};
    lease.client_id_len = 2;
    lease.client_id[0] = 0xff;
    out = begin();
    nf_lease_line(&lease, &out);
    expect(&out, "0 20- 10.66.0.9 * ff:00\n");
}

static void
the_longest_lease_fits_its_room(void **state)
{
    struct nf_lease lease;
    char room[NF_LEASE_JSON_MAX];
    struct nf_out out = nf_out(room, sizeof(room));

    (void) state;
    memset(&lease, 0xff, sizeof(lease));
    lease.expires = NOW;
    lease.client_id_len = NF_LEASE_CLIENT_ID;
    lease.card.len = NF_CARD_MAX;
    memset(lease.hostname, '"', sizeof(lease.hostname));
    memset(lease.vendor_class, '"', sizeof(lease.vendor_class));
    lease.hostname[63] = lease.vendor_class[63] = '\0';
    nf_lease_json(&lease, &out);
    assert_false(out.full);
}

static void
every_word_is_there_and_is_one_word(void **state)
{
    static const char *const *const lists[] = {
        nf_node_statuses, nf_task_statuses, nf_step_kinds, nf_step_statuses};
    static const int sizes[] = {NF_NODE_INSTALLED + 1, NF_TASK_FAILED + 1,
                                NF_STEP_KINDS, NF_STEP_FAILED + 1};

    (void) state;
    for (int i = 0; i < 4; i++) {
        int n = 0;
        for (; lists[i][n] != NULL; n++) {
            assert_int_equal(strspn(lists[i][n], "abcdefghijklmnopqrstuvwxyz_"),
                             strlen(lists[i][n]));
        }
        assert_int_equal(n, sizes[i]);
    }
    for (int i = 0; i < NF_EVENT_KIND_COUNT; i++) {
        assert_non_null(strchr(nf_event_kinds[i], '.'));
    }
}

static void
a_profile_is_found_by_its_name(void **state)
{
    (void) state;
    for (const struct nf_profile *p = nf_profiles; p->name[0] != '\0'; p++) {
        assert_ptr_equal(nf_profile_find(p->name), p);
        assert_true(strlen(p->name) < sizeof(((struct nf_node *) 0)->profile));
    }
    assert_null(nf_profile_find(""));
    assert_null(nf_profile_find("debian-13x"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_node_with_everything_reads_like_this),
        cmocka_unit_test(the_longest_node_fits_its_room),
        cmocka_unit_test(a_node_without_a_name_has_one_all_the_same),
        cmocka_unit_test(a_task_reads_like_this),
        cmocka_unit_test(the_longest_task_fits_its_room),
        cmocka_unit_test(a_task_number_is_read_as_it_is_written),
        cmocka_unit_test(a_lease_reads_like_this_to_people_and_to_dnsmasq),
        cmocka_unit_test(a_lease_of_another_kind_of_card_reads_like_this),
        cmocka_unit_test(the_longest_lease_fits_its_room),
        cmocka_unit_test(every_word_is_there_and_is_one_word),
        cmocka_unit_test(a_profile_is_found_by_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
