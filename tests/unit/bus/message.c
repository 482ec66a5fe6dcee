/* Payloads come from agents of any age, and from anybody who says he is one. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "bus/message.h"

static nf_error_t
read_status(const char *text, struct nf_status_message *message,
            struct nf_fault *fault)
{
    *message = (struct nf_status_message){.unknown = 77};
    *fault = (struct nf_fault){.reason = ""};
    return nf_status_message_read(nf_text(text), message, fault);
}

static void
check_ip(nf_ip4_t ip, const char *wanted)
{
    char text[NF_IP4_TEXT];

    nf_ip4_format(ip, text);
    assert_string_equal(text, wanted);
}

static void
a_status_is_read(void **state)
{
    struct nf_status_message message;
    struct nf_fault fault;
    (void) state;

    assert_int_equal(
        read_status("{\"status\":\"installed\",\"ip\":\"10.0.0.5\","
                    "\"hostname\":\"n1\",\"uptime\":\"1h2m3s\","
                    "\"timestamp\":\"2026-01-22T10:00:00Z\"}",
                    &message, &fault),
        NF_OK);
    assert_string_equal(message.report.status, "installed");
    assert_string_equal(message.report.hostname, "n1");
    check_ip(message.report.ip, "10.0.0.5");
    assert_int_equal(message.unknown, 0);
}

static void
only_the_status_should_be_there(void **state)
{
    struct nf_status_message message;
    struct nf_fault fault;
    (void) state;

    assert_int_equal(
        read_status("{\"status\":\"installed\"}", &message, &fault), NF_OK);
    assert_false(nf_ip4_is_set(message.report.ip));
    assert_string_equal(message.report.hostname, "");
    assert_int_equal(read_status("{\"status\":\"installed\",\"ip\":\"\","
                                 "\"hostname\":null,\"network_config\":null}",
                                 &message, &fault),
                     NF_OK);
    assert_int_equal(message.dropped, 0);
}

static void
what_is_not_known_is_ignored_and_counted(void **state)
{
    struct nf_status_message message;
    struct nf_fault fault;
    (void) state;

    assert_int_equal(
        read_status("{\"status\":\"installed\",\"load\":0.7,\"gpus\":[1,2],"
                    "\"network_config\":{\"mtu\":9000}}",
                    &message, &fault),
        NF_OK);
    assert_int_equal(message.unknown, 3);
}

static void
the_network_may_stand_in_an_object_of_its_own(void **state)
{
    struct nf_status_message message;
    struct nf_fault fault;
    (void) state;

    assert_int_equal(
        read_status("{\"status\":\"installed\",\"network_config\":{"
                    "\"type\":\"static\",\"ip\":\"10.0.0.6\","
                    "\"netmask\":\"255.255.0.0\",\"gateway\":\"10.0.0.1\","
                    "\"dns\":[\"10.0.0.1\",\"10.0.0.2\"]}}",
                    &message, &fault),
        NF_OK);
    check_ip(message.report.ip, "10.0.0.6");
    check_ip(message.network.netmask, "255.255.0.0");
    check_ip(message.network.gateway, "10.0.0.1");
    assert_int_equal(message.network.dns_n, 2);
    check_ip(message.network.dns[1], "10.0.0.2");
    assert_string_equal(message.network.type, "static");
}

static void
the_outer_address_goes_before_the_inner(void **state)
{
    struct nf_status_message message;
    struct nf_fault fault;
    (void) state;

    assert_int_equal(
        read_status("{\"status\":\"installed\",\"ip\":\"10.0.0.5\","
                    "\"network_config\":{\"ip\":\"10.0.0.6\"}}",
                    &message, &fault),
        NF_OK);
    check_ip(message.report.ip, "10.0.0.5");
}

/* What is no JSON object. */
static const char *const refusals[] = {
    "",
    "[]",
    "null",
    "{\"status\":\"installed\"",
    "{\"status\":\"installed\"}x",
    "{\"status\":\"a\",\"status\":\"b\"}",
    "{\"status\":\"\\u0000\"}",
    "{\"status\":\"\xff\"}",
};

static void
what_is_no_object_is_refused_and_touches_nothing(void **state)
{
    (void) state;
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        struct nf_status_message message;
        struct nf_fault fault;
        assert_int_equal(read_status(refusals[i], &message, &fault),
                         NF_INVALID);
        bool is_named = strchr(refusals[i], '\xff') != NULL;
        assert_string_equal(fault.field, is_named ? "status" : "");
        assert_true(fault.reason[0] != '\0');
        assert_true(nf_text_is_printable(nf_text(fault.reason)));
        assert_int_equal(message.unknown, 77);
    }
}

/* What is not valid, and the member that is named. */
static const struct nonsense {
    const char *payload, *field;
} nonsense[] = {
    {"{\"hostname\":\"n1\"}", "status"},
    {"{\"status\":1}", "status"},
    {"{\"status\":null}", "status"},
    {"{\"status\":\"0123456789abcdef\"}", "status"},
    {"{\"status\":\"a\\nb\"}", "status"},
    {"{\"status\":\"installed\",\"ip\":\"10.0.0\"}", "ip"},
    {"{\"status\":\"installed\",\"ip\":\"0.0.0.0\"}", "ip"},
    {"{\"status\":\"installed\",\"ip\":7}", "ip"},
    {"{\"status\":\"installed\",\"hostname\":\"my_host\"}", "hostname"},
    {"{\"status\":\"installed\",\"hostname\":\"-a\"}", "hostname"},
    {"{\"status\":\"installed\",\"network_config\":[]}", "network_config"},
    {"{\"status\":\"installed\",\"network_config\":{\"ip\":\"x\"}}",
     "network_config.ip"},
    {"{\"status\":\"installed\",\"network_config\":{\"netmask\":"
     "\"255.0.255.0\"}}",
     "network_config.netmask"},
    {"{\"status\":\"installed\",\"network_config\":{\"dns\":[\"1.1.1.1\","
     "\"1.1.1.2\",\"1.1.1.3\",\"1.1.1.4\"]}}",
     "network_config.dns"},
};

static void
a_member_that_is_not_valid_is_dropped_and_named(void **state)
{
    (void) state;
    for (size_t i = 0; i < sizeof(nonsense) / sizeof(nonsense[0]); i++) {
        struct nf_status_message message;
        struct nf_fault fault;
        assert_int_equal(read_status(nonsense[i].payload, &message, &fault),
                         NF_OK);
        assert_int_equal(message.dropped, 1);
        assert_string_equal(fault.field, nonsense[i].field);
        assert_true(fault.reason[0] != '\0');
        assert_true(nf_text_is_printable(nf_text(fault.reason)));
        assert_false(nf_ip4_is_set(message.report.ip));
        assert_int_equal(message.network.dns_n, 0);
        bool is_status = strcmp(nonsense[i].field, "status") == 0;
        assert_string_equal(message.report.status,
                            is_status ? "" : "installed");
        assert_string_equal(message.report.hostname, i == 0 ? "n1" : "");
    }
}

static void
what_is_valid_beside_it_is_kept(void **state)
{
    struct nf_status_message message;
    struct nf_fault fault;
    (void) state;

    assert_int_equal(
        read_status("{\"ip\":\"10.0.0\",\"status\":\"installed\",\"mood\":1,"
                    "\"hostname\":\"my_host\",\"network_config\":{"
                    "\"netmask\":7,\"ip\":\"10.0.0.6\",\"mtu\":1,"
                    "\"dns\":[\"10.0.0.1\",\"x\"]}}",
                    &message, &fault),
        NF_OK);
    assert_string_equal(message.report.status, "installed");
    assert_string_equal(message.report.hostname, "");
    check_ip(message.report.ip, "10.0.0.6");
    assert_int_equal(message.network.dns_n, 0);
    assert_int_equal(message.dropped, 4);
    assert_int_equal(message.unknown, 2);
    assert_string_equal(fault.field, "ip");
}

static void
size_is_bounded_before_anything_is_read(void **state)
{
    static char payload[NF_MESSAGE_MAX + 1];
    struct nf_status_message status;
    struct nf_result_message result;
    struct nf_fault fault = {.reason = ""};
    (void) state;

    memset(payload, ' ', sizeof(payload));
    memcpy(payload, "{\"status\":\"installed\"}", 22);
    assert_int_equal(
        nf_status_message_read((struct nf_text){payload, NF_MESSAGE_MAX},
                               &status, &fault),
        NF_OK);
    assert_int_equal(
        nf_status_message_read((struct nf_text){payload, NF_MESSAGE_MAX + 1},
                               &status, &fault),
        NF_TOO_LARGE);
    assert_true(fault.reason[0] != '\0');
    assert_int_equal(
        nf_result_message_read((struct nf_text){payload, NF_MESSAGE_MAX + 1},
                               &result, &fault),
        NF_TOO_LARGE);
}

static void
a_result_is_read(void **state)
{
    struct nf_result_message message;
    struct nf_fault fault;
    (void) state;

    assert_int_equal(
        nf_result_message_read(
            NF_TEXT("{\"id\":\"7\",\"command\":\"reboot\",\"success\":true,"
                    "\"message\":\"in 5 s\",\"timestamp\":\"x\",\"more\":1}"),
            &message, &fault),
        NF_OK);
    assert_string_equal(message.id, "7");
    assert_string_equal(message.command, "reboot");
    assert_string_equal(message.message, "in 5 s");
    assert_true(message.success);
    assert_int_equal(message.unknown, 1);
    assert_string_equal(message.told.driver, "");
    assert_int_equal(message.told.took_ms, 0);
}

static void
a_worker_tells_of_the_device(void **state)
{
    struct nf_result_message message;
    struct nf_fault fault;
    (void) state;

    assert_int_equal(
        nf_result_message_read(
            NF_TEXT("{\"id\":\"7\",\"command\":\"reset\",\"success\":false,"
                    "\"driver\":\"ipmi\",\"took_ms\":1234,\"asked\":2,"
                    "\"cause\":\"wrong_password\"}"),
            &message, &fault),
        NF_OK);
    assert_string_equal(message.told.driver, "ipmi");
    assert_string_equal(message.told.cause, "wrong_password");
    assert_int_equal(message.told.took_ms, 1234);
    assert_int_equal(message.told.asked, 2);
    assert_int_equal(message.unknown, 0);
    assert_int_equal(
        nf_result_message_read(
            NF_TEXT("{\"command\":\"reset\",\"success\":false,\"took_ms\":-1}"),
            &message, &fault),
        NF_INVALID);
    assert_string_equal(fault.field, "took_ms");
}

static void
a_result_without_an_outcome_is_refused(void **state)
{
    struct nf_result_message message;
    struct nf_fault fault;
    (void) state;

    assert_int_equal(nf_result_message_read(NF_TEXT("{\"command\":\"reboot\"}"),
                                            &message, &fault),
                     NF_INVALID);
    assert_string_equal(fault.field, "success");
    assert_int_equal(
        nf_result_message_read(NF_TEXT("{\"success\":true}"), &message, &fault),
        NF_INVALID);
    assert_string_equal(fault.field, "command");
}

static void
check_command(struct nf_text id, const char *wanted)
{
    char text[256];
    struct nf_out out = nf_out(text, sizeof(text) - 1);

    nf_command_message_write(
        &out, &(struct nf_command_message){.id = id,
                                           .command = NF_TEXT("reboot"),
                                           .arguments = NF_TEXT("{}")});
    assert_false(out.full);
    text[out.len] = '\0';
    assert_string_equal(text, wanted);
}

static void
a_command_carries_its_id_when_it_has_one(void **state)
{
    (void) state;
    check_command(NF_TEXT("c-\"1"),
                  "{\"id\":\"c-\\\"1\",\"command\":\"reboot\",\"args\":{}}");
    check_command(NF_TEXT(""), "{\"command\":\"reboot\",\"args\":{}}");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_status_is_read),
        cmocka_unit_test(only_the_status_should_be_there),
        cmocka_unit_test(what_is_not_known_is_ignored_and_counted),
        cmocka_unit_test(the_network_may_stand_in_an_object_of_its_own),
        cmocka_unit_test(the_outer_address_goes_before_the_inner),
        cmocka_unit_test(what_is_no_object_is_refused_and_touches_nothing),
        cmocka_unit_test(a_member_that_is_not_valid_is_dropped_and_named),
        cmocka_unit_test(what_is_valid_beside_it_is_kept),
        cmocka_unit_test(size_is_bounded_before_anything_is_read),
        cmocka_unit_test(a_result_is_read),
        cmocka_unit_test(a_worker_tells_of_the_device),
        cmocka_unit_test(a_result_without_an_outcome_is_refused),
        cmocka_unit_test(a_command_carries_its_id_when_it_has_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
