/*
 * The gate: who a caller is taken for, what he may do, and which requests of
 * browsers are refused.
 */
#include "api/reply.h"
#include "site.h"

static void
each_route_is_allowed_where_it_is_served(void **state)
{
    (void) state;
    for (const struct nf_route *r = nf_routes; r->path != NULL; r++) {
        for (unsigned bit = 1; bit <= NF_LISTENER_METRICS; bit <<= 1) {
            struct nf_call call = {.method = r->method,
                                   .listener = (enum nf_listener) bit,
                                   .path = nf_text(r->path),
                                   .peer = {{10, 0, 0, 9}},
                                   .arena = nf_arena_new()};
            bool is_served = (r->listeners & bit) != 0;
            assert_int_equal(nf_api_route(&call), is_served);
            if (is_served) {
                assert_ptr_equal(call.route, r);
                assert_int_equal(call.actor.kind, r->permission == NF_ANYONE
                                                      ? NF_ACTOR_NODE
                                                      : NF_ACTOR_OPERATOR);
                assert_true(nf_ip4_equal(call.actor.address, call.peer));
            }
            nf_arena_free(call.arena);
        }
    }
}

/* A row of the route table that names the wrong listener opens nothing. */
static void
an_operators_route_is_refused_to_nodes(void **state)
{
    static const enum nf_listener listeners[] = {
        NF_LISTENER_BOOT, NF_LISTENER_ANSWERS, NF_LISTENER_AGENT,
        NF_LISTENER_HEALTH, NF_LISTENER_METRICS};

    (void) state;
    for (size_t i = 0; i < sizeof(listeners) / sizeof(listeners[0]); i++) {
        for (enum nf_permission p = NF_VIEWER; p <= NF_ADMIN; p++) {
            struct nf_route route = {.permission = p};
            struct nf_call call = {.listener = listeners[i],
                                   .route = &route,
                                   .arena = nf_arena_new()};
            assert_false(nf_gate_pass(&call));
            assert_int_equal(call.status, 403);
            assert_int_equal(call.actor.kind, NF_ACTOR_NOBODY);
            nf_arena_free(call.arena);
        }
    }
}

/* What a route leaves to its handler is asked by the same rules. */
static void
a_handler_asks_what_a_caller_may(void **state)
{
    struct nf_call call = {.listener = NF_LISTENER_API};

    (void) state;
    assert_true(nf_gate_may(&call, NF_ADMIN));
    for (unsigned bit = NF_LISTENER_BOOT; bit <= NF_LISTENER_METRICS; bit <<= 1)
    {
        call.listener = (enum nf_listener) bit;
        assert_false(nf_gate_may(&call, NF_ADMIN));
        assert_true(nf_gate_may(&call, NF_ANYONE));
    }
}

static void
events_name_who_did_it(void **state)
{
    (void) state;
    create(1);
    ask_with(NF_GET, "/boot/525400000099/boot.ipxe", NULL,
             (struct ask){.listener = NF_LISTENER_BOOT});
    ask_after();
    ask(NF_GET, "/api/v1/events", NULL);
    EXPECT(200, "\"mac\":\"525400000001\",\"actor\":\"api\"");
    EXPECT(200, "\"mac\":\"525400000099\",\"actor\":\"node\"");
}

/* --- browsers --------------------------------------------------------------
 */

struct from {
    const char *host, *origin, *referer, *site;
    enum nf_listener listener; /* 0: the API's */
    const char *refused;       /* the header that is named, or NULL */
};

/* clang-format off */
static const struct from table[] = {
    /* programs */
    {.host = "127.0.0.1:8080"},
    {.host = "127.0.0.1"},
    {.host = "localhost:8080"},
    {.host = "LocalHost"},
    {.host = "[::1]:8080"},
    {.host = "10.9.9.9:8080"}, /* where the connection came to */
    {.host = "bastion:8080"},
    {.host = "nf.example.org"},
    {.host = NULL},
    {.host = "evil.test:8080", .refused = "Host"},
    {.host = "evil.test", .refused = "Host"},
    {.host = "10.9.9.8:8080", .refused = "Host"},
    {.host = "0.0.0.0:8080", .refused = "Host"},
    {.host = "localhost.evil.test", .refused = "Host"},
    {.host = "bastion,nf.example.org", .refused = "Host"},
    {.host = "nf.example", .refused = "Host"},
    {.host = ":8080", .refused = "Host"},
    {.host = "8080", .refused = "Host"},
    {.host = "::1", .refused = "Host"},
    /* nodes use names that nobody lists */
    {.host = "deploy.lan", .listener = NF_LISTENER_BOOT},
    {.host = "deploy.lan", .listener = NF_LISTENER_HEALTH},
    {.host = "deploy.lan", .listener = NF_LISTENER_METRICS, .refused = "Host"},
    /* a page of ours */
    {.host = "localhost:8080", .site = "same-origin"},
    {.host = "localhost:8080", .site = "none"},
    {.host = "localhost:8080", .origin = "http://localhost:8080"},
    {.host = "nf.example.org", .origin = "https://nf.example.org"},
    {.host = "localhost:8080", .referer = "http://localhost:8080/"},
    {.host = "localhost:8080", .referer = "http://localhost:8080/a?b=http://x"},
    /* of another site */
    {.host = "localhost:8080", .site = "cross-site", .refused = "Sec-Fetch-Site"},
    {.host = "localhost:8080", .site = "same-site", .refused = "Sec-Fetch-Site"},
    {.host = "localhost:8080", .site = "SAME-ORIGIN", .refused = "Sec-Fetch-Site"},
    {.host = "localhost:8080", .origin = "http://evil.test", .refused = "Origin"},
    {.host = "localhost:8080", .origin = "null", .refused = "Origin"},
    {.host = "localhost:8080", .origin = "http://localhost", .refused = "Origin"},
    {.host = "localhost:8080", .origin = "http://localhost:80801", .refused = "Origin"},
    {.host = "localhost:8080", .origin = "localhost:8080", .refused = "Origin"},
    {.host = "localhost:8080", .origin = "file://localhost:8080", .refused = "Origin"},
    {.host = NULL, .origin = "http://", .refused = "Origin"},
    {.host = "localhost:8080", .referer = "http://evil.test/http://localhost:8080/", .refused = "Referer"},
    {.host = "localhost:8080", .referer = "http://localhost:8080@evil.test/", .refused = "Referer"},
    {.host = "localhost:8080", .referer = "http://localhost:8080.evil.test/", .refused = "Referer"},
    /* of one whose name was pointed at us meanwhile */
    {.host = "evil.test:8080", .origin = "http://evil.test:8080", .refused = "Host"},
    /* on every listener */
    {.host = "10.66.0.1", .origin = "http://evil.test", .listener = NF_LISTENER_BOOT, .refused = "Origin"},
    {.host = "10.66.0.1", .site = "cross-site", .listener = NF_LISTENER_AGENT, .refused = "Sec-Fetch-Site"},
    {.host = "10.66.0.1", .referer = "http://evil.test/", .listener = NF_LISTENER_ANSWERS, .refused = "Referer"},
    {.host = "10.66.0.1", .site = "cross-site", .listener = NF_LISTENER_HEALTH, .refused = "Sec-Fetch-Site"},
};
/* clang-format on */

static void
check_row(const struct from *row, enum nf_method_kind method, const char *path)
{
    char named[64] = "";
    struct ask from = {.listener = row->listener,
                       .client = {.host = text_or_none(row->host),
                                  .origin = text_or_none(row->origin),
                                  .referer = text_or_none(row->referer),
                                  .fetch_site = text_or_none(row->site),
                                  .hosts = NF_TEXT("bastion,nf.example.org"),
                                  .own = {{10, 9, 9, 9}}}};
    unsigned status =
        ask_with(method, path, "{\"mac\":\"525400000007\"}", from);

    if (row->refused != NULL) {
        snprintf(named, sizeof(named), "\"field\":\"%s\"", row->refused);
    }
    if ((status == 403 && says("\"field\"")) != (row->refused != NULL)
        || !says(named))
    {
        fail_msg("%s, %s, %s, %s: %u %s", row->host, row->origin, row->referer,
                 row->site, status, answer.text);
    }
}

static void
a_browser_must_come_from_here(void **state)
{
    static const enum nf_method_kind methods[] = {
        NF_GET, NF_HEAD, NF_POST, NF_PUT, NF_PATCH, NF_DELETE, NF_OTHER_METHOD};

    (void) state;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        for (size_t m = 0; m < sizeof(methods) / sizeof(methods[0]); m++) {
            check_row(&table[i], methods[m], "/api/v1/nodes");
            check_row(&table[i], methods[m], "/no/such/path");
        }
    }
}

static unsigned
post_as(const char *type, struct nf_client client)
{
    client.host = NF_TEXT("localhost:8080");
    return ask_with(NF_POST, "/api/v1/nodes", "{\"mac\":\"525400000011\"}",
                    (struct ask){.type = type, .client = client});
}

static void
a_form_is_taken_from_curl_alone(void **state)
{
    static const char form[] = "application/x-www-form-urlencoded";
    const struct nf_client browsers[] = {
        {.origin = NF_TEXT("http://localhost:8080")},
        {.fetch_site = NF_TEXT("same-origin")},
        {.referer = NF_TEXT("http://localhost:8080/")},
        {.user_agent = NF_TEXT("Mozilla/5.0 (X11; Linux x86_64)")},
    };
    const struct nf_client curl = {.user_agent = NF_TEXT("curl/7.88.1")};

    (void) state;
    for (size_t i = 0; i < sizeof(browsers) / sizeof(browsers[0]); i++) {
        assert_int_equal(post_as(form, browsers[i]), 415);
        EXPECT(415, "\"field\":\"Content-Type\"");
        assert_int_equal(post_as("text/plain;charset=UTF-8", browsers[i]), 415);
        assert_int_equal(
            post_as("multipart/form-data; boundary=x", browsers[i]), 415);
    }
    assert_int_equal(post_as("text/plain", curl), 415);
    assert_int_equal(post_as("multipart/form-data; boundary=x", curl), 415);
    assert_int_equal(post_as(form, curl), 201);
    assert_int_equal(post_as("application/json", browsers[0]), 409);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            each_route_is_allowed_where_it_is_served, site_make, site_drop),
        cmocka_unit_test_setup_teardown(an_operators_route_is_refused_to_nodes,
                                        site_make, site_drop),
        cmocka_unit_test(a_handler_asks_what_a_caller_may),
        cmocka_unit_test_setup_teardown(events_name_who_did_it, site_make,
                                        site_drop),
        cmocka_unit_test_setup_teardown(a_browser_must_come_from_here,
                                        site_make, site_drop),
        cmocka_unit_test_setup_teardown(a_form_is_taken_from_curl_alone,
                                        site_make, site_drop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
