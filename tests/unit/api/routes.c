/* Methods and paths, whatever the resource. */
#include "api/query.h"
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

static void
a_parameter_that_a_resource_does_not_know_is_refused(void **state)
{
    (void) state;
    create(1);
    ask(NF_GET, "/api/v1/nodes?stauts=failed", NULL);
    EXPECT(400, "\"field\":\"stauts\"");
    EXPECT(400, "it takes: limit after created status label");
    ask(NF_GET, "/api/v1/nodes?limit=3&=&&Limit=3", NULL);
    EXPECT(400, "\"field\":\"Limit\"");
    ask(NF_GET, "/api/v1/nodes?a%0Ab=1", NULL);
    EXPECT(400, "\"field\":\"a%0Ab\"");
    ask(NF_GET, "/api/v1/nodes?\x01=1", NULL);
    EXPECT(400, "\"field\":\"query\"");
    ask(NF_GET, NODE "?x=1", NULL);
    EXPECT(400, "this request takes none");
    ask(NF_GET, "/api/v1/nodes?limit=3&status=discovered", NULL);
    EXPECT(200, "[");
    ask(NF_GET, NODE "?", NULL);
    EXPECT(200, "{");
}

static void
a_machine_may_send_whatever_it_likes(void **state)
{
    (void) state;
    create(1);
    ask(NF_GET, "/boot/525400000001/boot.ipxe?x=1", NULL);
    EXPECT(200, "#!ipxe");
    ask(NF_GET, "/health?x=1", NULL);
    EXPECT(200, "{");
}

static bool
is_route(const struct nf_route_query *row)
{
    for (const struct nf_route *r = nf_routes; r->path != NULL; r++) {
        if (r->method == row->method && strcmp(r->path, row->path) == 0) {
            return r->listeners == NF_LISTENER_API;
        }
    }
    return false;
}

static void
each_list_of_parameters_is_a_routes(void **state)
{
    (void) state;
    for (const struct nf_route_query *row = nf_route_queries; row->path != NULL;
         row++)
    {
        assert_true(is_route(row));
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
        TEST(a_parameter_that_a_resource_does_not_know_is_refused),
        TEST(a_machine_may_send_whatever_it_likes),
        TEST(each_list_of_parameters_is_a_routes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
