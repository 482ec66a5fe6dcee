/*
 * What a worker is told to do to a switch, by whoever speaks to the broker, and
 * what an operator says of a port: any bytes.  What is taken goes into a
 * switch's command line.
 */
#include "bmc/order.h"
#include "must.h"
#include "port/operation.h"

static void
check_config(const struct nf_port_config *config)
{
    must(config->mode < NF_PORT_MODE_COUNT);
    must(config->admin < NF_PORT_STATE_COUNT);
    must(config->vlan <= NF_VLAN_MAX);
    must(!nf_vlans_has(&config->tagged, 0));
    check_text(config->description, sizeof(config->description));
}

static void
check_operation(const struct nf_switch_operation *operation)
{
    char words[NF_COMMAND_RESULT];
    struct nf_out out = nf_out(words, sizeof(words) - 1);

    check_text(operation->port, sizeof(operation->port));
    must(strpbrk(operation->port, "\"'?|;\\$") == NULL);
    must(strpbrk(operation->set.description, "\"?") == NULL);
    check_config(&operation->set);
    check_config(&operation->expected);
    must(operation->machine_n <= NF_SWITCH_MACHINE);
    nf_switch_operation_result(operation, &out);
    must(!out.full);
}

/* What is told of a port is what is read of it. */
static void
check_port(struct nf_text text)
{
    static char json[16384];
    struct nf_out out = nf_out(json, sizeof(json));
    struct nf_port port = {.name = "Gi1/0/1"};
    struct nf_port_config again;
    struct nf_fault fault;

    if (nf_port_config_read(text, &port.config, &fault) != NF_OK) {
        check_text(fault.field, sizeof(fault.field));
        check_text(fault.reason, sizeof(fault.reason));
        return;
    }
    check_config(&port.config);
    nf_port_json(&port, &out);
    must(!out.full);
    must(nf_port_config_read(nf_out_text(&out), &again, &fault) == NF_OK);
    must(nf_port_config_equal(&port.config, &again));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct nf_text text = {(const char *) data, size};
    struct nf_switch_operation operation;
    struct nf_order order;
    struct nf_fault fault = {0};

    if (nf_order_read(&order, text, &fault) == NF_OK) {
        check_text(order.command, sizeof(order.command));
        text = nf_text(order.args);
    }
    if (nf_switch_operation_read(&operation, NF_TEXT("port"), text, &fault)
        == NF_OK)
    {
        check_operation(&operation);
    } else {
        check_text(fault.field, sizeof(fault.field));
        check_text(fault.reason, sizeof(fault.reason));
    }
    check_port(text);
    return 0;
}
