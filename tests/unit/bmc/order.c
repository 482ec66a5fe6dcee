/* What a worker is told, and what it says of it. */
#include "scratch.h"

#include "bmc/order.h"
#include "bus/message.h"

#define HEAD                                                                   \
    "{\"id\":\"0123456789abcdef-7\",\"command\":\"power\","                    \
    "\"target\":\"bmc\",\"mac\":\"525400000001\""

static struct nf_order order;
static struct nf_fault fault;
static char text[4096];

static nf_error_t
reads(const char *payload)
{
    fault = (struct nf_fault){0};
    return nf_order_read(&order, nf_text(payload), &fault);
}

static const char *
answer(const struct nf_outcome *outcome)
{
    struct nf_out out = nf_out(text, sizeof(text) - 1);

    nf_order_answer(NF_TEXT("0123456789abcdef-7"), NF_TEXT("power"), outcome,
                    &out);
    assert_false(out.full);
    text[out.len] = '\0';
    return text;
}

static void
a_device_may_come_with_it(void **state)
{
    static char payload[NF_ORDER_MAX];
    char device[NF_SEALED_TEXT + 1] = "";
    (void) state;

    assert_int_equal(reads(HEAD "}"), NF_OK);
    assert_string_equal(order.device, "");
    memset(device, 'A', NF_SEALED_TEXT - 1);
    snprintf(payload, sizeof(payload), HEAD ",\"device\":\"%s\"}", device);
    assert_int_equal(reads(payload), NF_OK);
    assert_string_equal(order.device, device);
    device[NF_SEALED_TEXT - 1] = 'A';
    snprintf(payload, sizeof(payload), HEAD ",\"device\":\"%s\"}", device);
    assert_int_equal(reads(payload), NF_INVALID);
    assert_string_equal(fault.field, "device");
    assert_int_equal(reads(HEAD ",\"device\":{}}"), NF_INVALID);
}

#define OF_SWITCH                                                              \
    "{\"id\":\"0123456789abcdef-7\",\"command\":\"port\","                     \
    "\"target\":\"switch\",\"mac\":\"000000000000\""

static nf_error_t
reads_args(const char *head, size_t len)
{
    static char payload[NF_ORDER_MAX], args[NF_SWITCH_ARGS + 1];

    memset(args, 'x', len);
    memcpy(args, "{\"tagged\":\"", 11);
    memcpy(args + len - 2, "\"}", 3);
    snprintf(payload, sizeof(payload), "%s,\"args\":%s}", head, args);
    return reads(payload);
}

static void
a_switch_takes_long_arguments_and_may_be_no_nodes(void **state)
{
    (void) state;
    assert_int_equal(reads_args(OF_SWITCH, NF_SWITCH_ARGS - 1), NF_OK);
    assert_int_equal(order.target, NF_COMMAND_SWITCH);
    assert_int_equal(strlen(order.args), NF_SWITCH_ARGS - 1);
    assert_true(nf_mac_equal(order.mac, (nf_mac_t){{0}}));
    assert_int_equal(reads_args(OF_SWITCH, NF_SWITCH_ARGS), NF_INVALID);
    assert_string_equal(fault.field, "args");
    assert_int_equal(reads_args(HEAD, NF_COMMAND_ARGUMENTS - 1), NF_OK);
    assert_int_equal(reads_args(HEAD, NF_COMMAND_ARGUMENTS), NF_INVALID);
    assert_string_equal(fault.field, "args");
    assert_int_equal(reads("{\"id\":\"0123456789abcdef-7\",\"command\":\"x\","
                           "\"target\":\"bmc\",\"mac\":\"000000000000\"}"),
                     NF_INVALID);
    assert_string_equal(fault.field, "mac");
}

static void
what_has_no_deadline_is_not_begun(void **state)
{
    struct nf_server_clock clock = {0};
    (void) state;

    assert_int_equal(reads(HEAD ",\"server_time\":\"2026-01-22T10:00:00Z\"}"),
                     NF_OK);
    assert_int_equal(nf_order_left(&order, order.server_time, 1000, &clock),
                     -1);
    assert_int_equal(reads(HEAD ",\"deadline\":\"2026-01-22T10:01:00Z\","
                                "\"server_time\":\"2026-01-22T10:00:00Z\"}"),
                     NF_OK);
    assert_int_equal(nf_order_left(&order, order.server_time, 1000, &clock),
                     60000);
    assert_int_equal(nf_order_left(&order, order.deadline, 1000, &clock), 0);
    assert_int_equal(
        nf_order_left(&order, order.deadline + 9000000, 1000, &clock),
        -1); /* by a clock that is far from the server's */
}

static void
an_answer_tells_of_the_device(void **state)
{
    static const struct nf_outcome done = {.state = NF_COMMAND_DONE,
                                           .driver = "ipmi",
                                           .took_ms = 1234,
                                           .asked = 7,
                                           .words = "{\"power\":\"on\"}"};
    static const struct nf_outcome failed = {.state = NF_COMMAND_FAILED,
                                             .driver = "redfish",
                                             .cause = "wrong_password",
                                             .words = "w"};
    static const struct nf_outcome refused = {.state = NF_COMMAND_FAILED};
    (void) state;

    assert_string_equal(
        answer(&done),
        "{\"id\":\"0123456789abcdef-7\",\"command\":\"power\",\"success\":true,"
        "\"state\":\"done\",\"message\":\"{\\\"power\\\":\\\"on\\\"}\","
        "\"driver\":\"ipmi\",\"took_ms\":1234,\"asked\":7}");
    assert_non_null(strstr(answer(&failed),
                           "\"message\":\"w\",\"driver\":\"redfish\","
                           "\"took_ms\":0,\"asked\":0,"
                           "\"cause\":\"wrong_password\"}"));
    assert_non_null(
        strstr(answer(&refused), "\"state\":\"failed\",\"message\":\"\"}"));
}

static void
fill(char *field, size_t size)
{
    memset(field, '"', size - 1);
    field[size - 1] = '\0';
}

/* Nothing that a BMC can say of itself is cut. */
static void
the_longest_outcome_fits(void **state)
{
    struct nf_bmc_told told = {.tells_mode = true};
    char json[NF_COMMAND_RESULT];
    struct nf_result_message message;
    (void) state;

    fill(told.maker, sizeof(told.maker));
    fill(told.product, sizeof(told.product));
    fill(told.serial, sizeof(told.serial));
    fill(told.firmware, sizeof(told.firmware));
    fill(told.ip, sizeof(told.ip));
    fill(told.mac, sizeof(told.mac));
    for (unsigned verb = 0; verb < NF_BMC_VERB_COUNT; verb++) {
        struct nf_out out = nf_out(json, sizeof(json) - 1);
        nf_bmc_told_json(&told, verb, &out);
        assert_false(out.full);
        json[out.len] = '\0';
        struct nf_outcome outcome = {.state = NF_COMMAND_DONE, .words = json};
        assert_int_equal(
            nf_result_message_read(nf_text(answer(&outcome)), &message, &fault),
            NF_OK);
        assert_string_equal(message.message, json);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_device_may_come_with_it),
        cmocka_unit_test(a_switch_takes_long_arguments_and_may_be_no_nodes),
        cmocka_unit_test(what_has_no_deadline_is_not_begun),
        cmocka_unit_test(an_answer_tells_of_the_device),
        cmocka_unit_test(the_longest_outcome_fits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
