/* What the log says of answers, and what it does not. */
#include "site.h"

static char line[NF_TOLD_MAX];

static const char *
told(uint64_t withheld)
{
    if (!nf_api_is_told(&answer.call, answer.call.status)) {
        return "";
    }
    nf_api_tell(&answer.call, answer.call.status, withheld, line);
    return line;
}

static unsigned
ask_as(const char *path, enum nf_listener listener)
{
    return ask_with(
        NF_GET, path, NULL,
        (struct ask){.listener = listener, .peer = {{10, 0, 0, 9}}});
}

static void
a_refused_boot_script_says_its_path_and_caller(void **state)
{
    (void) state;
    assert_int_equal(ask_as("/boot/nonsense/boot.ipxe", NF_LISTENER_BOOT), 400);
    assert_string_equal(told(0), "answered 400: mac: invalid MAC address format"
                                 ", code=NF_INVALID method=GET"
                                 " route=/boot/{id}/boot.ipxe client=10.0.0.9");
    assert_int_equal(ask_as("/boot/525400000001/x", NF_LISTENER_BOOT), 404);
    assert_string_equal(told(7), "answered 404: no such resource"
                                 ", code=NF_NOT_FOUND method=GET route=none"
                                 " client=10.0.0.9"
                                 " (7 others were not logged)");
    assert_int_equal(ask_as("/boot/525400000001/boot.ipxe", NF_LISTENER_BOOT),
                     200);
    assert_string_equal(told(0), "");
}

static void
a_refused_answer_says_why_though_its_reply_does_not(void **state)
{
    static const char path[] = "/preseed/525400000001/preseed.cfg";
    static const char old[] = "/preseed/525400000001/preseed.cfg?token="
                              "abcdefghijklmnopqrstuvwxyz234567";
    const struct {
        const char *path, *why;
    } rows[] = {
        {"/preseed/525400000002/preseed.cfg", "there is no such node"},
        {path, "the node is not being installed"},
        {path, "the token is missing"},
        {old, "the token is not valid for this attempt"},
    };

    (void) state;
    create(1);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (i == 2) {
            ask(NF_PUT, "/api/v1/nodes/525400000001",
                "{\"action\":\"install\"}");
        }
        assert_int_equal(ask_as(rows[i].path, NF_LISTENER_ANSWERS), 403);
        assert_int_equal(answer.len, 0);
        assert_non_null(strstr(told(0), rows[i].why));
        assert_non_null(strstr(line, "code=NF_FORBIDDEN"));
        assert_non_null(strstr(line, " mac=52540000000"));
        assert_null(strstr(line, "abcdefghij"));
    }
}

static void
what_an_operator_asks_wrong_is_his_alone(void **state)
{
    (void) state;
    assert_int_equal(ask_as("/api/v1/nodes/525400000001", NF_LISTENER_API),
                     404);
    assert_string_equal(told(0), "");
    assert_int_equal(ask(NF_POST, "/api/v1/nodes", "{"), 400);
    assert_string_equal(told(0), "");
}

static void
a_failure_says_its_name(void **state)
{
    nf_store_t *store = site.store;

    (void) state;
    site.store = NULL;
    assert_int_equal(ask(NF_GET, "/api/v1/nodes/525400000001", NULL), 503);
    site.store = store;
    assert_string_equal(told(0),
                        "answered 503: the store is busy, code=NF_BUSY "
                        "method=GET route=/api/v1/nodes/{id} mac=525400000001");
}

/* A script was served, and that could not be written down. */
static void
what_failed_behind_an_answer_is_told_of_its_node(void **state)
{
    (void) state;
    create(1);
    ask(NF_PUT, "/api/v1/nodes/525400000001", "{\"action\":\"install\"}");
    assert_int_equal(ask_as("/boot/525400000001/boot.ipxe", NF_LISTENER_BOOT),
                     200);
    struct nf_call work = {.arena = nf_arena_new()}, *calls[] = {&work};
    struct nf_site shut = site;
    shut.store = NULL;
    nf_api_after(&answer.call, &work);
    nf_api_write(&shut, calls, 1);
    assert_int_equal(work.status, 503);
    assert_true(nf_api_is_told(&work, work.status));
    nf_api_tell(&work, work.status, 0, line);
    assert_string_equal(line, "answered 503: the store is busy, code=NF_BUSY "
                              "method=other route=none mac=525400000001 "
                              "client=10.0.0.9");
    nf_arena_free(work.arena);
}

/* A node that says who it is in the body alone. */
static void
a_call_without_a_right_names_its_node(void **state)
{
    (void) state;
    create(1);
    struct ask from = {.listener = NF_LISTENER_AGENT, .peer = {{10, 0, 0, 9}}};
    ask_with(NF_POST, "/api/v1/device/operationComplete",
             "{\"mac\":\"525400000001\",\"operation\":\"os_install\","
             "\"success\":true,\"token\":\"abcdefghijklmnopqrstuvwxyz234567\"}",
             from);
    assert_int_equal(answer.call.status, 403);
    assert_non_null(strstr(told(0), " mac=525400000001 client=10.0.0.9"));
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, site_make, site_drop)
    const struct CMUnitTest tests[] = {
        TEST(a_refused_boot_script_says_its_path_and_caller),
        TEST(a_refused_answer_says_why_though_its_reply_does_not),
        TEST(what_an_operator_asks_wrong_is_his_alone),
        TEST(a_failure_says_its_name),
        TEST(what_failed_behind_an_answer_is_told_of_its_node),
        TEST(a_call_without_a_right_names_its_node),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
