/* What becomes of a task, and how tasks are listed. */
#include "task_site.h"

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

#define TEST(name) cmocka_unit_test_setup_teardown(name, site_make, site_drop)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(it_is_decided_once),
        TEST(the_list_is_filtered_and_paged),
        TEST(a_long_list_is_streamed_or_paged),
        TEST(a_site_shows_what_old_clients_know),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
