/* A change of a port as a worker is told it: what is said is read back. */
#include "scratch.h"

#include "port/order.h"

static char text[NF_SWITCH_ARGS];

static const char *
printed(const struct nf_port_order *order)
{
    struct nf_out out = nf_out(text, sizeof(text) - 1);

    nf_port_order_json(order, &out);
    assert_false(out.full);
    text[out.len] = '\0';
    return text;
}

static void
a_worker_reads_what_is_said(void **state)
{
    const nf_mac_t machine[] = {mac_of(1), mac_of(2)};
    struct nf_port_config was = {.mode = NF_PORT_TRUNK,
                                 .vlan = 1,
                                 .admin = NF_PORT_DOWN,
                                 .description = "rack 7"};
    struct nf_port_order order = {
        .port = "Gi1/0/1",
        .sets = NF_SWITCH_SETS_MODE | NF_SWITCH_SETS_VLAN
                | NF_SWITCH_SETS_TAGGED | NF_SWITCH_SETS_ADMIN
                | NF_SWITCH_SETS_DESCRIPTION,
        .set = {.mode = NF_PORT_TRUNK,
                .admin = NF_PORT_UP,
                .description = "node"},
        .expected = &was,
        .machine = machine,
        .machine_n = 2,
        .must_forward = true,
    };
    struct nf_switch_operation operation;
    struct nf_fault fault;

    (void) state;
    nf_vlans_add(&was.tagged, 5, 7);
    nf_vlans_add(&order.set.tagged, 9, 9);
    assert_int_equal(nf_switch_operation_read(&operation, NF_TEXT("port"),
                                              nf_text(printed(&order)), &fault),
                     NF_OK);
    assert_string_equal(operation.port, "Gi1/0/1");
    assert_int_equal(operation.sets, order.sets);
    assert_true(nf_port_config_equal(&operation.set, &order.set));
    assert_true(operation.has_expected);
    assert_true(nf_port_config_equal(&operation.expected, &was));
    assert_int_equal(operation.machine_n, 2);
    assert_true(nf_mac_equal(operation.machine[1], mac_of(2)));
    assert_true(operation.must_forward);
}

static void
what_is_not_meant_is_not_said(void **state)
{
    struct nf_port_order order = {.port = "a \"b\""};

    (void) state;
    assert_string_equal(printed(&order), "{\"port\":\"a \\\"b\\\"\"}");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_worker_reads_what_is_said),
        cmocka_unit_test(what_is_not_meant_is_not_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
