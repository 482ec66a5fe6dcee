/* Methods and paths, whatever the resource. */
#include "site.h"

#define NODE "/api/v1/nodes/525400000001"

static void
a_resource_says_which_methods_it_knows(void **state)
{
    (void) state;
    ask(NF_DELETE, "/api/v1/nodes", NULL);
    EXPECT(405, "\"error\"");
    assert_string_equal(answer.call.allow, "GET, HEAD, POST, PATCH");
    ask(NF_POST, NODE, "{}");
    EXPECT(405, "\"error\"");
    assert_string_equal(answer.call.allow, "GET, HEAD, PUT, PATCH, DELETE");
    ask(NF_OTHER_METHOD, "/health", NULL);
    EXPECT(405, "\"error\"");
    ask(NF_GET, "/api/v1/device/operationComplete", NULL);
    EXPECT(405, "\"error\"");
    assert_string_equal(answer.call.allow, "POST");
}

static void
what_is_no_resource_is_404(void **state)
{
    static const char *const paths[] = {"/",
                                        "",
                                        "/api",
                                        "/api/v1/nodes/",
                                        "/api/v1/nodes//timeline",
                                        "/api/v1/nodes/525400000001/",
                                        "/api/v2/nodes",
                                        "/HEALTH",
                                        "health",
                                        "//health",
                                        "/boot/525400000001/boot.ipxe/x"};

    (void) state;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        ask(NF_GET, paths[i], NULL);
        EXPECT(404, "{\"error\":\"no such resource\"");
    }
}

static void
each_face_shows_its_own_routes(void **state)
{
    struct ask boot = {.listener = NF_LISTENER_BOOT},
               answers = {.listener = NF_LISTENER_ANSWERS},
               device = {.listener = NF_LISTENER_AGENT},
               health = {.listener = NF_LISTENER_HEALTH};

    (void) state;
    create(1);
    ask_with(NF_GET, NODE, NULL, boot);
    EXPECT(404, "no such resource");
    ask_with(NF_GET, "/boot/525400000001/boot.ipxe", NULL, boot);
    EXPECT(200, "#!ipxe");
    ask_with(NF_GET, "/boot/525400000001/boot.ipxe", NULL, answers);
    EXPECT(404, "no such resource");
    ask_with(NF_GET, "/api/v1/nodes", NULL, device);
    EXPECT(403, "\"error\"");
    ask_with(NF_GET, "/health", NULL, health);
    EXPECT(200, "{\"status\":\"ok\",\"uptime\":\"5m30s\"}");
}

static void
head_is_get(void **state)
{
    static const char *const paths[] = {"/health",
                                        "/metrics",
                                        "/api/v1/nodes",
                                        NODE,
                                        NODE "/timeline",
                                        "/api/v1/events",
                                        "/api/v1/admin/dhcp/leases",
                                        "/boot/525400000001/boot.ipxe"};

    (void) state;
    create(1);
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        assert_int_equal(ask(NF_GET, paths[i], NULL), 200);
        const char *type = answer.call.type;
        assert_int_equal(ask(NF_HEAD, paths[i], NULL), 200);
        assert_string_equal(answer.call.type, type);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, site_make, site_drop)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_resource_says_which_methods_it_knows),
        TEST(what_is_no_resource_is_404),
        TEST(each_face_shows_its_own_routes),
        TEST(head_is_get),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
