/* What is looked at before an installation begins: who is refused, who is
 * warned, and that it costs little. */

#include <stdarg.h>
#include <time.h>

#include "change/worker.h"
#include "site.h"
#include "store/content.h"
#include "task_world.h"

#define NODE "/api/v1/nodes/525400000001"

static const char tar[] = "{\"method\":\"image\",\"image\":{\"file\":"
                          "\"images/x.tar\",\"format\":\"tar\"}}";
static const char lacking[] = "{\"method\":\"image\",\"image\":{\"file\":"
                              "\"images/none.img\"}}";

static void
own_profile(const char *json)
{
    unsigned status = ask(NF_PUT, "/api/v1/profiles/own", json);

    assert_true(status == 200 || status == 201);
}

#define ANSWERS(wanted, method, path, body, words)                             \
    do {                                                                       \
        unsigned got = ask(method, path, body);                                \
        if (got != (wanted) || !says(words)) {                                 \
            fail_msg("%u %s", got, answer.text);                               \
        }                                                                      \
    } while (0)

static void
an_installation_that_lacks_a_file_is_refused_by_its_name(void **state)
{
    (void) state;
    own_profile(lacking);
    create(1);
    ANSWERS(409, NF_PUT, NODE, "{\"action\":\"install\",\"profile\":\"own\"}",
            "\"field\":\"image\"");
    assert_true(says("images/none.img is not among the boot files: add it with "
                     "`nf files put`, or correct the profile"));
    ANSWERS(200, NF_PUT, NODE,
            "{\"action\":\"install\",\"profile\":\"own\",\"force\":true}",
            ",\"warnings\":[{\"check\":\"file_missing\",\"field\":\"image\","
            "\"message\":\"images/none.img");
    ANSWERS(400, NF_PUT, NODE, "{\"force\":true}", "\"field\":\"force\"");
    ANSWERS(400, NF_PUT, NODE, "{\"action\":\"install\",\"force\":1}", "force");
}

static void
who_creates_a_task_is_warned_and_who_approves_it_refused(void **state)
{
    (void) state;
    own_profile(lacking);
    create(1);
    ANSWERS(201, NF_POST, "/api/v1/tasks",
            "{\"mac\":\"525400000001\",\"profile\":\"own\"}",
            "\"warnings\":[{\"check\":\"file_missing\"");
    ANSWERS(409, NF_POST, "/api/v1/tasks/525400000001/approve", "{}",
            "\"field\":\"image\"");
    ANSWERS(200, NF_POST, "/api/v1/tasks/525400000001/approve",
            "{\"force\":true}", "\"warnings\":[{\"check\":\"file_missing\"");
    ANSWERS(200, NF_POST, "/api/v1/tasks/525400000001/cancel", "{}",
            "\"status\":\"cancelled\"");
    ANSWERS(409, NF_POST, "/api/v1/tasks/525400000001/retry", "{}",
            "\"field\":\"image\"");
    own_profile(tar);
    ANSWERS(200, NF_POST, "/api/v1/tasks/525400000001/retry",
            "{\"refresh\":true}", "\"check\":\"digest_missing\"");
}

static void
many_are_approved_each_by_what_it_needs(void **state)
{
    (void) state;
    own_profile(lacking);
    ANSWERS(207, NF_POST, "/api/v1/tasks",
            "[{\"sn\":\"SRV-A\",\"profile\":\"own\"},{\"sn\":\"SRV-B\"}]",
            "},\"warnings\":[{\"check\":\"file_missing\"");
    ANSWERS(207, NF_POST, "/api/v1/tasks/approve",
            "{\"task_ids\":[\"task-00000002\",\"task-00000003\"]}",
            "[{\"status\":409,\"error\":\"images/none.img");
    assert_true(
        says("{\"status\":200,\"task\":{\"task_id\":\"task-00000003\""));
    ANSWERS(207, NF_POST, "/api/v1/tasks/approve",
            "{\"task_ids\":[\"task-00000002\"],\"force\":true}",
            "\"status\":200");
    ANSWERS(400, NF_POST, "/api/v1/tasks/approve",
            "{\"task_ids\":[\"task-00000002\"],\"force\":1}",
            "\"field\":\"force\"");
    create(1);
    ANSWERS(207, NF_POST, "/api/v1/nodes/actions",
            "{\"action\":\"install\",\"profile\":\"own\",\"macs\":["
            "\"525400000001\"]}",
            "\"status\":409,\"error\":\"images/none.img");
    ANSWERS(207, NF_POST, "/api/v1/nodes/actions",
            "{\"action\":\"install\",\"profile\":\"own\",\"force\":true,"
            "\"macs\":[\"525400000001\"]}",
            "\"warnings\":[{\"check\":\"file_missing\"");
}

/* What else forbids it is said first. */
static void
a_node_with_a_task_is_told_that(void **state)
{
    (void) state;
    own_profile(lacking);
    create(1);
    ANSWERS(200, NF_PUT, NODE, "{\"action\":\"install\"}", "\"task\":");
    ANSWERS(400, NF_PUT, NODE, "{\"action\":\"reinstall\",\"profile\":\"own\"}",
            "a task is still running");
}

/* --- whole ------------------------------------------------------------------
 */

static char dir[64];

#define SHA256_12345                                                           \
    "5994471abb01112afcc18159f6cc74b4f511b99806da59b3caf5a9c173cacfc5"

__attribute__((format(printf, 1, 2))) static void
shell(const char *format, ...)
{
    char line[512];
    va_list args;

    va_start(args, format);
    vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    assert_int_equal(system(line), 0);
}

/* As `nf files put` does, which is what is advised where it lacks. */
static void
an_agent_of_the_catalogue_is_one(void **state)
{
    (void) state;
    snprintf(dir, sizeof(dir), "/tmp/nf-content-XXXXXX");
    assert_non_null(mkdtemp(dir));
    world_set("NF_FILES_DIR", dir);
    ANSWERS(201, NF_PUT, "/api/v1/files/images/x.tar", "12345", "sha256");
    own_profile(tar);
    create(1);
    ANSWERS(409, NF_PUT, NODE, "{\"action\":\"install\",\"profile\":\"own\"}",
            "agent/amd64");
    ANSWERS(201, NF_PUT, "/api/v1/files/agent/amd64/vmlinuz", "1", "sha256");
    ANSWERS(201, NF_PUT, "/api/v1/files/agent/amd64/initrd.img", "2", "sha256");
    ANSWERS(200, NF_PUT, NODE, "{\"action\":\"install\",\"profile\":\"own\"}",
            "\"task\":");
    shell("rm -r %s", dir);
}

static void
a_content_that_is_cut_short_is_refused(void **state)
{
    static const char install[] =
        "{\"action\":\"install\",\"profile\":\"own\"}";

    uint64_t size;

    (void) state;
    snprintf(dir, sizeof(dir), "/tmp/nf-content-XXXXXX");
    assert_non_null(mkdtemp(dir));
    shell("cp -r tests/data/files/agent %s", dir);
    world_set("NF_FILES_DIR", dir);
    ANSWERS(201, NF_PUT, "/api/v1/files/images/x.tar", "12345", "sha256");
    own_profile(tar);
    create(1);
    shell("for f in %s/by-hash/*/*; do mv $f %s/kept; printf 1234 >$f; done",
          dir, dir);
    ANSWERS(409, NF_PUT, NODE, install,
            "images/x.tar is in the catalogue, but its content is missing or "
            "cut short");
    shell("rm %s/by-hash/*/*", dir);
    ANSWERS(409, NF_PUT, NODE, install, "\"field\":\"image\"");
    create(2);
    ANSWERS(200, NF_PUT, "/api/v1/nodes/525400000002",
            "{\"action\":\"install\",\"profile\":\"own\",\"force\":true}",
            "{\"check\":\"file_damaged\",\"field\":\"image\"");
    assert_int_equal(nf_content_open(dir, SHA256_12345, &size), -1);
    shell("f=$(sha256sum <%s/kept | cut -c-64); "
          "mv %s/kept %s/by-hash/$(echo $f | cut -c-2)/$f",
          dir, dir, dir);
    ANSWERS(200, NF_PUT, NODE, install, "\"task\":");
    assert_false(says("warnings"));
    shell("rm -r %s", dir);
}

/* --- warnings ---------------------------------------------------------------
 */

static void
an_image_without_a_digest_is_told_of(void **state)
{
    (void) state;
    own_profile(tar);
    create(1);
    ANSWERS(200, NF_PUT, NODE, "{\"action\":\"install\",\"profile\":\"own\"}",
            "{\"check\":\"digest_missing\",\"field\":\"image\"");
}

static void
no_worker_for_a_bmc_is_told_of_and_the_task_waits_for_one(void **state)
{
    (void) state;
    create(1);
    ANSWERS(201, NF_POST, "/api/v1/tasks",
            "{\"mac\":\"525400000001\",\"bmc\":{\"ip\":\"10.0.0.5\"}}",
            "{\"check\":\"no_worker\",\"field\":\"bmc\"");
    ANSWERS(200, NF_POST, "/api/v1/tasks/525400000001/approve", "{}",
            "\"check\":\"no_worker\"");
    ANSWERS(200, NF_GET, "/api/v1/nodes/525400000001/timeline", NULL,
            "\"state\":\"");
    assert_int_equal(CHANGE(nf_change_worker(&c, "w1", true, NULL)), NF_OK);
    create(2);
    ANSWERS(201, NF_POST, "/api/v1/tasks",
            "{\"mac\":\"525400000002\",\"bmc\":{\"ip\":\"10.0.0.6\"}}",
            "\"status\":\"pending\"");
    assert_false(says("warnings"));
}

static void
a_machine_that_nobody_knows_may_be_given_an_address_later(void **state)
{
    (void) state;
    own_profile("{\"method\":\"preseed\",\"suite\":\"bookworm\",\"network\":"
                "{\"method\":\"static\"}}");
    ANSWERS(201, NF_POST, "/api/v1/tasks",
            "{\"sn\":\"SRV-A\",\"profile\":\"own\"}", "\"status\":\"pending\"");
    assert_false(says("warnings"));
    create(1);
    ANSWERS(201, NF_POST, "/api/v1/tasks",
            "{\"mac\":\"525400000001\",\"profile\":\"own\"}",
            "\"check\":\"address_missing\"");
    create(2);
    ANSWERS(201, NF_POST, "/api/v1/tasks",
            "{\"mac\":\"525400000002\",\"profile\":\"own\",\"network\":{\"ip\":"
            "\"10.66.0.20\",\"netmask\":\"255.255.255.0\"}}",
            "\"status\":\"pending\"");
    assert_false(says("warnings"));
}

/* --- cost -------------------------------------------------------------------
 */

static double
seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double) now.tv_sec + (double) now.tv_nsec / 1e9;
}

/* 500 in one transaction: others wait for the writer's lock so long.  A
 * generous limit; what it was is printed. */
static void
many_at_once_stay_fast(void **state)
{
    static char body[64 * 1024];
    size_t len = 0;

    (void) state;
    own_profile(tar);
    for (int i = 0; i < 500; i++) {
        len += (size_t) snprintf(body + len, sizeof(body) - len,
                                 "%c{\"mac\":\"5254%08x\",\"profile\":\"own\"}",
                                 i == 0 ? '[' : ',', i + 1);
    }
    body[len++] = ']';
    body[len] = '\0';
    double begin = seconds();
    assert_int_equal(ask(NF_POST, "/api/v1/tasks", body), 207);
    double took = seconds() - begin;
    assert_true(says("digest_missing"));
    print_message("# 500 tasks: %.0f ms\n", took * 1e3);
    assert_true(took < 5);
}

/* As many as a profile may have. */
static void
an_image_gets_all_its_packages(void **state)
{
    static char body[16 * 1024];
    size_t len = (size_t) snprintf(
        body, sizeof(body),
        "{\"method\":\"image\",\"os_type\":\"debian\",\"suite\":\"bookworm\","
        "\"image\":{\"file\":\"images/x.tar\",\"format\":\"tar\"},"
        "\"packages\":[");

    (void) state;
    for (int i = 0; i < 512; i++) {
        len += (size_t) snprintf(body + len, sizeof(body) - len,
                                 "%s\"package-%d\"", i > 0 ? "," : "", i);
    }
    snprintf(body + len, sizeof(body) - len, "]}");
    own_profile(body);
    create(1);
    ANSWERS(200, NF_PUT, NODE, "{\"action\":\"install\",\"profile\":\"own\"}",
            "\"status\":\"installing\"");
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, site_make, site_drop)
    const struct CMUnitTest tests[] = {
        TEST(an_installation_that_lacks_a_file_is_refused_by_its_name),
        TEST(who_creates_a_task_is_warned_and_who_approves_it_refused),
        TEST(many_are_approved_each_by_what_it_needs),
        TEST(a_node_with_a_task_is_told_that),
        TEST(a_content_that_is_cut_short_is_refused),
        TEST(an_agent_of_the_catalogue_is_one),
        TEST(an_image_without_a_digest_is_told_of),
        TEST(no_worker_for_a_bmc_is_told_of_and_the_task_waits_for_one),
        TEST(a_machine_that_nobody_knows_may_be_given_an_address_later),
        TEST(an_image_gets_all_its_packages),
        TEST(many_at_once_stay_fast),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
