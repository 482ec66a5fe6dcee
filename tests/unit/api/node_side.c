/* What operators see of nodes and of the store. */
#include "node_site.h"

static void
the_timeline_says_what_a_node_waits_for(void **state)
{
    (void) state;
    create(1);
    ask(NF_GET, NODE "/timeline", NULL);
    EXPECT(200, "waiting for an operator to install it");
    act("install");
    ask(NF_GET, NODE "/timeline", NULL);
    EXPECT(200, "Waiting for the node to ask for its install script since "
                "2026-01-22T10:00:00Z; the task fails if that has not "
                "happened by 2026-01-22T10:30:00Z.");
    json_t *json = json_loads(answer.text, 0, NULL);
    assert_int_equal(json_array_size(json_object_get(json, "events")), 5);
    json_decref(json);
    ask(NF_GET, NODE "/timeline?limit=1", NULL);
    json = json_loads(answer.text, 0, NULL);
    json_t *events = json_object_get(json, "events");
    assert_int_equal(json_array_size(events), 1);
    assert_int_equal(
        json_integer_value(json_object_get(json_array_get(events, 0), "seq")),
        5);
    json_decref(json);
    ask(NF_GET, NODE "/timeline?limit=0", NULL);
    EXPECT(200, "\"events\":[]");
    ask(NF_GET, "/api/v1/nodes/525400000099/timeline", NULL);
    EXPECT(404, "node not found");
}

static void
leases_are_listed_by_page(void **state)
{
    (void) state;
    ask(NF_GET, "/api/v1/admin/dhcp/leases", NULL);
    assert_string_equal(answer.text, "[]");
    for (unsigned i = 1; i <= 5; i++) {
        lease(i, i);
    }
    ask(NF_GET, "/api/v1/admin/dhcp/leases?limit=2", NULL);
    json_t *json = json_loads(answer.text, 0, NULL);
    assert_int_equal(json_array_size(json), 2);
    json_decref(json);
    assert_true(text_is(answer.call.link,
                        "</api/v1/admin/dhcp/leases?limit=2&after=10.66.0.2>; "
                        "rel=\"next\""));
    ask(NF_GET, "/api/v1/admin/dhcp/leases?limit=2&after=10.66.0.4", NULL);
    EXPECT(200, "10.66.0.5");
    assert_int_equal(answer.call.link.len, 0);
    ask(NF_GET, "/api/v1/admin/dhcp/leases?limit=0", NULL);
    assert_string_equal(answer.text, "[]");
    assert_int_equal(answer.call.link.len, 0);
    ask(NF_GET, "/api/v1/admin/dhcp/leases?after=", NULL);
    EXPECT(400, "must be an IPv4 address");
}

static void
the_numbers_are_those_of_the_store(void **state)
{
    (void) state;
    create(1);
    create(2);
    act("install");
    ask(NF_GET, "/metrics", NULL);
    EXPECT(200, "nodefoundry_nodes{status=\"discovered\"} 1\n");
    EXPECT(200, "nodefoundry_nodes{status=\"installing\"} 1\n");
    EXPECT(200, "nodefoundry_tasks{status=\"approved\"} 1\n");
    EXPECT(200, "nodefoundry_tasks{status=\"pending\"} 0\n");
    EXPECT(200, "nodefoundry_tasks_awaiting 0\n");
    EXPECT(200, "nodefoundry_unmatched 0\n");
    /* every line is a comment or `name[{labels}] number` */
    for (char *line = strtok(answer.text, "\n"); line != NULL;
         line = strtok(NULL, "\n"))
    {
        char *end, *space = strrchr(line, ' ');
        assert_non_null(space);
        if (line[0] != '#') {
            (void) strtod(space + 1, &end);
            assert_true(end != space + 1 && *end == '\0');
        }
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, site_make, site_drop)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_timeline_says_what_a_node_waits_for),
        TEST(leases_are_listed_by_page),
        TEST(the_numbers_are_those_of_the_store),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
